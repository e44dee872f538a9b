"""Certificates as the manager knows them: authorities in order, and an end that is seen from outside."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone, translation

from essaim.contract import AcmeDirectory
from essaim.manager.fleet.models import Machine, StoryLine
from essaim.manager.hosting import actions, attention, queries
from essaim.manager.hosting.certificates import authority_of, turn_of
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.wanted import wanted_certificate
from essaim.manager.web.api.site_answers import site_detail
from essaim.manager.web.stories import told
from tests.unit.factories import answer, make_person, make_site, seen
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db
REFUSED = {
    "code": "certificate.ca_refused",
    "sentence": "The certificate authority refuses: No.",
    "facts": {"detail": "No."},
}


def in_place(site: Site, *, days: float = 90, **facts: Any) -> Site:
    """The machine has a certificate, and the prober has seen it."""
    ends = (timezone.now() + timedelta(days=days)).timestamp()
    answer(wish("certificate", site), facts={"not_after": ends, **facts})
    return seen_until(site, days)


def seen_until(site: Site, days: float) -> Site:
    ends = (timezone.now() + timedelta(days=days)).timestamp()
    answer(wish("probe", site), probes=seen(https=True), facts={"certificate_not_after": ends})
    site.refresh_from_db()
    return site


@pytest.fixture
def site(acme: None, prober: Machine) -> Site:
    return prove(make_site())


def refuse(site: Site) -> Site:
    answer(wish("certificate", site), "failed", **REFUSED)
    site.refresh_from_db()
    return site


def test_one_directory_is_told_as_ever(site: Site) -> None:
    wanted = wanted_certificate(site)
    assert (wanted.directory, wanted.directories) == ("https://acme.example.test/dir", ())


def test_several_directories_are_told_in_order_with_their_key_ids(site: Site, settings: Any) -> None:
    settings.ACME_DIRECTORY = "https://one.example.test/dir, https://two.example.test/dir#kid-1"
    settings.ACME_ORDERS = 300
    wanted = wanted_certificate(site)
    assert wanted.directory == "https://one.example.test/dir"
    assert wanted.directories == (
        AcmeDirectory(url="https://one.example.test/dir", orders_per_3h=300),
        AcmeDirectory(url="https://two.example.test/dir", key_id="kid-1", orders_per_3h=300),
    )


def test_the_story_and_the_site_say_who_issued(site: Site) -> None:
    site = in_place(site, issuer="R11", directory="acme.example.test")
    line = StoryLine.objects.get(kind="certificate", what=StoryLine.What.APPLIED)
    assert told(line) == f"The certificate of R11, from acme.example.test, is in place on {site.account.machine}."
    assert authority_of(site, queries.wishes_about(site)) == ("R11", "acme.example.test")
    assert site_detail(site).certificate_directory == "acme.example.test"


def test_the_end_is_the_one_that_visitors_are_shown(site: Site) -> None:
    site = in_place(site, days=90)
    site = seen_until(site, 5)
    assert site.certificate_not_after is not None
    assert site.certificate_not_after < timezone.now() + timedelta(days=6)


def test_a_renewed_certificate_is_looked_at_again(site: Site) -> None:
    site = in_place(site, days=10)
    before = wish("probe", site).revision
    answer(wish("certificate", site), facts={"not_after": (timezone.now() + timedelta(days=90)).timestamp()})
    assert wish("probe", site).revision > before


def test_the_same_certificate_told_once_more_is_not(site: Site) -> None:
    ends = (timezone.now() + timedelta(days=90)).timestamp()
    for _ in range(2):
        answer(wish("certificate", site), facts={"not_after": ends})
        answer(wish("probe", site), probes=seen(https=True), facts={"certificate_not_after": ends})
        site.refresh_from_db()
    before = wish("probe", site).revision
    answer(wish("certificate", site), facts={"not_after": ends})
    assert wish("probe", site).revision == before


@pytest.mark.parametrize(("days", "is_shown"), [(19, True), (21, False)])
def test_a_renewal_that_fails_is_shown_twenty_days_before_the_end(site: Site, days: float, *, is_shown: bool) -> None:
    team = make_person(is_team=True)
    site = refuse(in_place(site, days=days))
    assert site.https == Site.Https.LIVE
    assert site.certificate_is_ending is is_shown
    assert bool(attention.troubled_sites(team)) is is_shown
    assert bool(site_detail(site).certificate_sentence) is is_shown


def test_a_certificate_that_ends_soon_and_is_renewed_is_no_trouble(site: Site) -> None:
    site = in_place(site, days=5)
    assert not site.certificate_is_ending
    assert attention.troubled_sites(make_person(is_team=True)) == []


def test_the_reason_stays_when_what_serves_is_proved_again_and_goes_with_the_renewal(site: Site) -> None:
    site = seen_until(refuse(in_place(site, days=10)), 10)
    assert "refuses: No." in site.certificate_said
    site = in_place(site, days=90)
    assert site.certificate_said == ""
    assert site.https_code == ""


def test_it_is_said_in_both_languages(site: Site) -> None:
    site = refuse(in_place(site, days=10))
    assert site.certificate_said.startswith("Its certificate ends on ")
    with translation.override("fr"):
        assert site.certificate_said.startswith("Son ")
        assert "No." in site.certificate_said


def test_a_site_that_waits_for_its_turn_says_when(site: Site) -> None:
    turn = timezone.now() + timedelta(hours=2)
    facts = {"orders": 300, "directory": "acme.example.test", "place": 12}
    answer(
        wish("certificate", site),
        "failed",
        code="certificate.queued",
        sentence="Queued.",
        facts=facts,
        retry_at=turn.timestamp(),
    )
    site.refresh_from_db()
    assert turn_of(site, queries.wishes_about(site)) == turn
    assert "number 12 in the queue" in site.https_said
    assert site.https == Site.Https.PENDING
    assert attention.troubled_sites(make_person(is_team=True)) == []


def test_no_directory_is_no_certificate(settings: Any, prober: Machine) -> None:
    settings.ACME_DIRECTORY = " , "
    assert make_site().https == Site.Https.NONE


def test_closing_forgets_who_issued(site: Site) -> None:
    site = in_place(site, issuer="R11", directory="acme.example.test")
    site = actions.close_site(site, by=None)
    assert authority_of(site, queries.wishes_about(site)) == ("", "")


def test_the_contract_carries_no_key() -> None:
    assert [field.name for field in msgspec.structs.fields(AcmeDirectory)] == ["url", "key_id", "orders_per_3h"]
