"""The team's own log: rotated, compressed, and removed when the law's term has passed. Runs every quarter of an hour as root, and ends.

A file is named after the day of its first line and the second in which it was rotated. Nothing is compressed that was not read to its end.
"""

import contextlib
import json
import logging
import lzma
import os
import re
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from essaim.agent.weblog import lines, raw
from essaim.agent.weblog.reader import Places
from essaim.contract.numbers import DAY_S

log = logging.getLogger("essaim.weblog")

LAW_DAYS = 365
"""France: one year, decree 2021-1362 of 20 October 2021, for article 6 of the law of 21 June 2004 (LCEN)."""
MOST_BYTES = 512 * 1024**2
"""A file that is longer is rotated before its day is over."""
REOPENED_S = 60.0
"""nginx' workers have turned to the new file long before."""
_KEPT = re.compile(r"(?:access|error)-\d{4}-\d{2}-\d{2}-(\d+)\.log\.xz")
_ERROR_DAY = re.compile(rb"(\d{4})/(\d{2})/(\d{2}) ")


class Keeping:
    """One look at the folder."""

    def __init__(self, places: Places, *, law_days: int, now: float, reopen: Callable[[], None]) -> None:
        self._folder, self._read = places.raw, places.read
        self._kept = places.raw / "kept"
        self._law_days, self._now, self._reopen = law_days, now, reopen

    def run(self) -> None:
        """Rotate what is due, compress what was rotated and read, remove what is kept no longer.

        Raises:
            OSError: the disk is full. What is there stays.
        """
        self.remove()
        self.rotate()
        self.compress()

    @property
    def _today(self) -> date:
        return datetime.fromtimestamp(self._now, UTC).date()

    def rotate(self) -> list[str]:
        """Files of a former day, or too long, get a name of their own; nginx goes on with new ones."""
        moved = []
        for sort in (raw.ACCESS, raw.ERROR):
            path = self._folder / f"{sort}.log"
            day = self._day_of(path, sort)
            if day is not None and (day < self._today or path.stat().st_size > MOST_BYTES):
                name = f"{sort}-{day.isoformat()}-{int(self._now)}.log"
                path.rename(self._folder / name)
                # made here, so that who may read it does not hang on the umask of an nginx that started long ago
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640))
                moved.append(name)
        if moved:
            self._reopen()
        return moved

    def _day_of(self, path: Path, sort: str) -> date | None:
        """The day of its first line, in UTC; None: it is empty or absent."""
        try:
            with path.open("rb") as file:
                first = file.readline(lines.LONGEST_BYTES)
        except FileNotFoundError:
            return None
        if not first:
            return None
        if sort == raw.ERROR and (found := _ERROR_DAY.match(first)):
            return date(*map(int, found.groups()))
        line = lines.read(first.rstrip(b"\n"))
        # one that begins in the middle of a line: of the day on which it was last written to
        return datetime.fromtimestamp(line.at if line else path.stat().st_mtime, UTC).date()

    def compress(self) -> list[str]:
        """What was rotated a while ago and read to its end goes to `kept`, compressed."""
        read = self._positions()
        done = []
        for path in raw.files(self._folder):
            if "-" not in path.name or self._now - path.stat().st_mtime < REOPENED_S:
                continue
            now = path.stat()
            if read.get(str(now.st_ino)) == now.st_size:
                self._compress(path)
                done.append(path.name)
        return done

    def _compress(self, path: Path) -> None:
        beside = self._kept / f".{path.name}.xz.new"
        try:
            with path.open("rb") as whole, lzma.open(beside, "wb", preset=1) as small:
                shutil.copyfileobj(whole, small, 1024 * 1024)
            beside.chmod(0o600)
            with beside.open("rb") as written:
                os.fsync(written.fileno())
            beside.replace(self._kept / f"{path.name}.xz")
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        path.unlink()

    def _positions(self) -> dict[str, int]:
        try:
            found: dict[str, int] = json.loads(self._read.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def remove(self) -> list[str]:
        """What was rotated, and so ended, as long ago as the term. Nothing on the first day after the clock jumped, or the machine was off:
        a clock that is a year ahead for some hours must not take a year of the log.
        """
        gone: list[str] = []
        if not self._is_sure_of_the_time():
            return gone
        for path in sorted(self._kept.glob("*.xz")):
            found = _KEPT.fullmatch(path.name)
            if found and int(found[1]) + self._law_days * DAY_S <= self._now:
                path.unlink()
                gone.append(path.name)
        return gone

    def _is_sure_of_the_time(self) -> bool:
        """We have looked at least once a day for more than a day."""
        seen = self._kept / ".seen"
        try:
            last, since = map(float, seen.read_text().split())
        except (FileNotFoundError, ValueError):
            last = since = self._now
        if not 0 <= self._now - last <= DAY_S:
            since = self._now
        with contextlib.suppress(OSError):  # a full disk is what removing helps against
            seen.write_text(f"{self._now} {since}")
        return self._now - since > DAY_S


def reopen_nginx(pid_file: Path) -> None:
    """nginx opens its log files anew. One that does not run opens them when it starts."""
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        os.kill(int(pid_file.read_text()), signal.SIGUSR1)


def days(text: str | None, usual: int) -> int:
    """A number of days from the settings; what is none is said, and the usual holds."""
    try:
        number = int(text) if text else usual
    except ValueError:
        number = 0
    if number < 1:
        log.error("%r is not a number of days: %d holds.", text, usual)
        return usual
    return number
