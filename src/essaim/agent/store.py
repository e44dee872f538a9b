"""What the agent was asked for, what became of it, and the reports the bus does not have yet: one SQLite file.

A wish is on the disk before it is acknowledged. A result and its report are written in one transaction. Results need no
sync of their own: one that is lost is found out by applying again, which changes nothing.
No time of the wall clock decides anything here, but for `again_at`, which is bounded when it is read.
"""

import errno
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

from essaim.contract import Batch, Report, Wanted, encode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS wanted (
  kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, spec BLOB NOT NULL, erase INTEGER NOT NULL,
  state TEXT NOT NULL,             -- due, applied, waiting (retried by itself), failed (waits for a new revision)
  attempts INTEGER NOT NULL DEFAULT 0,
  applied_revision INTEGER NOT NULL DEFAULT 0,
  drifted INTEGER NOT NULL DEFAULT 0,
  again_at REAL,                   -- epoch seconds: apply once more then
  PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wanted_due ON wanted (state, kind, revision) WHERE state <> 'applied';
CREATE INDEX IF NOT EXISTS wanted_again ON wanted (again_at) WHERE again_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS wanted_drifted ON wanted (drifted) WHERE drifted;
CREATE VIEW IF NOT EXISTS wish AS
  SELECT kind, key, revision, spec, erase, state, attempts, applied_revision, drifted FROM wanted;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, inode INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

_AGAIN_AT_ONCE = 64
"""After a night off ten thousand may be overdue: they come in portions, so that what is due stays short to search."""


@dataclass(frozen=True)
class Wish:
    """One row: the last revision of one key."""

    kind: str
    key: str
    revision: int
    spec: bytes
    erase: bool
    state: str = "due"
    attempts: int = 0
    applied_revision: int = 0
    drifted: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """Kind and key."""
        return self.kind, self.key

    @property
    def is_removal(self) -> bool:
        """The resource is to go."""
        return self.spec == b"null"


@dataclass(frozen=True)
class Result:
    """What becomes of a row: `state` and what goes with it, for the revision that was tried."""

    wish: Wish
    state: str
    attempts: int = 0
    drifted: bool = False
    again_at: float | None = None


@dataclass(frozen=True)
class Counts:
    """For beats and hellos."""

    wanted: int
    waiting: int
    failing: int
    drifted: int


class Store:
    """One file, one connection, one caller at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=32)
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA busy_timeout=10000; PRAGMA cache_size=-512;")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """The file may be opened by another."""
        with self._lock:
            self._database.close()

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._database.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except BaseException as wrong:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if isinstance(wrong, sqlite3.OperationalError):  # a full or failing disk, which passes
                    raise OSError(errno.ENOSPC, f"The agent's store refused: {wrong}") from wrong
                raise

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def take(self, wishes: Iterable[Wanted], *, sequence: int) -> list[Wish]:
        """Note wishes that are newer than what is known, durably. Returns the known rows of those that are not.

        A wish of the known revision that is not applied becomes due at once: whoever sends it again wants it tried again.
        """
        known: list[Wish] = []
        with self._transaction(durable=True) as database:
            for wanted in wishes:
                row = database.execute("SELECT * FROM wish WHERE kind=? AND key=?", (wanted.kind, wanted.key))
                found = _wish(row.fetchone())
                if found is not None and found.revision >= wanted.revision:
                    known.append(found)
                    if found.revision > wanted.revision or found.state == "applied":
                        continue
                database.execute(
                    "INSERT INTO wanted (kind, key, revision, spec, erase, state) VALUES (?, ?, ?, ?, ?, 'due') "
                    "ON CONFLICT DO UPDATE SET revision=excluded.revision, spec=excluded.spec, erase=excluded.erase, "
                    "state='due', attempts=0, again_at=NULL",
                    (wanted.kind, wanted.key, wanted.revision, bytes(wanted.spec), wanted.erase),
                )
            self._set(database, "last_sequence", sequence)
        return known

    def finish(self, results: Iterable[Result], reports: Iterable[Report]) -> None:
        """Write what became of wishes, and what is to be told, in one transaction."""
        with self._transaction(durable=False) as database:
            database.executemany(
                "UPDATE wanted SET state=?, attempts=?, drifted=?, again_at=?, "
                "applied_revision=CASE WHEN ?='applied' THEN revision ELSE applied_revision END "
                "WHERE kind=? AND key=? AND revision=?",  # a newer wish may have come meanwhile: it stays due
                [
                    (r.state, r.attempts, r.drifted, r.again_at, r.state, r.wish.kind, r.wish.key, r.wish.revision)
                    for r in results
                ],
            )
            if told := tuple(reports):
                body = encode(Batch(id=uuid.uuid4().hex, reports=told))
                database.execute("INSERT INTO outbox (body) VALUES (?)", (body,))

    def tell(self, *reports: Report) -> None:
        """Put reports into the outbox."""
        self.finish((), reports)

    def note(self, message: Struct | None, name: str, mark: tuple[int, int] | None) -> None:
        """Put a message into the outbox, and note in the same transaction how far the file `name` was read; None: forget the file."""
        with self._transaction(durable=False) as database:
            if message is not None:
                database.execute("INSERT INTO outbox (body) VALUES (?)", (encode(message),))
            if mark is None:
                database.execute("DELETE FROM marks WHERE name=?", (name,))
            else:
                database.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (name, *mark))

    def mark(self, name: str) -> tuple[int, int] | None:
        """How far the file `name` was read: its inode and an offset; None: never."""
        rows = self._rows("SELECT inode, offset FROM marks WHERE name=?", name)
        return rows[0] if rows else None

    def marked(self) -> list[str]:
        """Names of all files that were read."""
        return [name for (name,) in self._rows("SELECT name FROM marks")]

    def waiting_to_be_told(self) -> int:
        """How many messages the bus does not have yet."""
        return int(self._rows("SELECT count(*) FROM outbox")[0][0])

    def due(self, kinds: Iterable[str], limit: int, *, applied_before: bool | None = None) -> list[Wish]:
        """Wishes to apply now: kind by kind in the given order, oldest revision first.

        `applied_before`: only those whose revision was, or was not yet, applied; None: both.
        """
        chosen = {None: "", True: "AND applied_revision=revision", False: "AND applied_revision<>revision"}
        found: list[Wish] = []
        for kind in kinds:
            query = (
                f"SELECT * FROM wish WHERE state='due' AND kind=? {chosen[applied_before]} ORDER BY revision LIMIT ?"  # noqa: S608 (from the line above)
            )
            found += _wishes(self._rows(query, kind, limit - len(found)))
            if len(found) >= limit:
                break
        return found

    def wake(self, names: Iterable[tuple[str, str]]) -> None:
        """Have these tried again now."""
        with self._transaction(durable=False) as database:
            database.executemany(
                "UPDATE wanted SET state='due' WHERE kind=? AND key=? AND state='waiting'", list(names)
            )

    def wake_all(self) -> None:
        """After a start: whatever waited is tried at once, for the reason may have gone with the old process."""
        with self._transaction(durable=False) as database:
            database.execute("UPDATE wanted SET state='due' WHERE state='waiting'")

    def wake_again(self, now: float, *, farthest_s: float) -> float | None:
        """Make due what is to be applied once more. Returns in how many seconds to ask next, or None.

        A clock that jumped back must not put a renewal off for years: nothing is farther away than `farthest_s`.
        """
        with self._transaction(durable=False) as database:
            database.execute(
                "UPDATE wanted SET state='due', again_at=NULL WHERE (kind, key) IN (SELECT kind, key FROM wanted "
                "WHERE again_at<=? AND state='applied' ORDER BY again_at LIMIT ?)",
                (now, _AGAIN_AT_ONCE),
            )
            database.execute("UPDATE wanted SET again_at=? WHERE again_at>?", (now + farthest_s, now + farthest_s))
            first = database.execute("SELECT min(again_at) FROM wanted WHERE again_at IS NOT NULL").fetchone()[0]
        return None if first is None else max(0.0, float(first) - now)

    def applied_after(self, name: tuple[str, str], limit: int) -> list[Wish]:
        """A page of what is applied and not a removal, in the order of keys, for the comparison with real."""
        query = (
            "SELECT * FROM wish WHERE (kind, key)>(?, ?) AND state='applied' AND spec<>x'6e756c6c' "
            "ORDER BY kind, key LIMIT ?"
        )
        return list(_wishes(self._rows(query, *name, limit)))

    def known_after(self, name: tuple[str, str], limit: int) -> list[Wish]:
        """A page of all that is known, in the order of keys, for the inventory."""
        return list(
            _wishes(self._rows("SELECT * FROM wish WHERE (kind, key)>(?, ?) ORDER BY kind, key LIMIT ?", *name, limit))
        )

    def counts(self) -> Counts:
        """How many wishes are in which state."""
        states: dict[str, int] = dict(self._rows("SELECT state, count(*) FROM wanted GROUP BY state"))
        drifted = self._rows("SELECT count(*) FROM wanted WHERE drifted")[0][0]
        failing = states.get("waiting", 0) + states.get("failed", 0)
        return Counts(sum(states.values()), states.get("due", 0), failing, drifted)

    def outbox(self, limit: int) -> list[tuple[int, bytes]]:
        """The oldest batches that the bus does not have yet."""
        return self._rows("SELECT id, body FROM outbox ORDER BY id LIMIT ?", limit)

    def sent(self, numbers: Iterable[int]) -> None:
        """The bus has these."""
        with self._transaction(durable=False) as database:
            database.executemany("DELETE FROM outbox WHERE id=?", [(number,) for number in numbers])

    @property
    def last_sequence(self) -> int:
        """Of the last message whose wishes are noted."""
        rows = self._rows("SELECT value FROM meta WHERE name='last_sequence'")
        return int(rows[0][0]) if rows else 0

    def _set(self, database: sqlite3.Connection, name: str, value: int) -> None:
        database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _wish(row: tuple[Any, ...] | None) -> Wish | None:
    return None if row is None else next(_wishes([row]))


def _wishes(rows: Iterable[tuple[Any, ...]]) -> Iterator[Wish]:
    for kind, key, revision, spec, erase, state, attempts, applied_revision, drifted in rows:
        yield Wish(kind, key, revision, spec, bool(erase), state, attempts, applied_revision, bool(drifted))
