"""Manager and machine come to agree again after either was restored from yesterday."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import actions, jobs, reactions
from essaim.manager.fleet.models import Machine, StoryLine, Wanted

pytestmark = pytest.mark.django_db
A, B, C = "a.example.test", "b.example.test", "c.example.test"


@pytest.fixture
def machine() -> Machine:
    return Machine.objects.create(name="web7", roles=["web"], state=Machine.State.ACTIVE)


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the sites of which the rooms above hear that they are told anew."""
    told: list[str] = []
    monkeypatch.setattr(reactions, "_on_raised", {"site": [lambda _machine, keys: told.extend(keys)]})
    return told


def wish(machine: Machine, key: str = A, *, answered: bool = True) -> Wanted:
    """A site that was wanted and sent an hour ago."""
    row = actions.want(
        machine, contract.Site(fqdn=contract.Fqdn(key), account=contract.Login("acc1"), proof="a" * 26), key
    )
    jobs.mark_sent(jobs.due())
    then = timezone.now() - timedelta(hours=1)
    Wanted.objects.filter(pk=row.pk).update(changed_at=then, sent_at=then)
    if answered:
        Wanted.objects.filter(pk=row.pk).update(
            outcome="applied", applied_revision=row.revision, reported_revision=row.revision
        )
    row.refresh_from_db()
    return row


def take_in(machine: Machine, *messages: contract.Inventory | contract.Batch) -> None:
    first = Machine.objects.get(pk=machine.pk).report_sequence + 1
    jobs.take_in(machine.name, [(first + n, contract.encode(message)) for n, message in enumerate(messages)])


def inventory(*rows: Wanted, **more: Any) -> contract.Inventory:
    held = {f"{row.kind}.{row.key}": row.revision for row in rows}
    return contract.Inventory(**{"revisions": held, **more})


def due() -> list[str]:
    return [item.row.key for item in jobs.due()]


def test_an_inventory_that_says_what_is_wanted_changes_nothing(machine: Machine, raised: list[str]) -> None:
    row = wish(machine)
    take_in(machine, inventory(row))

    assert (due(), raised) == ([], [])


def test_a_machine_that_is_ahead_is_told_anew_what_is_wanted_now(machine: Machine, raised: list[str]) -> None:
    row = wish(machine)
    ahead = row.revision + 10_000_000
    take_in(machine, inventory(revisions={f"site.{A}": ahead}))

    row.refresh_from_db()
    assert row.revision > ahead
    assert (due(), raised) == ([A], [A])
    assert StoryLine.objects.get(code="fleet.revision_raised").about_key == A


def test_an_answer_about_a_revision_that_was_forgotten_tells_the_machine_anew(
    machine: Machine, raised: list[str]
) -> None:
    row = wish(machine)
    ahead = row.revision + 10_000_000
    report = contract.Report(kind="site", key=A, revision=ahead, outcome="applied", at=1.8e9)
    take_in(machine, contract.Batch(id="x", reports=(report,)))

    row.refresh_from_db()
    assert row.revision > ahead
    assert not row.is_current
    assert (due(), raised) == ([A], [A])


def test_an_answer_that_the_database_forgot_is_asked_for_again(machine: Machine, raised: list[str]) -> None:
    row = wish(machine, answered=False)
    take_in(machine, inventory(row))

    assert (due(), raised) == ([A], [A])
    assert StoryLine.objects.filter(code="fleet.answer_lost").exists()


def test_a_failure_that_the_database_forgot_is_asked_for_again(machine: Machine, raised: list[str]) -> None:
    row = wish(machine)
    take_in(machine, inventory(row, failing=(f"site.{A}",)))

    assert (due(), raised) == ([A], [A])


def test_a_failure_that_is_known_is_not_tried_again_by_an_inventory(machine: Machine, raised: list[str]) -> None:
    row = wish(machine)
    Wanted.objects.update(outcome="failed")
    take_in(machine, inventory(row, failing=(f"site.{A}",)))

    assert (due(), raised) == ([], [])


def test_what_the_agent_is_at_work_on_is_left_to_it(machine: Machine, raised: list[str]) -> None:
    row = wish(machine, answered=False)
    take_in(machine, inventory(row, due=(f"site.{A}",)))

    assert (due(), raised) == ([], [])


def test_what_the_machine_lost_is_sent_again_and_told_once(machine: Machine) -> None:
    wish(machine)
    take_in(machine, inventory())

    assert due() == [A]
    jobs.mark_sent(jobs.due())
    assert StoryLine.objects.filter(what="sent").count() == 1


def test_what_was_sent_a_moment_ago_is_not_missed_yet(machine: Machine) -> None:
    wish(machine)
    Wanted.objects.update(sent_at=timezone.now())
    take_in(machine, inventory())

    assert due() == []


def test_what_is_missing_is_found_on_every_page(machine: Machine) -> None:
    kept, _, last = wish(machine, A), wish(machine, B), wish(machine, C)
    first = inventory(kept, upto=f"site.{A}")
    take_in(machine, first)
    assert due() == []

    take_in(machine, inventory(last, after=f"site.{A}"))
    assert due() == [B]


def test_strangers_of_all_pages_are_kept_until_the_next_inventory(machine: Machine) -> None:
    take_in(machine, inventory(revisions={f"site.{A}": 7}, upto=f"site.{A}"))
    take_in(machine, inventory(revisions={f"site.{B}": 8}, after=f"site.{A}"))
    machine.refresh_from_db()
    assert machine.strangers == {f"site.{A}": 7, f"site.{B}": 8}

    take_in(machine, inventory())
    machine.refresh_from_db()
    assert machine.strangers == {}


def test_what_is_to_be_absent_is_no_stranger(machine: Machine) -> None:
    take_in(machine, inventory(revisions={f"site.{A}": 7}, removed=(f"site.{A}",)))

    machine.refresh_from_db()
    assert machine.strangers == {}


def test_a_stranger_that_is_wanted_is_none_any_more(machine: Machine) -> None:
    take_in(machine, inventory(revisions={f"site.{A}": 7}))
    wish(Machine.objects.get(pk=machine.pk))

    machine.refresh_from_db()
    assert machine.strangers == {}


def content(machine: Machine) -> Wanted:
    row = wish(machine)
    Wanted.objects.filter(pk=row.pk).update(kind="content")
    row.refresh_from_db()
    return row


def test_newer_files_of_a_client_are_shown_and_not_exchanged_for_yesterdays(machine: Machine) -> None:
    ahead = content(machine).revision + 10_000_000
    take_in(machine, inventory(revisions={f"content.{A}": ahead}))

    machine.refresh_from_db()
    assert due() == []
    assert machine.strangers == {f"content.{A}": ahead}


def test_an_old_upload_that_is_sent_again_does_not_overrule_newer_files(machine: Machine) -> None:
    row = content(machine)
    stale = contract.Report(
        kind="content", key=A, revision=row.revision, outcome="stale", at=1.8e9, known_revision=row.revision + 1
    )
    take_in(machine, contract.Batch(id="x", reports=(stale,)))

    assert due() == []


def test_a_page_within_one_kind_and_one_across_kinds_are_about_their_range_alone(machine: Machine) -> None:
    rows = {key: wish(machine, key) for key in (A, B, C)}
    Wanted.objects.filter(pk=rows[B].pk).update(kind="probe")
    Wanted.objects.filter(pk=rows[A].pk).update(kind="probe")
    take_in(machine, inventory(after=f"probe.{A}", upto=f"probe.{B}"))
    assert due() == [B]

    take_in(machine, inventory(after="", upto=f"probe.{A}"))
    assert due() == [A, B]

    take_in(machine, inventory(after=f"probe.{B}", upto=f"site.{A}"))
    assert due() == [A, B]

    take_in(machine, inventory(after=f"probe.{B}", upto=f"site.{C}"))
    assert due() == [A, B, C]


def test_each_page_of_an_inventory_is_a_transaction_of_its_own() -> None:
    page, batch = contract.encode(inventory()), contract.encode(contract.Batch(id="x", reports=()))
    messages = [(1, batch), (2, batch), (3, page), (4, page), (5, batch)]

    assert [[number for number, _ in some] for some in jobs.portions(messages)] == [[1, 2, 3], [4], [5]]
