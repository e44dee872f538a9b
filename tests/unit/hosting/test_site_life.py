"""A site from its order to its erasure, told by wishes and by what machines answer."""

from datetime import timedelta

import msgspec
import pytest
from django.utils import timezone

from essaim.contract import ProbeResult
from essaim.manager.core.errors import EssaimError, NotAllowed, ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting import actions, jobs
from essaim.manager.hosting.errors import (
    AccountNotActive,
    AliasesTooMany,
    DocrootMalformed,
    NoProber,
    PhpUnknown,
    SiteNotActive,
    SiteNotFound,
    SuspendedByTeam,
)
from essaim.manager.hosting.models import Site
from tests.unit.factories import answer, make_account, make_machine, make_person, make_site, seen
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def prober() -> Machine:
    return make_machine("outside1", roles=["prober"])


@pytest.fixture
def acme(settings: object) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"  # type: ignore[attr-defined]


def test_an_order_is_one_wish_one_line_and_one_story() -> None:
    account = make_account()
    person = make_person(client=account.client)

    site = make_site(account, "One.example.test", by=person, aliases=["www.one.example.test", "one.example.test", ""])

    assert (site.state, site.health, site.https) == ("active", "waiting", "none")
    spec = wish("site", site).spec
    assert (spec["fqdn"], spec["aliases"]) == ("one.example.test", ["www.one.example.test"])
    assert (spec["account"], spec["proof"]) == (account.login, site.proof)
    assert len(site.proof) == 26
    line = AuditLine.objects.get(code="hosting.site_created")
    assert (line.about_key, line.who, line.client_slug) == (site.fqdn, person.email, account.client.slug)
    told = StoryLine.objects.get(about_kind="site", about_key=site.fqdn)
    assert (told.what, told.audit_id) == ("decided", line.pk)


def test_a_certificate_is_wanted_with_the_order(acme: None) -> None:
    site = make_site(name="one.example.test", aliases=["www.one.example.test"])

    assert site.https == "pending"
    assert wish("certificate", site).spec["names"] == ["one.example.test", "www.one.example.test"]


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


def test_changing_nothing_wants_nothing() -> None:
    site = make_site(name="one.example.test", aliases=["www.one.example.test"])
    before = wish("site", site).revision, AuditLine.objects.count()

    actions.change_site(site, by=None, docroot="", php="8.2", aliases=["WWW.one.example.test"])

    assert (wish("site", site).revision, AuditLine.objects.count()) == before


def test_a_removed_alias_is_free_again() -> None:
    site = make_site(name="one.example.test", aliases=["www.one.example.test"])

    actions.change_site(site, by=None, aliases=[])

    assert make_site(site.account, "www.one.example.test").pk


def test_suspending_needs_a_reason_and_is_proved_off(prober: Machine) -> None:
    site = prove(make_site())
    with pytest.raises(ReasonMissing):
        actions.suspend_site(site, by=None, reason="  ")

    site = actions.suspend_site(site, by=None, reason="Sends spam.")

    assert (site.state, site.suspended_reason) == ("suspended", "Sends spam.")
    assert wish("site", site).spec["suspended"] is True
    answer(wish("site", site))
    assert wish("probe", site).spec["expect"] == "suspended"
    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert site.health == "off"
    assert prove(actions.resume_site(site, by=None)).health == "live"


def test_suspending_twice_is_suspending_once() -> None:
    site = make_site()
    actions.suspend_site(site, by=None, reason="First.")

    actions.suspend_site(site, by=None, reason="Second.")

    assert AuditLine.objects.filter(code="hosting.site_suspended").count() == 1


def test_what_the_team_suspended_a_client_neither_resumes_nor_erases() -> None:
    site = make_site(name="one.example.test")
    owner, team = make_person(client=site.account.client), make_person(is_team=True)
    actions.suspend_site(site, by=owner, reason="Works.")
    site = actions.suspend_site(site, by=team, reason="Sends spam.")

    for act in (actions.resume_site, actions.erase_site):
        with pytest.raises(SuspendedByTeam) as refused:
            act(site, by=owner)
        assert str(refused.value) == "one.example.test was suspended by the team: Sends spam."

    assert actions.resume_site(site, by=team).state == "active"


def test_closing_and_restoring_does_not_lift_a_suspension() -> None:
    site = make_site()
    owner = make_person(client=site.account.client)
    actions.suspend_site(site, by=None, reason="Sends spam.")

    actions.close_site(site, by=owner)
    site = actions.restore_site(site, by=owner)

    assert (site.state, site.suspended_reason) == ("suspended", "Sends spam.")
    assert wish("site", site).spec["suspended"] is True


def test_closing_erases_nothing_and_restoring_brings_all_back(prober: Machine, acme: None) -> None:
    site = prove(make_site(name="one.example.test", aliases=["www.one.example.test"]))

    site = actions.close_site(site, by=None)
    assert (wish("site", site).spec, wish("site", site).erase) == (None, False)
    assert wish("certificate", site).spec is None
    assert 29 <= (site.erase_after - timezone.now()).days <= 30
    answer(wish("site", site))
    assert wish("probe", site).spec["expect"] == "gone"
    assert prove(site).health == "off"

    site = actions.restore_site(site, by=None)
    assert (site.state, site.closed_at, site.erase_after) == ("active", None, None)
    assert wish("site", site).spec["aliases"] == ["www.one.example.test"]
    assert prove(site).health == "live"


def test_a_closed_site_is_erased_when_its_time_is_over() -> None:
    young, old = make_site(), make_site()
    for site in (young, old):
        actions.close_site(site, by=None)
    Site.objects.filter(pk=old.pk).update(erase_after=timezone.now() - timedelta(seconds=1))

    assert jobs.erase_closed() == 1

    assert list(Site.objects.values_list("pk", flat=True)) == [young.pk]
    assert (wish("site", old).spec, wish("site", old).erase) == (None, True)


def test_erasing_leaves_the_trail_and_the_story(prober: Machine, acme: None) -> None:
    site = prove(make_site(name="one.example.test"))
    person = make_person(client=site.account.client)

    actions.erase_site(site, by=person)

    assert not Site.objects.exists()
    assert wish("site", site).erase
    assert {w.kind: w.spec for w in Wanted.objects.filter(key=site.fqdn)} == {
        "site": None,
        "certificate": None,
        "probe": None,
    }
    assert AuditLine.objects.get(code="hosting.site_erased").who == person.email
    assert StoryLine.objects.filter(about_key=site.fqdn, what="decided").count() == 2
    with pytest.raises(SiteNotFound):
        actions.close_site(site, by=None)


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


def test_another_prober_takes_over_from_one_that_was_revoked(prober: Machine) -> None:
    site = prove(make_site())
    prober.state = Machine.State.REVOKED
    prober.save()
    other = make_machine("outside2", roles=["prober"])

    actions.prove_again(site, by=None)

    assert wish("probe", site).machine == other
    assert Wanted.objects.get(kind="probe", machine=prober).spec is None


READERS_MAY_NOT = {
    "change": lambda site, by: actions.change_site(site, by=by, docroot="public"),
    "suspend": lambda site, by: actions.suspend_site(site, by=by, reason="Because."),
    "resume": lambda site, by: actions.resume_site(site, by=by),
    "close": lambda site, by: actions.close_site(site, by=by),
    "restore": lambda site, by: actions.restore_site(site, by=by),
    "erase": lambda site, by: actions.erase_site(site, by=by),
    "prove": lambda site, by: actions.prove_again(site, by=by),
    "undo": lambda site, by: actions.undo_content(site, by=by),
    "order": lambda site, by: make_site(site.account, by=by),
    "account": lambda site, by: actions.close_account(site.account, by=by),
}


@pytest.mark.parametrize("act", READERS_MAY_NOT)
def test_a_reader_looks_and_changes_nothing(act: str) -> None:
    site = make_site()
    lines = AuditLine.objects.count()

    for by in (make_person(client=site.account.client, role="reader"), make_person()):
        with pytest.raises(NotAllowed):
            READERS_MAY_NOT[act](site, by)

    assert AuditLine.objects.count() == lines


REFUSED = [
    (DocrootMalformed, {"docroot": "../other"}, "“../other” cannot be the published folder."),
    (DocrootMalformed, {"docroot": "web/.git"}, "“web/.git” cannot be the published folder."),
    (DocrootMalformed, {"docroot": "web//x"}, "“web//x” cannot be the published folder."),
    (PhpUnknown, {"php": "5.2"}, "PHP 5.2 is not offered."),
    (AliasesTooMany, {"aliases": [f"a{n}.one.example.test" for n in range(51)]}, "A site has at most 50 aliases."),
]


@pytest.mark.parametrize(("refusal", "given", "sentence"), REFUSED)
def test_what_cannot_be_served_is_refused(refusal: type[EssaimError], given: dict[str, object], sentence: str) -> None:
    account = make_account()

    with pytest.raises(refusal) as refused:
        actions.create_site(account=account, name="one.example.test", by=None, **given)  # type: ignore[arg-type]

    assert (str(refused.value), refused.value.http_status) == (sentence, 422)
    assert not account.sites.exists()


def test_nothing_is_ordered_in_an_account_that_is_not_active() -> None:
    account = actions.suspend_account(make_account(login="atelier"), by=None, reason="Because.")

    with pytest.raises(AccountNotActive) as refused:
        make_site(account)
    assert str(refused.value) == "The account atelier is suspended."


def test_a_closed_site_is_neither_changed_nor_suspended() -> None:
    site = actions.close_site(make_site(name="one.example.test"), by=None)

    for act in (
        lambda: actions.change_site(site, by=None, docroot="x"),
        lambda: actions.suspend_site(site, by=None, reason="x"),
        lambda: actions.resume_site(site, by=None),
    ):
        with pytest.raises(SiteNotActive) as refused:
            act()
        assert str(refused.value) == "The site one.example.test is closed."


def test_an_order_takes_few_queries(django_assert_max_num_queries: object, acme: None) -> None:
    account = make_account()
    person = make_person(client=account.client)
    names = [f"www{number}.one.example.test" for number in range(10)]

    with django_assert_max_num_queries(26):  # type: ignore[operator]
        make_site(account, "one.example.test", by=person, aliases=names)
