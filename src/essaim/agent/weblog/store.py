"""Sums, positions and what was written, in one SQLite file. A batch changes all of it in one transaction, so that a process killed at any
instant counts each line once.
"""

import errno
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from essaim.agent.weblog.raw import Position
from essaim.agent.weblog.sums import Busiest, Counted, SiteBatch, count_tops, tops_of
from essaim.contract import Fqdn
from essaim.contract.numbers import DAY_S, TOP_KEPT, SiteNumbers, Sum, Tops

log = logging.getLogger("essaim.weblog")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS position (inode INTEGER PRIMARY KEY, head INTEGER, head_bytes INTEGER, offset INTEGER);
CREATE TABLE IF NOT EXISTS hour (site TEXT, start INTEGER, body BLOB NOT NULL, is_new INTEGER NOT NULL,
  PRIMARY KEY (site, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day (site TEXT, start INTEGER, body BLOB NOT NULL, tops BLOB NOT NULL, is_new INTEGER NOT NULL,
  PRIMARY KEY (site, start));
CREATE INDEX IF NOT EXISTS hour_start ON hour (start);
CREATE INDEX IF NOT EXISTS day_start ON day (start);
CREATE TABLE IF NOT EXISTS changed (site TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS changed_since ON changed (since);
CREATE TABLE IF NOT EXISTS written (name TEXT PRIMARY KEY, day TEXT NOT NULL, bytes INTEGER NOT NULL, is_small INTEGER NOT NULL
  DEFAULT 0) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS written_day ON written (day);
CREATE INDEX IF NOT EXISTS written_whole ON written (day) WHERE NOT is_small;
"""
KEPT_DAYS = 3
"""Sums that were told are kept so long, counted from the newest line: late lines still find theirs."""


@dataclass
class Batch:
    """What one round found."""

    positions: list[Position] = field(default_factory=list)
    sites: dict[str, SiteBatch] = field(default_factory=dict)
    written: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of the clients' files, by name: the day and the length it then has."""
    newest: float = 0.0
    lines: int = 0
    unreadable: int = 0


class Store:
    """One file, one connection, one thread."""

    def __init__(self, path: Path) -> None:
        """A file that is broken is put aside: the log is then read again from its beginning, which makes the same sums."""
        try:
            self._database = _opened(path)
        except sqlite3.OperationalError as full:
            raise OSError(errno.ENOSPC, f"The sums cannot be opened: {full}") from full
        except sqlite3.DatabaseError as broken:
            log.error("%s is put aside, and the log is read again: %s", path, broken)  # noqa: TRY400  no fault of ours
            for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                if each.exists():
                    each.rename(each.with_name(f"{each.name}.broken"))
            self._database = _opened(path)

    def close(self) -> None:
        """The file may be opened by another."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what the block changes.

        Raises:
            OSError: the disk is full or failing; nothing was changed.
        """
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except BaseException as wrong:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if isinstance(wrong, sqlite3.OperationalError):
                raise OSError(errno.ENOSPC, f"The sums cannot be kept: {wrong}") from wrong
            raise

    # -- positions

    def positions(self) -> dict[int, Position]:
        """How far each file was read, by its number."""
        return {row[0]: Position(*row) for row in self._database.execute("SELECT * FROM position")}

    def forget_positions(self, inodes: Iterable[int]) -> None:
        """These files are gone."""
        self._database.executemany("DELETE FROM position WHERE inode=?", [(inode,) for inode in inodes])

    # -- sums

    def add(self, batch: Batch, *, now: float) -> None:
        """Everything a batch found. Inside `transaction`."""
        database = self._database
        for fqdn, site in batch.sites.items():
            site.close()
            for start, counted in site.hours.items():
                row = database.execute("SELECT body FROM hour WHERE site=? AND start=?", (fqdn, start)).fetchone()
                body = _merged(row[0] if row else None, counted)
                database.execute("INSERT OR REPLACE INTO hour VALUES (?, ?, ?, 1)", (fqdn, start, body))
            for start, counted in site.days.items():
                row = database.execute("SELECT body, tops FROM day WHERE site=? AND start=?", (fqdn, start)).fetchone()
                tops = _busiest.decode(row[1]) if row else Busiest()
                for name, added in site.tops[start].items():
                    count_tops(getattr(tops, name), added)
                values = (fqdn, start, _merged(row[0] if row else None, counted), msgspec.msgpack.encode(tops))
                database.execute("INSERT OR REPLACE INTO day VALUES (?, ?, ?, ?, 1)", values)
        database.executemany("INSERT OR IGNORE INTO changed VALUES (?, ?)", [(fqdn, now) for fqdn in batch.sites])
        database.executemany(
            "INSERT INTO written (name, day, bytes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bytes=excluded.bytes",
            [(name, day, size) for name, (day, size) in batch.written.items()],
        )
        database.executemany(
            "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?)",
            [(at.inode, at.head, at.head_bytes, at.offset) for at in batch.positions],
        )

    def written(self, name: str) -> int:
        """How long this file of a client is, as far as was noted; 0: it is not there yet."""
        row = self._database.execute("SELECT bytes FROM written WHERE name=?", (name,)).fetchone()
        return int(row[0]) if row else 0

    # -- what is to be told

    def changed(self, *, limit: int) -> list[str]:
        """Sites that changed and were not told of, those that wait longest first."""
        return [row[0] for row in self._database.execute("SELECT site FROM changed ORDER BY since LIMIT ?", (limit,))]

    def numbers_of(self, fqdn: str) -> SiteNumbers:
        """What is new of a site."""
        hours = self._database.execute("SELECT start, body FROM hour WHERE site=? AND is_new", (fqdn,)).fetchall()
        days = self._database.execute("SELECT start, body, tops FROM day WHERE site=? AND is_new", (fqdn,)).fetchall()
        return SiteNumbers(
            fqdn=Fqdn(fqdn),
            hours=tuple(_sum(start, body) for start, body in hours),
            days=tuple(_sum(start, body) for start, body, _ in days),
            tops=tuple(_tops(start, tops) for start, _, tops in days),
        )

    def told(self, sites: Iterable[str]) -> None:
        """The agent has these. Inside `transaction`."""
        names = [(fqdn,) for fqdn in sites]
        for query in ("UPDATE hour SET is_new=0 WHERE site=?", "UPDATE day SET is_new=0 WHERE site=?"):
            self._database.executemany(query, names)
        self._database.executemany("DELETE FROM changed WHERE site=?", names)

    def forget_old(self, newest: float) -> None:
        """Sums that were told and are older than any late line."""
        oldest = int(newest) - KEPT_DAYS * DAY_S
        self._database.execute("DELETE FROM hour WHERE start<? AND NOT is_new", (oldest,))
        self._database.execute("DELETE FROM day WHERE start<? AND NOT is_new", (oldest,))

    # -- the clients' files of former days

    def to_squeeze(self, *, before: str, limit: int) -> list[str]:
        """Files of days before this one that are not compressed yet."""
        query = "SELECT name FROM written WHERE NOT is_small AND day<? ORDER BY day LIMIT ?"
        return [row[0] for row in self._database.execute(query, (before, limit))]

    def squeezed(self, name: str) -> None:
        """It is compressed."""
        self._database.execute("UPDATE written SET is_small=1 WHERE name=?", (name,))

    def to_forget(self, *, before: str, limit: int) -> list[str]:
        """Files of days before this one."""
        return [
            row[0] for row in self._database.execute("SELECT name FROM written WHERE day<? LIMIT ?", (before, limit))
        ]

    def forgotten(self, name: str) -> None:
        """It is gone."""
        self._database.execute("DELETE FROM written WHERE name=?", (name,))


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, cached_statements=64)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;")
    database.executescript(_SCHEMA)
    return database


_counted = msgspec.msgpack.Decoder(Counted)
_busiest = msgspec.msgpack.Decoder(Busiest)


def _merged(body: bytes | None, added: Counted) -> bytes:
    if body is None:
        return msgspec.msgpack.encode(added)
    counted = _counted.decode(body)
    counted.merge(added)
    return msgspec.msgpack.encode(counted)


def _sum(start: int, body: bytes) -> Sum:
    counted = _counted.decode(body)
    return Sum(
        start=start,
        requests=counted.requests,
        received_bytes=counted.received_bytes,
        sent_bytes=counted.sent_bytes,
        statuses=counted.statuses,
        times=counted.times,
        states=counted.states,
    )


def _tops(start: int, body: bytes) -> Tops:
    found = _busiest.decode(body)
    return Tops(
        start=start,
        paths=tops_of(found.paths, TOP_KEPT),
        referrers=tops_of(found.referrers, TOP_KEPT),
        missing=tops_of(found.missing, TOP_KEPT),
    )
