"""What a site's page says as machines answer: made, proved, live, changed; over HTTP and HTTPS."""

import msgspec
import pytest

from essaim.contract import ProbeResult
from essaim.manager.fleet import reactions
from essaim.manager.fleet.models import Machine, StoryLine
from essaim.manager.hosting import actions, jobs
from essaim.manager.hosting.errors import (
    NoProber,
)
from tests.unit.factories import answer, make_machine, make_site, report, seen
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db


def test_a_site_is_live_once_it_was_proved_from_outside(prober: Machine) -> None:
    site = make_site()

    answer(wish("site", site))
    site.refresh_from_db()
    assert site.health == "proving"
    assert wish("probe", site).spec["addresses"] == ["192.0.2.1", "2001:db8::1"]

    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert site.health == "live"
    assert site.proved_revision == wish("site", site).revision
    assert site.live_seconds is not None
    assert site.proofs.filter(ok=True).count() == 2
    assert StoryLine.objects.filter(about_key=site.fqdn, what="proved").count() == 1


def test_a_proof_of_an_earlier_wish_never_counts_for_a_new_one(prober: Machine) -> None:
    site = prove(make_site())
    old_probe = wish("probe", site)
    actions.change_site(site, by=None, docroot="public")

    answer(old_probe, probes=seen())

    site.refresh_from_db()
    assert site.health == "waiting"
    assert site.proved_revision < wish("site", site).revision


def test_the_first_time_to_live_is_kept(prober: Machine) -> None:
    site = prove(make_site())
    first = site.live_seconds

    actions.change_site(site, by=None, docroot="public")

    assert prove(site).live_seconds == first


def test_without_a_prober_the_page_says_that_nobody_looks() -> None:
    site = make_site()
    answer(wish("site", site))
    site.refresh_from_db()
    assert site.health == "proving"
    assert site.health_sentence == "No machine looks at sites from outside yet: nobody has proved this one."

    make_machine("outside1", roles=["prober"])
    assert jobs.prove_the_unproved() == 1
    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert (site.health, site.health_sentence) == ("live", "")


def test_a_site_never_proved_goes_on_being_proved_and_says_what_was_seen(prober: Machine) -> None:
    site = make_site()
    answer(wish("site", site))

    answer(
        wish("probe", site),
        "failed",
        code="probe.elsewhere",
        sentence="The name leads elsewhere.",
        advice="Look at DNS.",
    )

    site.refresh_from_db()
    assert (site.health, site.health_sentence, site.health_advice) == (
        "proving",
        "The name leads elsewhere.",
        "Look at DNS.",
    )


@pytest.mark.parametrize("outcome", ["failed", "drifted"])
def test_a_live_site_that_stops_being_what_it_was_shows_it(prober: Machine, outcome: str) -> None:
    site = prove(make_site())

    answer(wish("probe", site), outcome, code="probe.neighbour", sentence="A neighbour answered.")  # type: ignore[arg-type]

    site.refresh_from_db()
    assert (site.health, site.health_sentence) == ("changed", "A neighbour answered.")
    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert (site.health, site.health_sentence) == ("live", "")
    told = StoryLine.objects.filter(about_key=site.fqdn, kind="probe").order_by("id").values_list("what", flat=True)
    assert list(told) == ["proved", "failed", "proved"]


def test_looking_again_and_seeing_the_same_is_no_story(prober: Machine) -> None:
    site = prove(make_site())
    told = StoryLine.objects.count()

    for _ in range(3):
        answer(wish("probe", site), probes=seen())
    assert StoryLine.objects.filter(kind="probe").count() == 1
    assert StoryLine.objects.count() == told

    for _ in range(3):
        answer(wish("probe", site), "failed", code="probe.refused", sentence="Refused.")
    assert StoryLine.objects.filter(kind="probe").count() == 2


def test_a_machine_that_cannot_make_a_site_says_why(prober: Machine) -> None:
    site = make_site()

    answer(wish("site", site), "failed", code="site.disk_full", sentence="The disk is full.", advice="Free some room.")

    site.refresh_from_db()
    assert (site.health, site.health_sentence, site.health_advice) == ("failed", "The disk is full.", "Free some room.")


def test_drift_shows_and_what_is_mended_is_proved_again(prober: Machine) -> None:
    site = prove(make_site())
    before = wish("probe", site).revision

    answer(wish("site", site), "drifted", sentence="The link of the site is gone.")
    site.refresh_from_db()
    assert site.health == "changed"

    answer(wish("site", site), "mended")
    assert wish("probe", site).revision > before
    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert site.health == "live"


def test_a_rebuilt_machine_asks_for_no_new_proof_of_what_is_live(prober: Machine) -> None:
    site = prove(make_site())
    before = wish("probe", site).revision

    answer(wish("site", site))

    assert wish("probe", site).revision == before


def test_https_is_live_once_its_certificate_was_proved(prober: Machine, acme: None) -> None:
    site = prove(make_site())
    assert (site.health, site.https) == ("live", "pending")

    answer(wish("certificate", site), facts={"not_after": 1_900_000_000.0})
    site.refresh_from_db()
    assert (site.health, site.https) == ("live", "pending")
    assert wish("probe", site).spec["https"] is True

    answer(wish("probe", site), probes=seen(https=True))
    site.refresh_from_db()
    assert (site.https, site.certificate_not_after.year) == ("live", 2030)


def test_without_a_certificate_the_site_is_live_over_http_and_says_why(prober: Machine, acme: None) -> None:
    site = prove(make_site())

    answer(wish("certificate", site), "failed", code="certificate.rate_limited", sentence="Too many orders this hour.")

    site.refresh_from_db()
    assert (site.health, site.https, site.https_sentence) == ("live", "failed", "Too many orders this hour.")


def test_a_renewal_that_fails_leaves_https_live_and_is_told(prober: Machine, acme: None) -> None:
    site = prove(make_site())
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000})
    answer(wish("probe", site), probes=seen(https=True))

    answer(wish("certificate", site), "failed", sentence="The authority is away.")

    site.refresh_from_db()
    assert (site.https, site.https_sentence) == ("live", "The authority is away.")


def over_https(code: str) -> tuple[ProbeResult, ...]:
    """Both families answer over HTTP, and something is wrong over HTTPS."""
    return tuple(
        probe if probe.scheme == "http" else msgspec.structs.replace(probe, ok=False, code=code)
        for probe in seen(https=True)
    )


def test_https_that_fails_where_http_answers_is_not_yet(prober: Machine, acme: None) -> None:
    site = prove(make_site())
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000})

    answer(wish("probe", site), "failed", probes=over_https("probe.certificate"), sentence="It is for another name.")

    site.refresh_from_db()
    assert (site.health, site.https, site.https_sentence) == ("live", "failed", "It is for another name.")
    answer(wish("probe", site), probes=seen(https=True))
    site.refresh_from_db()
    assert (site.health, site.https, site.https_sentence) == ("live", "live", "")


def test_another_site_that_answers_over_https_is_never_taken_for_this_one(prober: Machine, acme: None) -> None:
    site = prove(make_site())
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000})

    answer(wish("probe", site), "failed", probes=over_https("probe.other_site"), sentence="Another site answers.")

    site.refresh_from_db()
    assert (site.health, site.health_sentence, site.https) == ("changed", "Another site answers.", "pending")


def test_https_that_breaks_later_is_not_as_it_should_be(prober: Machine, acme: None) -> None:
    site = prove(make_site())
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000})
    answer(wish("probe", site), probes=seen(https=True))

    for _ in range(2):
        answer(wish("probe", site), "failed", probes=over_https("probe.refused"), sentence="Nothing listens.")
        site.refresh_from_db()
        assert (site.health, site.health_sentence, site.https) == ("changed", "Nothing listens.", "failed")

    before = wish("probe", site).revision
    answer(wish("certificate", site), facts={"not_after": 1_950_000_000})
    assert wish("probe", site).revision > before
    answer(wish("probe", site), probes=seen(https=True))
    site.refresh_from_db()
    assert (site.health, site.https) == ("live", "live")


def test_a_gentle_look_leaves_what_it_did_not_ask(prober: Machine) -> None:
    site = prove(make_site(name="one.example.test", aliases=["www.one.example.test"]))
    php = ProbeResult(scheme="http", family="ipv4", check="php", ok=True, status=200)
    front = ProbeResult(scheme="http", family="ipv4", check="front", ok=True, status=500)
    alias = [msgspec.structs.replace(probe, name="www.one.example.test") for probe in seen()]
    answer(wish("probe", site), probes=(*seen(), *alias, php, front))
    site.refresh_from_db()
    assert (site.proofs.count(), site.front_status, site.health) == (6, 500, "live")

    answer(wish("probe", site), probes=seen())
    assert {(line.check_name, line.name) for line in site.proofs.all()} == {
        ("proof", site.fqdn),
        ("php", site.fqdn),
        ("front", site.fqdn),
    }

    actions.suspend_site(site, by=None, reason="Because.")
    answer(wish("site", site))
    answer(wish("probe", site), probes=seen())
    assert {line.check_name for line in site.proofs.all()} == {"proof"}


def test_a_new_alias_asks_for_a_new_certificate_and_a_new_proof(prober: Machine, acme: None) -> None:
    site = prove(make_site(name="one.example.test"))
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000})

    site = actions.change_site(site, by=None, aliases=["www.one.example.test"])

    assert (site.health, site.https) == ("waiting", "pending")
    assert wish("certificate", site).spec["names"] == ["one.example.test", "www.one.example.test"]
    answer(wish("site", site))
    assert wish("probe", site).spec.get("https", False) is False


@pytest.mark.parametrize(("kind", "most"), [("site", 10), ("probe", 8)])
def test_a_reaction_takes_few_queries(
    prober: Machine, kind: str, most: int, django_assert_max_num_queries: object
) -> None:
    site = make_site(aliases=[f"www{number}.many.example.test" for number in range(10)])
    if kind == "probe":
        answer(wish("site", site))
    wanted = wish(kind, site)
    said = report(wanted, probes=seen() if kind == "probe" else ())
    wanted.applied_revision, wanted.outcome = wanted.revision, "applied"
    wanted.save()

    with django_assert_max_num_queries(most):  # type: ignore[operator]
        reactions.react(wanted.machine, wanted, said)


def test_proving_again_looks_once_more(prober: Machine) -> None:
    site = prove(make_site())
    before = wish("probe", site).revision

    actions.prove_again(site, by=None)

    assert wish("probe", site).revision > before


def test_proving_again_needs_somebody_who_looks() -> None:
    site = make_site()
    assert actions.prove_again(site, by=None) == site  # the machine is still at work: the proof comes by itself
    answer(wish("site", site))

    with pytest.raises(NoProber) as refused:
        actions.prove_again(site, by=None)
    assert str(refused.value) == "No machine looks at sites from outside now."
