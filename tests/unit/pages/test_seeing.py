"""See as the client: to read, with a reason, for half an hour, and the client knows."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core.models import AuditLine
from essaim.manager.hosting.models import Site
from essaim.manager.people import grants
from essaim.manager.people.models import Client, Grant, Person
from essaim.manager.people.seeing import KEY
from tests.unit.factories import make_account, make_client, make_machine, make_person, make_site

pytestmark = pytest.mark.django_db
WHY = {"reason": "They cannot find their certificate."}


@pytest.fixture
def client() -> Client:
    make_machine("web1")
    client = make_client("bees", name="Bees of the lake")
    make_person("camille@example.test", client=client)
    make_site(make_account(client, login="bees"), "www.bees.example.test")
    make_site(make_account(make_client("others"), login="others"), "www.others.example.test")
    return client


@pytest.fixture
def helper() -> Person:
    return make_person("helper@example.test", groups=["supporter"])


@pytest.fixture
def browser(client: Client, helper: Person) -> Browser:
    browser = Browser()
    browser.force_login(helper)
    session = browser.session
    session["shown_at"] = timezone.now().timestamp()
    session.save()
    return browser


def begin(browser: Browser) -> str:
    answer = browser.post(reverse("people:see_as", args=["bees"]), WHY, follow=True)
    return str(answer.content.decode())


def test_a_helper_sees_what_the_owner_sees_and_a_banner_says_so(browser: Browser) -> None:
    assert "Bees of the lake" in begin(browser)
    page = browser.get(reverse("hosting:sites")).content.decode()
    assert ("seeing" in page, "www.bees.example.test" in page, "www.others" in page) == (True, True, False)
    for hidden, args in (("people:client", ["others"]), ("hosting:site", ["www.others.example.test"])):
        assert browser.get(reverse(hidden, args=args)).status_code == 404
    assert browser.get(reverse("fleet:machines")).status_code == 403
    assert browser.get(reverse("web:audit")).status_code == 403
    assert browser.get(reverse("hosting:content", args=["www.bees.example.test"])).status_code == 200


def test_nothing_is_changed_meanwhile(browser: Browser) -> None:
    begin(browser)
    lines = AuditLine.objects.count()
    for route, args in (
        ("hosting:suspend", ["www.bees.example.test"]),
        ("people:invite", ["bees"]),
        ("people:password", []),
        ("people:tokens", []),
        ("people:grant_propose", []),
        ("people:see_as", ["others"]),
        ("hosting:prove", ["www.bees.example.test"]),
    ):
        answer = browser.post(reverse(route, args=args), {"reason": "x", "email": "x@example.test"})
        assert answer.status_code == 403, route
    assert (AuditLine.objects.count(), Site.objects.get(fqdn="www.bees.example.test").state) == (lines, "active")


def test_the_client_reads_who_looked_and_why(browser: Browser, client: Client) -> None:
    begin(browser)
    browser.post(reverse("people:see_as_leave"))
    owner = Browser()
    owner.force_login(Person.objects.get(email="camille@example.test"))
    page = owner.get(reverse("people:client_history", args=["bees"])).content.decode()
    assert WHY["reason"] in page
    assert AuditLine.objects.filter(client_slug="bees", code__startswith="people.seen_as").count() == 2


def test_leaving_gives_ones_own_view_back(browser: Browser) -> None:
    begin(browser)
    browser.post(reverse("people:see_as_leave"))
    page = browser.get(reverse("hosting:sites")).content.decode()
    assert ('class="seeing"' in page, "www.others.example.test" in page) == (False, True)


def test_half_an_hour_later_it_is_over(browser: Browser) -> None:
    begin(browser)
    session = browser.session
    session[KEY] = {**session[KEY], "until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    session.save()
    assert 'class="seeing"' not in browser.get(reverse("hosting:sites")).content.decode()
    assert KEY not in browser.session


def test_it_is_over_when_the_right_is_taken_away(browser: Browser, helper: Person) -> None:
    begin(browser)
    grants.found(make_person(), ["board"], reason="so that one stays")
    grants.withdraw(Grant.objects.get(person=helper), by=None, reason="Left.")
    assert browser.get(reverse("hosting:site", args=["www.bees.example.test"])).status_code == 404


def test_a_reason_is_asked_for_and_a_right(browser: Browser, client: Client) -> None:
    assert browser.post(reverse("people:see_as", args=["bees"]), {"reason": " "}).status_code == 422
    observer = Browser()
    observer.force_login(make_person(groups=["observer"]))
    assert observer.get(reverse("people:see_as", args=["bees"])).status_code == 403
    owner = Browser()
    owner.force_login(Person.objects.get(email="camille@example.test"))
    assert owner.get(reverse("people:see_as", args=["bees"])).status_code == 403
