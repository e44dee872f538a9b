"""The loop: read what is new, give each site its lines, add up, note all of it; now and then tell, and see to the clients' old files."""

import contextlib
import errno
import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from essaim.agent.weblog import files, lines, raw, telling
from essaim.agent.weblog.sites import Sites
from essaim.agent.weblog.store import Batch, Store
from essaim.agent.weblog.sums import SiteBatch

log = logging.getLogger("essaim.weblog")

PAUSE_S = 2.0
FULL_S = 5.0
BATCH_BYTES = 8 * 1024**2
"""Read at once, of each file: what a batch holds in memory is bounded by it."""
FILES_AT_ONCE = 50
READ_EVERY_S = 10.0
HOUSE_EVERY_S = 60.0
CLIENT_DAYS = 14
OF_ONE_ACCOUNT = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM})
"""What is wrong with one account's directory alone: the others' lines go on. Anything else waits for a better time."""


@dataclass(frozen=True)
class Places:
    """Where everything is, below `root` (`/` outside tests)."""

    root: Path = Path("/")

    @property
    def raw(self) -> Path:
        """What nginx writes."""
        return self.root / raw.FOLDER

    @property
    def logs(self) -> Path:
        """The clients' own files."""
        return self.root / "srv/essaim/logs"

    @property
    def sites(self) -> Path:
        """What nginx finds by name."""
        return self.root / "srv/essaim/sites"

    @property
    def state(self) -> Path:
        """Sums and positions."""
        return self.root / "var/lib/essaim/numbers"

    @property
    def told(self) -> Path:
        """What the agent is to tell."""
        return self.root / telling.FOLDER

    @property
    def read(self) -> Path:
        """How far was read, for whoever compresses what was."""
        return self.state / "read.json"


class Reader:
    """Reads one machine's log."""

    def __init__(
        self, places: Places, *, client_days: int = CLIENT_DAYS, clock: Callable[[], float] = time.time
    ) -> None:
        self._places, self._client_days, self._clock = places, client_days, clock
        places.told.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._store = Store(places.state / "numbers.sqlite3")
        self._sites = Sites(places.sites)
        self._told_at = self._read_said_at = self._kept_at = -telling.EVERY_S
        self._newest = 0.0

    def close(self) -> None:
        """The store may be opened by another."""
        self._store.close()

    def run(self) -> None:
        """For ever. What the disk refuses is done again, and nothing of it is lost or counted twice."""
        while True:
            try:
                is_behind = self.read_once()
                self.tell_when_due()
                if time.monotonic() - self._kept_at >= HOUSE_EVERY_S and not self.keep_house():
                    self._kept_at = time.monotonic()
            except OSError as full:
                log.error("The log waits to be read: %s", full)  # noqa: TRY400  no fault of ours
                time.sleep(FULL_S)
                continue
            if not is_behind:
                time.sleep(PAUSE_S)

    # -- reading

    def read_once(self) -> bool:
        """One batch. Whether more is waiting.

        Raises:
            OSError: the disk is full; nothing was noted, so the same lines come again.
        """
        known = self._store.positions()
        batch, of_clients = Batch(), _Texts()
        is_behind = False
        for piece in raw.pieces(self._places.raw, known, most_bytes=BATCH_BYTES):
            batch.positions.append(piece.position)
            is_behind = is_behind or not piece.is_all
            if piece.sort == raw.ACCESS:
                self._take_requests(piece.data, batch, of_clients)
            else:
                self._take_errors(piece.data, of_clients)
        if batch.positions:
            self._write(of_clients, batch)
            with self._store.transaction():
                self._store.add(batch, now=self._clock())
            self._newest = max(self._newest, batch.newest)
            if batch.unreadable:
                log.warning("%d lines of the log cannot be read.", batch.unreadable)
        self._say_read(is_behind=is_behind)
        return is_behind

    def _take_requests(self, data: bytes, batch: Batch, of_clients: "_Texts") -> None:
        find, sites = self._sites.find, batch.sites
        for each in data.splitlines():
            line = lines.read(each)
            if line is None:
                batch.unreadable += 1
                continue
            batch.lines += 1
            owned = find(line.site)
            if owned is None or line.is_of_platform:
                continue
            of_clients.add(files.name_of(owned, raw.ACCESS, day_of(line.at)), day_of(line.at), lines.combined(line))
            if line.is_of_prober:
                continue
            site = sites.get(owned.fqdn)
            if site is None:
                site = sites[owned.fqdn] = SiteBatch()
            site.add(line, fqdn=owned.fqdn)
            batch.newest = max(batch.newest, line.at)

    def _take_errors(self, data: bytes, of_clients: "_Texts") -> None:
        day = day_of(self._clock())
        for each in data.split(b"\n"):
            text = each.decode("utf-8", "backslashreplace")
            host = lines.host_of_error(text)
            owned = self._sites.find(host) if host else None
            if owned is not None:
                text = text.replace(f"/srv/essaim/accounts/{owned.login}/", "/srv/home/")
                of_clients.add(files.name_of(owned, raw.ERROR, day), day, f"{lines.visible(text)}\n")

    def _write(self, of_clients: "_Texts", batch: Batch) -> None:
        for name, texts in of_clients.by_name.items():
            data = "".join(texts).encode("utf-8", "backslashreplace")
            try:
                size = files.append(self._places.logs, name, data, noted_bytes=self._store.written(name))
            except OSError as odd:
                if odd.errno not in OF_ONE_ACCOUNT:
                    raise
                log.warning("%s is not written: %s", name, odd)
                continue
            if size:
                batch.written[name] = (of_clients.days[name], size)

    def _say_read(self, *, is_behind: bool) -> None:
        """How far was read, for the unit that compresses; and what is known of files that are gone is forgotten."""
        if is_behind or time.monotonic() - self._read_said_at < READ_EVERY_S:
            return
        self._read_said_at = time.monotonic()
        known = self._store.positions()
        there = {path.stat().st_ino for path in raw.files(self._places.raw)}
        self._store.forget_positions(set(known) - there)
        said = {str(inode): at.offset for inode, at in known.items() if inode in there}
        beside = self._places.read.with_suffix(".new")
        beside.write_text(json.dumps(said))
        beside.replace(self._places.read)

    # -- and the rest

    def tell_when_due(self) -> int:
        """Hand the agent what changed, once a minute. How many sites."""
        if time.monotonic() - self._told_at < telling.EVERY_S:
            return 0
        self._told_at = time.monotonic()
        if self._newest:
            with self._store.transaction():
                self._store.forget_old(self._newest)
        return telling.hand_over(self._store, self._places.told)

    def keep_house(self) -> bool:
        """Compress clients' files of former days, and remove those that are kept no longer. Whether there is more to do."""
        today = datetime.fromtimestamp(self._clock(), UTC).date()
        over = self._store.to_forget(
            before=(today - timedelta(days=self._client_days)).isoformat(), limit=FILES_AT_ONCE
        )
        for name in over:
            files.forget(self._places.logs, name)
            self._store.forgotten(name)
        small = self._store.to_squeeze(before=today.isoformat(), limit=FILES_AT_ONCE)
        for name in small:
            with contextlib.suppress(PermissionError):
                files.squeeze(self._places.logs, name)
            self._store.squeezed(name)
        return len(over) == FILES_AT_ONCE or len(small) == FILES_AT_ONCE


class _Texts:
    """Lines by the file that they go to."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[str]] = defaultdict(list)
        self.days: dict[str, str] = {}

    def add(self, name: str, day: str, text: str) -> None:
        """One line more."""
        self.by_name[name].append(text)
        self.days[name] = day


def day_of(at: float) -> str:
    """The day of UTC that a moment falls on, as `2026-11-26`."""
    return _day_of(int(at) // 86_400)


def _day_of(number: int) -> str:
    found = _days.get(number)
    if found is None:
        _days.clear()
        _days[number] = found = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
    return found


_days: dict[int, str] = {}
