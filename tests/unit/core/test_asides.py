"""What is written in passing does not wait for another process that holds the database."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from essaim.manager.core.asides import write_if_free
from essaim.manager.web.settings import _database

PATIENCE_S = 20
pytestmark = pytest.mark.django_db


@pytest.fixture
def own(tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, opened as the Manager opens it."""
    opened = ConnectionHandler({"default": _database(f"sqlite://{tmp_path}/own.sqlite3")})["default"]
    with opened.cursor() as cursor:
        cursor.execute("CREATE TABLE used (at TEXT)")
    yield opened
    opened.close()


def count(own: BaseDatabaseWrapper) -> int:
    with own.cursor() as cursor:
        return int(cursor.execute("SELECT count(*) FROM used").fetchone()[0])


def test_a_note_is_left_out_at_once_while_another_holds_the_database(own: BaseDatabaseWrapper) -> None:
    def note() -> None:
        with own.cursor() as cursor:
            cursor.execute("INSERT INTO used VALUES ('now')")

    holder = sqlite3.connect(own.settings_dict["NAME"], isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    assert not write_if_free(note, database=own)
    assert time.monotonic() - started < PATIENCE_S / 4
    assert count(own) == 0
    holder.execute("ROLLBACK")
    holder.close()
    assert write_if_free(note, database=own)
    assert count(own) == 1
    assert own.connection.execute("PRAGMA busy_timeout").fetchone() == (PATIENCE_S * 1000,)


def test_what_is_wrong_otherwise_is_not_hidden(own: BaseDatabaseWrapper) -> None:
    def note() -> None:
        with own.cursor() as cursor:
            cursor.execute("INSERT INTO absent VALUES (1)")

    with pytest.raises(OperationalError, match="absent"):
        write_if_free(note, database=own)
