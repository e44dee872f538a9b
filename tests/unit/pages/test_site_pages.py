"""Ordering, watching and changing a site, as a browser does it: with htmx and without."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Account, Site
from essaim.manager.people.models import Membership
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner(client: Browser):
    """The owner of the client "abeilles", signed in; a machine is in service."""
    make.make_machine("web1")
    person = make.make_person(client=make.make_client("abeilles"))
    client.force_login(person)
    return person


def order(browser: Browser, name: str, account: str = "new:abeilles", **more: str):
    return browser.post("/sites/order/", {"name": name, "account": account, "php": "8.2", **more})


def test_an_order_makes_account_and_site_and_leads_to_its_page(client: Browser, owner: object) -> None:
    answer = order(client, "www.abeilles.example.test", aliases="abeilles.example.test")
    assert answer["Location"] == "/sites/www.abeilles.example.test/"
    assert Site.objects.get().aliases.get().fqdn == "abeilles.example.test"
    assert client.get(answer["Location"]).status_code == 200


def test_htmx_is_led_to_the_sites_page_too(client: Browser, owner: object) -> None:
    form = {"name": "a.abeilles.example.test", "account": "new:abeilles", "php": "8.2"}
    answer = client.post("/sites/order/", form, headers=HTMX)
    assert answer["HX-Redirect"] == "/sites/a.abeilles.example.test/"


def test_a_refused_name_is_told_at_its_field_and_leaves_no_account_behind(client: Browser, owner: object) -> None:
    answer = order(client, "192.0.2.7")
    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert not Account.objects.exists()


def test_what_was_typed_stays_in_a_refused_form(client: Browser, owner: object) -> None:
    answer = order(client, "192.0.2.7", docroot="public")
    assert 'value="public"' in answer.content.decode()


def test_a_taken_name_is_told_at_its_field(client: Browser, owner: object) -> None:
    make.make_site(make.make_account(make.make_client("voisins")), "taken.example.test")
    answer = order(client, "taken.example.test")
    assert answer.status_code == 422
    assert "already a site here" in str(answer.context["form"].errors["name"])


def test_a_form_that_is_refused_comes_back_to_htmx_as_the_same_fragment(client: Browser, owner: object) -> None:
    answer = client.post("/sites/order/", {"name": "x"}, headers=HTMX)
    assert answer.status_code == 422
    assert b"<html" not in answer.content
    assert answer.content.lstrip().startswith(b"<form")


def test_the_check_shows_the_name_as_read_and_as_dns_has_it(client: Browser, owner: object) -> None:
    form = {"name": "théâtre.abeilles.example.test", "account": "new:abeilles"}
    said = client.post("/sites/order/check/", form, headers=HTMX).content.decode()
    assert "théâtre.abeilles.example.test" in said
    assert "xn--thtre-4qa2c.abeilles.example.test" in said


def test_the_check_changes_nothing(client: Browser, owner: object) -> None:
    client.post("/sites/order/check/", {"name": "a.abeilles.example.test", "account": "new:abeilles"})
    assert (Account.objects.count(), Site.objects.count(), Wanted.objects.count()) == (0, 0, 0)


def test_nobody_orders_in_anothers_account(client: Browser, owner: object) -> None:
    make.make_account(make.make_client("voisins"), login="voisins")
    answer = order(client, "a.abeilles.example.test", account="voisins")
    assert answer.status_code == 422
    assert "account" in answer.context["form"].errors


def test_nobody_orders_a_new_account_for_anothers_client(client: Browser, owner: object) -> None:
    make.make_client("voisins")
    assert order(client, "a.abeilles.example.test", account="new:voisins").status_code == 422
    assert not Account.objects.exists()


def test_the_team_says_for_which_client_before_it_orders(client: Browser) -> None:
    make.make_machine()
    make.make_client("abeilles")
    client.force_login(make.make_person(is_team=True))
    assert "?client=abeilles" in client.get("/sites/order/").content.decode()
    answer = order(client, "www.abeilles.example.test", client="abeilles")
    assert answer.status_code == 302


def test_nothing_new_is_told_by_204_and_one_query(
    client: Browser, owner: object, django_assert_num_queries: object
) -> None:
    order(client, "www.abeilles.example.test")
    page = client.get("/sites/www.abeilles.example.test/")
    address = f"/sites/www.abeilles.example.test/live/?seen={page.context['seen']}"
    with django_assert_num_queries(3):  # type: ignore[operator] - the session, the person, and one for the site
        answer = client.get(address, headers=HTMX)
    assert answer.status_code == 204


def test_a_site_is_found_by_its_name_as_people_read_it(client: Browser, owner: object) -> None:
    order(client, "théâtre.abeilles.example.test")
    assert client.get("/sites/théâtre.abeilles.example.test/").status_code == 200
    assert client.get("/sites/théâtre.abeilles.example.test/live/").status_code == 200


def test_a_new_answer_of_the_machine_changes_what_is_shown(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    seen = client.get("/sites/www.abeilles.example.test/").context["seen"]
    make.answer(Wanted.objects.get(kind="site"), seconds=0.2)
    answer = client.get(f"/sites/www.abeilles.example.test/live/?seen={seen}", headers=HTMX)
    assert answer.status_code == 200
    assert answer.context["seen"] != seen


def test_a_page_asks_often_while_something_happens_and_rarely_after(client: Browser, owner: object) -> None:
    make.make_machine("outside1", roles=["prober"])
    order(client, "www.abeilles.example.test")
    assert client.get("/sites/www.abeilles.example.test/").context["pace"] == "400ms"
    make.answer(Wanted.objects.get(kind="site"))
    make.answer(Wanted.objects.get(kind="probe"), probes=make.seen())
    page = client.get("/sites/www.abeilles.example.test/")
    assert (page.context["site"].health, page.context["pace"]) == ("live", "10s")


def test_suspending_asks_why_at_the_field(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    answer = client.post("/sites/www.abeilles.example.test/suspend/", {"reason": "  "})
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors


def test_a_site_is_suspended_resumed_closed_restored_and_erased(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    at = "/sites/www.abeilles.example.test/"
    states = []
    for act, form in [
        ("suspend", {"reason": "unpaid"}),
        ("resume", {}),
        ("close", {}),
        ("restore", {}),
        ("close", {}),
    ]:
        assert client.post(f"{at}{act}/", form)["Location"] == at
        states.append(Site.objects.get().state)
    assert states == ["suspended", "active", "closed", "active", "closed"]
    assert client.post(f"{at}erase/", {"confirm": "something else"}).status_code == 422
    assert client.post(f"{at}erase/", {"confirm": "www.abeilles.example.test"}).status_code == 302
    assert not Site.objects.exists()


def test_what_is_in_service_is_not_erased_and_not_asked_about(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    for at in ("/sites/www.abeilles.example.test/", "/accounts/abeilles/"):
        asked = client.get(f"{at}erase/")
        answer = client.post(f"{at}erase/", {"confirm": at.split("/")[2]})
        assert (asked.status_code, answer.status_code) == (409, 409)
        assert "Close it first" in answer.content.decode()
    assert Site.objects.exists()


def test_what_the_team_suspended_is_not_resumed_by_the_client(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    team = Browser()
    team.force_login(make.make_person(is_team=True))
    team.post("/sites/www.abeilles.example.test/suspend/", {"reason": "sends spam"})
    answer = client.post("/sites/www.abeilles.example.test/resume/")
    assert answer.status_code == 403
    assert "sends spam" in answer.content.decode()


def test_a_changed_folder_and_aliases_are_kept(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    form = {"aliases": "abeilles.example.test", "docroot": "public", "https_only": "on"}
    client.post("/sites/www.abeilles.example.test/change/", form)
    site = Site.objects.get()
    assert (site.docroot, [alias.fqdn for alias in site.aliases.all()]) == ("public", ["abeilles.example.test"])


def archive() -> SimpleUploadedFile:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("index.html", "<h1>Bees</h1>")
    return SimpleUploadedFile("bees.zip", data.getvalue(), "application/zip")


def test_an_uploaded_archive_becomes_wanted_content(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    answer = client.post("/sites/www.abeilles.example.test/content/", {"file": archive()})
    assert answer.status_code == 302
    assert Wanted.objects.filter(kind="content").exists()


def test_a_file_that_is_no_archive_is_refused_at_its_field(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    broken = SimpleUploadedFile("bees.zip", b"this is not a zip", "application/zip")
    answer = client.post("/sites/www.abeilles.example.test/content/", {"file": broken})
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors


def test_a_form_without_a_file_says_so(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    assert client.post("/sites/www.abeilles.example.test/content/", {}).status_code == 422


def test_a_body_too_large_is_refused_before_it_is_read(client: Browser, owner: object, settings: object) -> None:
    settings.UPLOAD_BYTES_MAX = 1  # type: ignore[attr-defined]
    answer = client.post("/sites/order/", {"name": "x" * 1_100_000})
    assert answer.status_code == 413


def test_a_stranger_does_not_fill_the_disk(client: Browser) -> None:
    big = SimpleUploadedFile("bees.zip", b"x" * 2_600_000, "application/zip")
    assert client.post("/sites/www.example.test/content/", {"file": big}).status_code == 403


def test_an_undo_without_an_upload_is_refused_in_words(client: Browser, owner: object) -> None:
    order(client, "www.abeilles.example.test")
    answer = client.post("/sites/www.abeilles.example.test/undo/")
    assert answer.status_code == 409
    assert "nothing to undo" in answer.content.decode()


def test_a_reader_sees_the_page_without_its_acts(client: Browser) -> None:
    association = make.make_client("abeilles")
    make.make_site(make.make_account(association), "www.abeilles.example.test")
    client.force_login(make.make_person(client=association, role=Membership.Role.READER))
    page = client.get("/sites/www.abeilles.example.test/").content.decode()
    assert "/sites/www.abeilles.example.test/close/" not in page


def test_a_site_that_only_redirects_is_ordered_so(client: Browser, owner: object) -> None:
    to = "https://www.example.org/"
    answer = order(client, "old.abeilles.example.test", purpose="elsewhere", elsewhere=to)
    assert answer.status_code == 302
    site = Site.objects.get()
    assert site.rules == {"elsewhere": {"target": "https://www.example.org"}}
    wish = Wanted.objects.get(kind="site", key=site.fqdn)
    assert (wish.spec or {})["rules"] == site.rules
    assert "https://www.example.org" in client.get(f"/sites/{site.fqdn}/serving/").content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"purpose": "elsewhere"}, "Write the address"),
        ({"purpose": "elsewhere", "elsewhere": "ftp://example.org"}, "is nothing that visitors can be sent to"),
        ({"purpose": "elsewhere", "elsewhere": "https://old.abeilles.example.test"}, "old.abeilles.example.test"),
        ({"purpose": "content", "elsewhere": "https://www.example.org"}, "You wrote an address"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_at_its_field(
    client: Browser, owner: object, more: dict[str, str], said: str
) -> None:
    answer = order(client, "old.abeilles.example.test", **more)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert more.get("elsewhere", "") in answer.content.decode()
    assert Site.objects.count() == 0
