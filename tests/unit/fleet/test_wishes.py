"""Wishes: decided, sent in order, answered, and never running backwards."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import actions, jobs, reactions, story
from essaim.manager.fleet.models import Machine, StoryLine, Wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine() -> Machine:
    return Machine.objects.create(name="web7", roles=["web"], state=Machine.State.ACTIVE)


def site(fqdn: str = "a.example.test", *, suspended: bool = False) -> contract.Site:
    return contract.Site(fqdn=contract.Fqdn(fqdn), account=contract.Login("acc1"), proof="a" * 26, suspended=suspended)


def report(wish: Wanted, outcome: contract.Outcome = "applied", **fields: object) -> contract.Report:
    values = {"kind": wish.kind, "key": wish.key, "revision": wish.revision, "outcome": outcome, "at": 1.8e9}
    return contract.Report(**{**values, **fields})  # type: ignore[arg-type]


def answer(machine: Machine, *reports: contract.Report, sequence: int) -> None:
    batch = contract.Batch(id=str(sequence), reports=reports)
    jobs.take_in(machine.name, [(sequence, contract.encode(batch))])


def send_all() -> list[jobs.Outgoing]:
    due = jobs.due()
    jobs.mark_sent(due)
    return due


def test_the_same_wish_twice_is_one_wish(machine: Machine) -> None:
    first = actions.want(machine, site(), "a.example.test")
    again = actions.want(machine, site(), "a.example.test")

    assert (again.pk, again.revision) == (first.pk, first.revision)


def test_a_changed_wish_has_a_higher_revision(machine: Machine) -> None:
    first = actions.want(machine, site(), "a.example.test").revision
    second = actions.want(machine, site(suspended=True), "a.example.test").revision

    assert second > first


def test_a_revision_is_above_any_that_a_restored_database_forgot() -> None:
    yesterday = int((timezone.now() - timedelta(days=1)).timestamp() * 1000)

    assert actions.next_revision(3) > yesterday


def test_a_clock_that_jumped_back_does_not_lower_a_revision() -> None:
    ahead = int((timezone.now() + timedelta(days=400)).timestamp() * 1000)

    assert actions.next_revision(ahead) == ahead + 1


def test_wishes_leave_in_the_order_in_which_they_were_decided(machine: Machine) -> None:
    for name in ("c.example.test", "a.example.test", "b.example.test"):
        actions.want(machine, site(name), name)

    assert [item.row.key for item in jobs.due()] == ["c.example.test", "a.example.test", "b.example.test"]


def test_what_is_decided_within_one_millisecond_leaves_in_that_order_too(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.want(machine, site("a.example.test"), "a.example.test")
    jobs.mark_sent(jobs.due())
    instants = itertools.count((int(timezone.now().timestamp()) + 60) * 1_000_000)
    moment = lambda: datetime.fromtimestamp(next(instants) / 1e6, tz=UTC)  # noqa: E731 - patched in at once
    monkeypatch.setattr(actions.timezone, "now", moment)
    actions.want(machine, site("b.example.test"), "b.example.test")
    actions.want(machine, site("a.example.test", suspended=True), "a.example.test")

    due = jobs.due()
    assert len({item.row.revision for item in due}) == 1
    assert [item.row.key for item in due] == ["b.example.test", "a.example.test"]


def test_a_sent_wish_is_due_no_more_until_it_changes(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")
    send_all()
    assert jobs.due() == []

    actions.want(machine, site(suspended=True), "a.example.test")
    assert len(jobs.due()) == 1


def test_a_wish_that_changed_while_it_was_sent_stays_due(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")
    due = jobs.due()
    actions.want(machine, site(suspended=True), "a.example.test")
    jobs.mark_sent(due)

    assert [item.row.spec["suspended"] for item in jobs.due() if item.row.spec] == [True]


def test_what_is_sent_is_what_the_contract_reads(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")

    wanted = contract.decode(jobs.due()[0].data, contract.Wanted)

    assert contract.decode_spec(wanted) == site()


def test_a_removal_is_sent_as_the_wish_for_nothing(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")
    actions.unwant(machine, "site", "a.example.test", erase=True)

    wanted = contract.decode(jobs.due()[0].data, contract.Wanted)

    assert wanted.is_removal
    assert wanted.erase


def test_nothing_is_sent_to_a_revoked_machine(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")
    Machine.objects.update(state=Machine.State.REVOKED)

    assert jobs.due() == []


def test_an_applied_wish_says_how_long_it_took(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    send_all()
    answer(machine, report(wish, seconds=0.02), sequence=1)

    wish.refresh_from_db()
    assert (wish.outcome, wish.applied_revision, wish.seconds) == ("applied", wish.revision, 0.02)
    assert [line.what for line in StoryLine.objects.all()] == ["applied", "sent"]


def test_a_batch_delivered_twice_counts_once(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    for _ in range(2):
        answer(machine, report(wish), sequence=5)

    assert StoryLine.objects.filter(what="applied").count() == 1


def test_an_answer_that_comes_after_newer_ones_of_its_machine_counts(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    other = actions.want(machine, site("b.example.test"), "b.example.test")
    answer(machine, report(other), sequence=7)  # the worker that was given 6 was killed: 6 comes again later

    answer(machine, report(wish), sequence=6)

    wish.refresh_from_db()
    assert wish.is_current


def test_an_answer_that_comes_after_a_newer_one_about_the_same_wish_does_not_count(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    answer(machine, report(wish), sequence=7)

    answer(machine, report(wish, "failed", code="x.y", sentence="No."), sequence=6)

    wish.refresh_from_db()
    assert wish.is_current


def test_a_stream_that_was_made_anew_counts_from_one(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    answer(machine, report(wish, "failed", code="x.y", sentence="No."), sequence=50)
    jobs.forget_sequences_above(0)

    answer(machine, report(wish), sequence=1)

    wish.refresh_from_db()
    assert wish.is_current


def test_an_old_answer_does_not_count_for_a_newer_wish(machine: Machine) -> None:
    old = report(actions.want(machine, site(), "a.example.test"))
    wish = actions.want(machine, site(suspended=True), "a.example.test")
    answer(machine, old, sequence=1)

    wish.refresh_from_db()
    assert not wish.is_current


def test_a_failure_keeps_the_machine_s_words_and_is_told_once(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    failed = report(
        wish, "failed", code="site.disk_full", sentence="The disk is full.", advice="Free some.", retry_at=2e9
    )
    answer(machine, failed, sequence=1)
    answer(machine, failed, sequence=2)

    wish.refresh_from_db()
    assert (wish.outcome, wish.sentence, wish.advice) == ("failed", "The disk is full.", "Free some.")
    assert StoryLine.objects.filter(what="failed").count() == 1


def test_a_machine_that_knows_a_newer_revision_is_overruled(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    send_all()
    newer = wish.revision + 10_000_000
    answer(machine, report(wish, "stale", known_revision=newer), sequence=1)

    wish.refresh_from_db()
    assert wish.revision > newer
    assert len(jobs.due()) == 1


def test_a_message_that_cannot_be_read_does_not_stop_the_next(machine: Machine) -> None:
    wish = actions.want(machine, site(), "a.example.test")
    good = contract.encode(contract.Batch(id="x", reports=(report(wish),)))
    jobs.take_in(machine.name, [(1, b"{broken"), (2, good)])

    wish.refresh_from_db()
    assert wish.is_current


def test_an_agent_that_lost_what_it_knew_is_told_all_again(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")
    send_all()
    hello = contract.Hello(agent="1", contract=1, boot_id="b", started_at=0.0, known=0)
    jobs.take_in(machine.name, [(1, contract.encode(hello))])

    assert len(jobs.due()) == 1


def test_a_bus_that_lost_its_store_is_filled_again(machine: Machine) -> None:
    actions.want(machine, site(), "a.example.test")
    send_all()
    jobs.resend_if_lost(machine.name, 0)

    assert len(jobs.due()) == 1


def test_rooms_are_told_of_reports_of_their_kind(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(reactions, "_on_report", {"site": [lambda _m, _w, answer: told.append(answer.outcome)]})
    answer(machine, report(actions.want(machine, site(), "a.example.test")), sequence=1)

    assert told == ["applied"]


def test_beats_leave_one_sample_a_minute(machine: Machine) -> None:
    beat = contract.Beat(
        at=1.0, load1=0.5, cpu_percent=10, memory_used_bytes=1, memory_bytes=4, disk_used_bytes=1, disk_bytes=2,
        wanted=3, failing=0, drifted=0, waiting=0, agent_rss_bytes=30_000_000,
    )  # fmt: skip
    jobs.take_beats({"web7": beat})
    jobs.take_beats({"web7": beat})

    machine.refresh_from_db()
    assert machine.beat == msgspec.to_builtins(beat)
    assert [sample.memory_percent for sample in machine.samples.all()] == [25.0]


def test_a_check_is_asked_for_once(machine: Machine) -> None:
    Machine.objects.update(check_asked_at=timezone.now())

    assert jobs.take_asks() == ["web7"]
    assert jobs.take_asks() == []


def test_the_story_of_a_site_tells_of_its_certificate_too(machine: Machine) -> None:
    story.tell("certificate", "a.example.test", story.What.FAILED)

    assert StoryLine.objects.get().about_kind == "site"


def test_a_wish_for_absence_is_forgotten_forty_days_after_it_was_met(machine: Machine) -> None:
    wish = actions.unwant(machine, "site", "a.example.test")
    answer(machine, report(wish), sequence=1)
    Wanted.objects.update(changed_at=timezone.now() - timedelta(days=41))
    jobs.forget_old()

    assert not Wanted.objects.exists()


def test_a_wish_for_absence_that_was_not_met_is_kept(machine: Machine) -> None:
    actions.unwant(machine, "site", "a.example.test")
    Wanted.objects.update(changed_at=timezone.now() - timedelta(days=41))
    jobs.forget_old()

    assert Wanted.objects.exists()


def test_that_a_certificate_is_only_told_to_be_renewed_at_another_time_is_no_story(machine: Machine) -> None:
    name = contract.Fqdn("a.example.test")
    row = actions.want(machine, contract.Certificate(fqdn=name, names=(name,), directory="d"), name)
    lines = []
    for number, facts in enumerate(({"serial": "1"}, {"serial": "1", "window_end": 2.0}, {"serial": "2"}), 1):
        answer(machine, report(row, facts=facts), sequence=number)
        lines.append(StoryLine.objects.filter(kind="certificate", what="applied").count())
    assert lines == [1, 1, 2]
    assert Wanted.objects.get(pk=row.pk).facts == {"serial": "2"}
