"""What a client sees of a site's PHP: its errors, what it is, another version before it is switched to."""

import msgspec
import pytest
from django.test import Client as Browser
from django.utils import timezone

from essaim import contract
from essaim.contract import Fqdn, PhpComparison, PhpErrorGroup, PhpErrors, PhpInfo, PhpPage, PhpSetting
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_models import PhpError, PhpTrial, Question
from essaim.manager.hosting.php_models import PhpInfo as PhpInfoRow
from essaim.manager.people.models import Membership
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
AT = "/sites/one.example.test/"
NAME = Fqdn("one.example.test")


@pytest.fixture
def site(client: Browser) -> Site:
    """A site that is made, looked at by its owner."""
    make.make_machine("web1")
    site = make.make_site(name=NAME)
    make.answer(Wanted.objects.get(kind="site"))
    client.force_login(make.make_person(client=site.account.client))
    return site


def tell(message: msgspec.Struct, sequence: int) -> None:
    jobs.take_in("web1", [(sequence, contract.encode(message))])


def log(*groups: PhpErrorGroup, sequence: int = 1) -> None:
    tell(PhpErrors(fqdn=NAME, version="8.2", groups=groups), sequence)


def group(message: str, **changes: object) -> PhpErrorGroup:
    now = timezone.now().timestamp()
    given = {"severity": "warning", "file": "lib/a.php", "line": 3, "first": now - 60, "last": now, **changes}
    return PhpErrorGroup(message=message, **given)  # type: ignore[arg-type]  # fields by name


def text(client: Browser, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


# -- errors


def test_a_site_without_errors_says_so_on_its_card_and_page(client: Browser, site: Site) -> None:
    assert "PHP has logged none." in text(client, AT)
    assert "PHP has logged nothing for this site." in text(client, f"{AT}php/errors/")


def test_errors_are_shown_with_place_count_and_trace_and_nothing_in_them_is_markup(client: Browser, site: Site) -> None:
    log(group("<b>boom</b>", count=1234, trace=("index.php:5 f()",)))
    page = text(client, f"{AT}php/errors/")
    assert "&lt;b&gt;boom&lt;/b&gt;" in page
    assert "lib/a.php:3" in page
    assert "index.php:5 f()" in page
    assert "1,234" in page
    card = text(client, AT)
    assert "&lt;b&gt;boom&lt;/b&gt;" in card
    assert "1,234 times" in card


def test_the_live_part_of_the_sites_page_moves_with_a_new_error(client: Browser, site: Site) -> None:
    seen = client.get(AT).context["seen"]
    assert client.get(f"{AT}live/?seen={seen}").status_code == 204
    log(group("boom"))
    assert "boom" in text(client, f"{AT}live/?seen={seen}")


def test_errors_are_filtered_and_a_search_without_hits_shows_the_way_back(client: Browser, site: Site) -> None:
    log(group("one"), group("two", severity="fatal", file="b.php"))
    assert [row.message for row in client.get(f"{AT}php/errors/?severity=fatal").context["page"].errors] == ["two"]
    assert [row.message for row in client.get(f"{AT}php/errors/?text=lib/").context["page"].errors] == ["one"]
    assert client.get(f"{AT}php/errors/?severity=odd&after=odd&text=%00").context["page"].errors
    assert "Show all errors" in text(client, f"{AT}php/errors/?text=absent")


def test_a_long_list_comes_page_by_page_each_error_once(client: Browser, site: Site) -> None:
    log(*(group(f"error {chr(0x4E00 + n)}") for n in range(50)))
    log(*(group(f"other {chr(0x4E00 + n)}") for n in range(30)), sequence=2)
    first = client.get(f"{AT}php/errors/").context["page"]
    rest = client.get(f"{AT}php/errors/", {"after": first.next_cursor}, headers={"HX-Request": "true"})
    shown = [row.message for row in (*first.errors, *rest.context["page"].errors)]
    assert (len(shown), len(set(shown)), rest.context["page"].next_cursor) == (80, 80, "")
    assert b"<html" not in rest.content


def test_the_list_is_cleared_and_what_comes_again_is_shown_again(client: Browser, site: Site) -> None:
    log(group("boom"))
    answer = client.post(f"{AT}php/errors/forget/", follow=True)
    assert "1 error is forgotten." in answer.content.decode()
    assert not PhpError.objects.exists()
    log(group("boom"), sequence=2)
    assert "boom" in text(client, f"{AT}php/errors/")
    assert AuditLine.objects.filter(code="hosting.php_errors_forgotten", facts__errors=1).exists()


def test_a_reader_sees_errors_and_no_act(client: Browser, site: Site) -> None:
    log(group("boom"))
    client.force_login(make.make_person(client=site.account.client, role=Membership.Role.READER))
    page = text(client, f"{AT}php/errors/")
    assert "boom" in page
    assert "forget" not in page
    assert "php/try" not in text(client, AT)


# -- what it is


def answered(site: Site, **told: object) -> None:
    row = actions.ask_php(site, by=None)
    tell(PhpInfo(fqdn=NAME, asked=row.asked, **told), 30)  # type: ignore[arg-type]  # fields by name


def test_php_is_asked_by_a_click_and_its_answer_is_searched(client: Browser, site: Site) -> None:
    page = text(client, f"{AT}php/info/")
    assert f'action="{AT}php/info/ask/"' in page
    client.post(f"{AT}php/info/ask/")
    page = text(client, f"{AT}php/info/")
    assert "is being asked" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Look again" in page
    settings = (
        PhpSetting(name="memory_limit", value="256M", usual="128M"),
        PhpSetting(name="precision", value="14", usual="14", by_script=True),
    )
    answered(site, version="8.2.29", sapi="fpm-fcgi", extensions={"mbstring": "8.2.29"}, settings=settings)
    page = text(client, f"{AT}php/info/")
    assert "every 1s" not in page
    assert all(word in page for word in ("PHP 8.2.29", "mbstring", "memory_limit", "256M", "128M", "precision"))
    found = client.get(f"{AT}php/info/?only=differing").context["info"].settings
    assert [one.name for one in found] == ["memory_limit"]
    part = client.get(f"{AT}php/info/?text=PREC", headers={"HX-Request": "true", "HX-Target": "results"})
    assert b"precision" in part.content
    assert b"memory_limit" not in part.content


@pytest.mark.parametrize(("code", "said"), [("php.no_answer", "did not answer in time"), ("php.odd_answer", "auto_prepend_file"), ("php.else", "could not say")])  # fmt: skip
def test_why_there_is_no_answer_is_said(client: Browser, site: Site, code: str, said: str) -> None:
    answered(site, code=code)
    assert said in text(client, f"{AT}php/info/")


def test_a_machine_that_never_answers_is_given_up(client: Browser, site: Site) -> None:
    actions.ask_php(site, by=None)
    PhpInfoRow.objects.update(asks=Question.ASKS_MAX)
    page = text(client, f"{AT}php/info/")
    assert "The machine did not answer." in page
    assert "every 1s" not in page


# -- a trial


def compared(*pages: PhpPage, code: str = "") -> None:
    token = PhpTrial.objects.get().asked
    tell(PhpComparison(fqdn=NAME, token=token, pages=pages, code=code), 20)


def same(path: str, **changes: object) -> PhpPage:
    usual = {
        "status_old": 200,
        "status_new": 200,
        "bytes_old": 1000,
        "bytes_new": 1010,
        "seconds_old": 0.1,
        "seconds_new": 0.1,
    }
    return PhpPage(path=path, **{**usual, **changes})  # type: ignore[arg-type]  # fields by name


def test_a_version_is_tried_compared_and_switched_to(client: Browser, site: Site) -> None:
    assert f"{AT}php/try/" in text(client, AT)
    assert [value for value, _ in client.get(f"{AT}php/try/").context["form"].fields["php"].choices] == ["7.4", "8.4"]
    assert client.post(f"{AT}php/try/", {"php": "8.4"}).status_code == 302
    page = text(client, f"{AT}php/try/")
    assert "The machine is making it ready." in page
    assert "/.well-known/essaim/preview/" not in page
    make.answer(Wanted.objects.get(kind="site"))
    token = PhpTrial.objects.get().asked
    assert f"http://{NAME}/.well-known/essaim/preview/{token}" in text(client, f"{AT}php/try/")
    compared(
        same("/"),
        same("/fails", status_new=500, errors_new=1, messages=("Call to undefined function each() (a.php:3)",)),
        same("/slow", seconds_new=3.0),
    )
    page = text(client, f"{AT}php/try/")
    rows = client.get(f"{AT}php/try/").context["compared"]
    assert [(one.page.path, one.verdict) for one in rows] == [("/fails", "worse"), ("/slow", "look"), ("/", "same")]
    assert "Do not switch yet." in page
    assert "Call to undefined function each() (a.php:3)" in page
    assert "every 1s" not in page
    assert "PHP 8.4 is being tried." in text(client, AT)
    client.post(f"{AT}php/try/switch/")
    assert (Site.objects.get().php, Site.objects.get().php_before) == ("8.4", "8.2")
    assert "Put PHP 8.2 back" in text(client, AT)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "same"), ({"status_new": 0}, "worse"), ({"status_new": 404}, "worse"), ({"status_old": 500, "status_new": 500}, "same"),
        ({"bytes_new": 2000}, "look"), ({"messages": ("new",)}, "look"), ({"errors_old": 1, "errors_new": 3}, "look"),
        ({"seconds_new": 0.15}, "same"), ({"seconds_new": 1.0}, "look"),
    ],
)  # fmt: skip
def test_what_a_difference_means(client: Browser, site: Site, changes: dict[str, object], verdict: str) -> None:
    actions.try_php(site, version="8.4", by=None)
    compared(same("/", **changes))
    assert client.get(f"{AT}php/try/").context["compared"][0].verdict == verdict


def test_a_trial_without_differences_says_what_was_not_looked_at(client: Browser, site: Site) -> None:
    actions.try_php(site, version="8.4", by=None)
    compared(same("/"))
    assert "Look yourself at what needs a sign-in." in text(client, f"{AT}php/try/")


def test_a_version_that_does_not_start_is_told_and_left(client: Browser, site: Site) -> None:
    actions.try_php(site, version="8.4", by=None)
    compared(code="php.no_preview")
    assert "The version to try does not answer" in text(client, f"{AT}php/try/")
    answer = client.post(f"{AT}php/try/leave/", follow=True)
    assert "noticed nothing" in answer.content.decode()
    assert Site.objects.get().php == "8.2"


def test_a_page_that_waits_is_drawn_anew_only_when_there_is_news(client: Browser, site: Site) -> None:
    actions.try_php(site, version="8.4", by=None)
    actions.ask_php(site, by=None)
    seen = client.get(f"{AT}php/try/").context["seen"]
    assert client.get(f"{AT}php/try/?seen={seen}").status_code == 204
    make.answer(Wanted.objects.get(kind="site"))
    made = client.get(f"{AT}php/try/?seen={seen}")
    assert made.status_code == 200
    compared(same("/"))
    assert client.get(f"{AT}php/try/?seen={made.context['seen']}").status_code == 200
    seen = PhpInfoRow.objects.get().seen
    assert client.get(f"{AT}php/info/?seen={seen}").status_code == 204
    answered(site, version="8.2.29")
    assert client.get(f"{AT}php/info/?seen={seen}").status_code == 200


def test_comparing_again_gives_another_link(client: Browser, site: Site) -> None:
    first = actions.try_php(site, version="8.4", by=None).asked
    client.post(f"{AT}php/try/compare/")
    assert PhpTrial.objects.get().asked != first


def test_what_cannot_be_tried_is_refused_at_its_field(client: Browser, site: Site) -> None:
    answer = client.post(f"{AT}php/try/", {"php": "8.2"})
    assert answer.status_code == 422
    assert "php" in answer.context["form"].errors


def test_a_suspended_site_has_nothing_to_try_and_nothing_to_ask(client: Browser, site: Site) -> None:
    actions.suspend_site(site, by=None, reason="because")
    assert "A version can be tried while the site is served." in text(client, f"{AT}php/try/")
    assert client.post(f"{AT}php/try/", {"php": "8.4"}).status_code == 409
    assert client.post(f"{AT}php/info/ask/").status_code == 409
