"""The pages of a site's rules: what would change is shown before it is done, what is refused stands at its field with its line."""

import re

import pytest
from django.test import Client as Browser

from essaim.contract.rules import Elsewhere, Header, Hsts
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rule_forms import SECURITY
from essaim.manager.hosting.rules import rules_of
from essaim.manager.people.models import Membership
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
AT = "/sites/one.example.test/"
FILES = {
    "absent": "",
    "file": "",
    **{f"cache_{kind}": "" for kind in ("pages", "styles", "scripts", "images", "fonts", "media", "documents")},
}


@pytest.fixture
def site(client: Browser) -> Site:
    """A site with another name, looked at by its owner."""
    make.make_machine("web1")
    site = make.make_site(name="one.example.test", aliases=["www.one.example.test"])
    client.force_login(make.make_person(client=site.account.client))
    return site


def test_what_would_change_is_shown_and_nothing_is_changed(client: Browser, site: Site) -> None:
    actions.change_rules(site, by=None, change=lambda before: before)
    page = client.post(f"{AT}redirects/", {"redirects": "/old /new\n/gone 410", "look": "1"})
    assert page.status_code == 200
    assert page.context["rows"] == [("redirects: /old", "", "/old /new"), ("redirects: /gone", "", "/gone 410")]
    assert Site.objects.get().rules == {}
    assert "/old /new\n/gone 410" in page.content.decode()  # what was typed stays


def test_redirects_are_changed_told_and_put_back_with_one_click(client: Browser, site: Site) -> None:
    answer = client.post(f"{AT}redirects/", {"redirects": "/old /new"})
    assert (answer.status_code, answer["Location"]) == (302, f"{AT}serving/")
    serving = client.get(f"{AT}serving/").content.decode()
    assert "/old" in serving
    assert "changed the site&#x27;s rules: redirects (/old)" in client.get(AT).content.decode()
    client.post(f"{AT}rules/back/")
    assert Site.objects.get().rules == {}


def test_a_line_that_cannot_be_comes_back_with_its_number(client: Browser, site: Site) -> None:
    for text, said in (("/a /b\n/c", "Line 2: “/c” cannot be read."), ("/a /b\n\n/x //evil.test", "Line 2: ")):
        page = client.post(f"{AT}redirects/", {"redirects": text})
        assert page.status_code == 422
        assert page.context["form"].errors["redirects"][0].startswith(said)
        assert text in page.content.decode()
    assert Site.objects.get().rules == {}


def test_the_forms_as_they_stand_change_nothing(client: Browser, site: Site) -> None:
    for name, form in (
        ("redirects", {"redirects": ""}),
        ("headers", {"headers": "", "hsts": ""}),
        ("files", FILES),
        ("access", {"allowed": ""}),
        ("names", {"canonical": "", "elsewhere": "", "status": "301", "keep_path": "on"}),
    ):
        assert client.post(f"{AT}{name}/", form).status_code == 302, name
    assert Site.objects.get().rules_before is None


def test_the_usual_security_headers_come_with_one_tick(client: Browser, site: Site) -> None:
    own = "X-Frame-Options: DENY"
    client.post(f"{AT}headers/", {"headers": own, "security": "on", "hsts": ""})
    headers = rules_of(Site.objects.get()).headers
    assert headers[0] == Header(name="X-Frame-Options", value="DENY")
    assert {header.name for header in headers} == {header.name for header in SECURITY}


def test_https_alone_is_refused_at_its_field_and_all_names_below_get_a_warning(client: Browser, site: Site) -> None:
    form = {"headers": "", "hsts": "300", "subdomains": "on"}
    page = client.post(f"{AT}headers/", form)
    assert page.status_code == 422
    assert "is not proved yet" in page.context["form"].errors["hsts"][0]
    Site.objects.update(https=Site.Https.LIVE)
    page = client.post(f"{AT}headers/", {**form, "look": "1"})
    assert page.context["warnings"] == [
        "Every name below one.example.test must answer over HTTPS from now on, wherever it is served."
    ]
    client.post(f"{AT}headers/", form)
    assert rules_of(Site.objects.get()).hsts == Hsts(max_age_s=300, subdomains=True)


def test_files_are_kept_and_one_answers_for_all(client: Browser, site: Site) -> None:
    page = client.post(f"{AT}files/", {**FILES, "absent": "file"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["file"])
    client.post(f"{AT}files/", {**FILES, "absent": "file", "file": "/index.html", "cache_images": "86400"})
    assert Site.objects.get().rules == {"absent": "/index.html", "cache": {"images": 86400}}
    serving = client.get(f"{AT}serving/").content.decode()
    assert "a day" in serving
    assert "/index.html" in serving


def test_who_would_be_kept_out_is_warned(client: Browser, site: Site) -> None:
    form = {"allowed": "/admin 192.0.2.0/24", "look": "1"}
    assert "you would be kept out" in client.post(f"{AT}access/", form).context["warnings"][0]
    assert client.post(f"{AT}access/", {**form, "allowed": "/admin 127.0.0.1"}).context["warnings"] == []


def test_a_password_is_given_and_taken_away(client: Browser, site: Site) -> None:
    page = client.post(f"{AT}protect/", {"path": "/members", "user": "ada", "password": "short"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["password"])
    assert "short" not in re.findall(r'value="([^"]*)"', page.content.decode())
    answer = client.post(f"{AT}protect/", {"path": "/members", "user": "ada", "password": "correct horse"})
    assert answer["Location"] == f"{AT}access/"
    shown = client.get(f"{AT}access/").content.decode()
    assert "ada" in shown
    assert "pbkdf2" not in shown
    client.post(f"{AT}unprotect/", {"path": "/members", "user": "ada"})
    assert rules_of(Site.objects.get()).protected == ()


def test_passwords_in_the_clear_are_warned_of(client: Browser, site: Site) -> None:
    assert "in the clear" in client.get(f"{AT}protect/").content.decode()
    Site.objects.update(https=Site.Https.LIVE)
    assert "in the clear" not in client.get(f"{AT}protect/").content.decode()


def test_names_lead_to_one_or_elsewhere(client: Browser, site: Site) -> None:
    client.post(f"{AT}names/", {"canonical": "www.one.example.test"})
    assert rules_of(Site.objects.get()).canonical == "www.one.example.test"
    form = {"canonical": "", "elsewhere": "https://new.example.test/", "status": "308", "keep_path": "on"}
    client.post(f"{AT}names/", form)
    assert rules_of(Site.objects.get()).elsewhere == Elsewhere(target="https://new.example.test", status=308)
    page = client.post(f"{AT}names/", {**form, "elsewhere": "https://one.example.test"})
    assert "back to itself" in page.context["form"].errors["elsewhere"][0]


def test_maintenance_is_begun_shown_and_ended(client: Browser, site: Site) -> None:
    page = client.post(f"{AT}maintenance/", {"sentence": "Soon", "until": "2001-01-01T10:00", "own": "on"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["until"])
    client.post(f"{AT}maintenance/", {"sentence": "Soon <b>", "own": "on", "networks": "192.0.2.1, 2001:db8::/32"})
    now = Site.objects.get().maintenance
    assert now["networks"] == ["192.0.2.1", "2001:db8::/32", "127.0.0.1"]
    shown = client.get(f"{AT}serving/").content.decode()
    assert f"essaim_pass={now['key']}" in shown
    assert "Soon &lt;b&gt;" in shown
    assert "in maintenance" in client.get(AT).content.decode()
    again = client.get(f"{AT}maintenance/").context["form"]
    assert (again["networks"].value(), again["own"].value()) == ("192.0.2.1, 2001:db8::/32", True)
    client.post(f"{AT}maintenance/end/")
    assert Site.objects.get().maintenance is None


def test_a_reader_sees_the_rules_without_their_acts_and_without_the_secret_link(client: Browser, site: Site) -> None:
    actions.begin_maintenance(site, by=None)
    client.force_login(make.make_person(client=site.account.client, role=Membership.Role.READER))
    page = client.get(f"{AT}serving/").content.decode()
    assert "being worked on" in page
    assert "essaim_pass" not in page
    assert f"{AT}redirects/" not in page


@pytest.mark.parametrize(("percent", "said"), [(100, "is full"), (93, "93 % of it is used"), (0, "")])
def test_a_disk_that_is_full_or_almost_is_told_on_the_accounts_and_the_sites_page(
    client: Browser, site: Site, percent: int, said: str
) -> None:
    machine = site.account.machine
    machine.beat = {"full": {site.account.login: percent} if percent else {"somebody": 100}}
    machine.save()
    for address in (f"/accounts/{site.account.login}/", AT, f"{AT}serving/"):
        page = client.get(address).content.decode()
        assert said in page
        assert ("The disk of this account" in page) == bool(percent)
