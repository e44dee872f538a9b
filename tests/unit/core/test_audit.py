"""The trail: nothing in it is changed or taken out without being seen."""

import hashlib
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from essaim.manager.core import audit, audit_words
from essaim.manager.core.models import AuditLine
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db


def write(count: int = 3) -> list[AuditLine]:
    return [
        audit.record("core.tried", by=None, about=("thing", f"t{number}"), reason="été", number=number)
        for number in range(count)
    ]


def without_triggers() -> None:
    """What an intruder with the database's own rights does first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            return
        for act in ("UPDATE", "DELETE"):
            cursor.execute(f"DROP TRIGGER core_auditline_no_{act}")


def raw(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_an_untouched_chain_holds() -> None:
    write()

    assert audit.first_broken_line() is None


def test_an_empty_chain_holds() -> None:
    assert audit.first_broken_line() is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_auditline SET reason = 'x'", "DELETE FROM core_auditline", "UPDATE core_auditline SET id = 99"],
)
def test_the_database_itself_refuses_to_change_a_line(statement: str) -> None:
    write()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        raw(statement)

    assert AuditLine.objects.count() == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", "core.other"),
        ("who", "somebody@example.test"),
        ("about_kind", "other"),
        ("about_key", "other"),
        ("client_slug", "other"),
        ("origin", "other"),
        ("reason", "other"),
        ("facts", '{"number": 7}'),
        ("at", "2001-01-01 00:00:00"),
        ("previous_hash", "0" * 64),
        ("hash", "f" * 64),
    ],
)
def test_a_line_changed_behind_our_back_is_found(column: str, value: str) -> None:
    line = write()[1]
    without_triggers()

    raw(f"UPDATE core_auditline SET {column} = %s WHERE id = %s", value, line.pk)  # noqa: S608 - of the list above

    found = audit.first_broken_line()
    assert found is not None
    assert found.pk == line.pk


def test_the_person_of_a_line_is_part_of_the_chain() -> None:
    line = audit.record("core.tried", by=make_person(), about=("thing", "t"))
    without_triggers()

    raw("UPDATE core_auditline SET person_id = %s WHERE id = %s", make_person().pk, line.pk)

    assert audit.first_broken_line() == line


def test_a_line_taken_out_of_the_middle_is_found_at_the_next() -> None:
    lines = write()
    without_triggers()

    raw("DELETE FROM core_auditline WHERE id = %s", lines[1].pk)

    assert audit.first_broken_line() == lines[2]


def test_a_line_changed_and_hashed_anew_is_found_at_the_next() -> None:
    lines = write()
    without_triggers()
    line = AuditLine.objects.get(pk=lines[1].pk)
    line.reason = "other"
    audit_words.seal(line)

    anew = (line.reason, json.dumps(line.salts), json.dumps(line.sealed), audit.digest(line), line.pk)
    raw("UPDATE core_auditline SET reason = %s, salts = %s, sealed = %s, hash = %s WHERE id = %s", *anew)

    assert audit.first_broken_line() == lines[2]


def test_a_word_goes_with_its_salt_and_the_chain_holds() -> None:
    line = audit.record("core.tried", by=make_person("ada@example.test"), about=("thing", "t"), who="Ada L", number=1)

    taken = audit_words.forget(AuditLine.objects.get(pk=line.pk), {"who", "facts.who", "reason"})

    again = AuditLine.objects.get(pk=line.pk)
    assert (again.who, again.about_key, again.facts) == ("", "t", {"number": 1})
    assert set(taken) == {"who", "facts.who"}
    assert audit_words.proves(again, "facts.who", *taken["facts.who"])
    assert audit.first_broken_line() is None
    assert audit_words.forget(again, {"who"}) == {}


@pytest.mark.parametrize(
    "change",
    [
        "who = 'other', salts = '{}'",
        "who = ''",
        "salts = '{}', code = 'core.other'",
        "salts = '{}', sealed = '{}'",
        'salts = \'{}\', facts = \'{"number": 1, "more": "than there was"}\'',
    ],
)
def test_the_database_lets_nothing_else_change(change: str) -> None:
    write(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        raw(f"UPDATE core_auditline SET {change}")  # noqa: S608 - of the list above


def test_a_line_from_before_words_could_go_holds_and_keeps_its_words() -> None:
    line = AuditLine(at=timezone.now(), code="core.tried", who="ada@example.test", about_kind="thing", about_key="t")
    line.previous_hash = audit.FIRST
    line.hash = audit.digest(line)
    line.save(force_insert=True)
    audit.record("core.tried", by=None, about=("thing", "t"))

    assert audit.first_broken_line() is None
    assert audit_words.forget(AuditLine.objects.get(pk=line.pk), {"who"}) == {}
    without_triggers()
    raw("UPDATE core_auditline SET who = '' WHERE id = %s", line.pk)
    assert audit.first_broken_line() == line


def test_a_line_needs_the_transaction_of_its_act(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "connection", SimpleNamespace(in_atomic_block=False))

    with pytest.raises(transaction.TransactionManagementError):
        audit.record("core.tried", by=None, about=("thing", "t"))


def test_a_line_says_who_about_what_and_from_where() -> None:
    person = make_person("ada@example.test")

    with audit.origin("web 203.0.113.7"):
        line = audit.record(
            "core.tried", by=person, about=("thing", "t"), client="atelier", at_hand=timedelta(seconds=1)
        )

    assert (line.who, line.about_kind, line.about_key) == ("ada@example.test", "thing", "t")
    assert (line.origin, line.client_slug, line.facts) == ("web 203.0.113.7", "atelier", {"at_hand": "0:00:01"})
    assert audit.record("core.tried", by=None, about=("thing", "t")).origin == "essaim"


def test_lines_follow_each_other_by_hash() -> None:
    first, second, _third = write()

    assert first.previous_hash == audit.FIRST
    assert second.previous_hash == first.hash
    assert len(first.hash) == hashlib.sha256().digest_size * 2


def test_a_line_reads_back_as_it_was_written() -> None:
    line = write(1)[0]

    assert audit.digest(AuditLine.objects.get(pk=line.pk)) == line.hash


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, skip_checks=True)
