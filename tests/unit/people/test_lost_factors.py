"""A second factor that was lost: two let it go, the person hears of it and can stop it, and nothing changes before."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import lost_factors
from essaim.manager.people.errors import LinkGone
from essaim.manager.people.lost_factor_errors import LossByTwo, LossGone, LossThere, LossUnconfirmed, NoFactor
from essaim.manager.people.models import LostFactor, Person
from essaim.manager.people.rights import RightMissing
from tests.unit.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
KNOWN = "I called her at the number of the roll."


@pytest.fixture
def alix() -> Person:
    """An administrator with an application of codes and recovery codes."""
    person = make_person("alix@example.test", groups=["administrator"])
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=person, type=kind, data={"secret": "x"})
    return person


@pytest.fixture
def first() -> Person:
    return make_person("first@example.test", groups=["administrator"])


@pytest.fixture
def second() -> Person:
    return make_person("second@example.test", groups=["president"])


def asked(by: Person) -> LostFactor:
    return lost_factors.ask(email="alix@example.test", reason="Fell into the harbour.", known_by=KNOWN, by=by)


def link_in(kind: str) -> str:
    found = re.search(r"/lost-factor/([\w-]+)/", Mail.objects.get(kind=kind).text)
    assert found is not None
    return found[1]


def test_two_of_the_team_let_it_go_and_nothing_changes_before(alix: Person, first: Person, second: Person) -> None:
    browser = Browser()
    browser.force_login(alix)
    lost = asked(first)
    assert Mail.objects.get(kind="second factor lost").to == alix.email
    assert [letter.to for letter in Mail.objects.filter(kind="second factor to decide")] == [second.email]
    for who in (first, alix):
        with pytest.raises(LossByTwo):
            lost_factors.approve(lost, by=who)
    assert Authenticator.objects.count() == 2

    lost_factors.approve(lost, by=second)
    lost_factors.approve(lost, by=second)

    assert not Authenticator.objects.exists()
    assert browser.get(reverse("people:sessions")).status_code == 302
    assert Mail.objects.filter(kind="second factor taken away").count() == 1
    lines = list(AuditLine.objects.order_by("id").values_list("code", "who", "reason"))
    assert lines == [
        ("people.factor_lost", first.email, "Fell into the harbour."),
        ("people.factor_loss_confirmed", first.email, KNOWN),
        ("people.factor_taken_away", second.email, "Fell into the harbour."),
    ]
    assert AuditLine.objects.latest("id").facts == {"factors": ["recovery_codes", "totp"], "sessions": 1}


def test_who_cannot_show_it_asks_while_signing_in_and_one_makes_sure_who_it_is(
    alix: Person, first: Person, second: Person
) -> None:
    Person.objects.filter(pk=alix.pk).update(language="en")
    browser = Browser(headers={"accept-language": "en"})
    browser.post(reverse("people:sign_in"), {"email": alix.email, "password": PASSWORD})
    page = browser.get(reverse("mfa_authenticate")).text
    assert reverse("people:lost_factor") in page

    for _twice in range(2):
        answer = browser.post(reverse("people:lost_factor"), {"reason": "Fell into the harbour."})
        assert "The team knows." in answer.text

    lost = LostFactor.objects.get()
    assert browser.get(reverse("people:sessions")).status_code == 302
    with pytest.raises(LossUnconfirmed):
        lost_factors.approve(lost, by=second)
    with pytest.raises(LossByTwo):
        lost_factors.confirm(lost, by=alix, known_by=KNOWN)
    lost_factors.confirm(lost, by=first, known_by=KNOWN)
    with pytest.raises(LossByTwo):
        lost_factors.confirm(lost, by=second, known_by=KNOWN)
    lost_factors.approve(lost, by=second)
    browser.post(reverse("people:sign_in"), {"email": alix.email, "password": PASSWORD})
    assert browser.get(reverse("hosting:sites"))["Location"] == reverse("mfa_index")


def test_without_a_password_shown_there_is_no_page_to_ask_on() -> None:
    assert Browser().post(reverse("people:lost_factor"), {"reason": "x"})["Location"] == reverse("people:sign_in")
    assert not LostFactor.objects.exists()


def test_the_person_stops_it_by_the_link_and_opening_it_does_nothing(
    alix: Person, first: Person, second: Person
) -> None:
    lost = asked(first)
    address = reverse("people:lost_factor_stop", args=[link_in("second factor lost")])
    browser = Browser(headers={"accept-language": "en"})
    assert "It was not me" in browser.get(address).text
    assert LostFactor.objects.get().is_open

    assert "Stopped" in browser.post(address).text
    assert "Stopped" in browser.post(address).text

    with pytest.raises(LossGone):
        lost_factors.approve(lost, by=second)
    assert Authenticator.objects.count() == 2
    assert asked(first).is_open  # another time
    with pytest.raises(LinkGone):
        lost_factors.stop("x" * 43)


def test_what_is_refused_or_too_old_changes_nothing(alix: Person, first: Person, second: Person) -> None:
    lost_factors.refuse(asked(first), by=second, reason="Nobody answered the call.")
    assert "Nobody answered the call." in Mail.objects.get(kind="second factor stays").text
    old = asked(first)
    with pytest.raises(LossThere):
        asked(second)
    LostFactor.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(LossGone):
        lost_factors.approve(old, by=second)
    assert asked(second).pk != old.pk
    assert Authenticator.objects.count() == 2


def test_it_takes_the_right_a_reason_and_a_factor(alix: Person, first: Person) -> None:
    for stranger in (make_person(), make_person(groups=["observer"]), make_person(groups=["board"])):
        with pytest.raises(RightMissing):
            asked(stranger)
        with pytest.raises(RightMissing):
            lost_factors.listed(seen_by=stranger)
    with pytest.raises(ReasonMissing):
        lost_factors.ask(email=alix.email, reason="x", known_by=" ", by=first)
    with pytest.raises(NoFactor):
        lost_factors.ask(email=first.email, reason="x", known_by=KNOWN, by=make_person(groups=["president"]))
    with pytest.raises(LossByTwo):
        lost_factors.ask(email=alix.email, reason="x", known_by=KNOWN, by=alix)
    assert not LostFactor.objects.exists()


def test_the_pages_and_the_api_of_the_team(
    alix: Person, first: Person, second: Person, django_assert_max_num_queries: object
) -> None:
    one, other = Browser(headers={"accept-language": "en"}), Browser(headers={"accept-language": "en"})
    one.force_login(first)
    other.force_login(second)
    given = {"email": alix.email, "reason": "Fell into the harbour.", "known_by": KNOWN}
    assert one.post(reverse("people:lost_factor_ask"), {**given, "email": "nobody@example.test"}).status_code == 422
    assert one.post(reverse("people:lost_factor_ask"), given).status_code == 302
    lost = LostFactor.objects.get()
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        mine = one.get(reverse("people:lost_factors")).text
    approve = reverse("people:lost_factor_approve", args=[lost.pk])
    assert (approve in mine, approve in other.get(reverse("people:lost_factors")).text) == (False, True)
    assert "1 lost second factor waits" in other.get(reverse("team:team")).text
    assert other.post(approve, follow=True).status_code == 200
    assert not Authenticator.objects.exists()
