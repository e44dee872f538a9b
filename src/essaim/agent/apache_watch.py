"""What Apaches complain of: the agent reads their errors while they are awake, and tells which line of a client's own files it is.

A trouble is told when it is first seen, and is over when the file it is about is another than it was. What was told stands in a file of
the agent's state, so that an agent that starts anew neither tells it twice nor forgets to say that it is over.
"""

import asyncio
import contextlib
import logging
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from essaim.agent.engines import apache, htaccess
from essaim.agent.machine import Machine, Paths
from essaim.bus.machine import BusAway, MachineBus
from essaim.contract import EngineTrouble, EngineTroubles, Fqdn, Login, encode

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 2.0
KEPT_BYTES = 256 * 1024
"""Of a file of errors. One that is longer was read, and is emptied: it is in memory, the account's own."""
MOST_TROUBLES = 10
"""Of one site: the first ones, which is where to begin."""
_REFUSED = re.compile(r"alert (?P<fqdn>[a-z0-9.-]+) /srv/home/(?P<path>[^:]{1,500}/\.htaccess): (?P<detail>.{1,300})")
_LOOPS = re.compile(r"error (?P<fqdn>[a-z0-9.-]+) AH00124: ")
_ROOT = re.compile(r'DocumentRoot "/srv/home/([^"]+)"')
_WORDS = {
    "site.htaccess_refused": "Mend the line or take it out: until then visitors get an error where this file holds.",
    "site.htaccess_of_php": "Set it under PHP on the site's page, or in a file .user.ini, and take the line out.",
    "site.rewrite_loop": "See that its rules do not match what they lead to.",
}

Names = tuple[str, ...]
Stamp = tuple[int, int, int]


class Told(msgspec.Struct, frozen=True):
    """One trouble, and the file that it is about, step by step from the account's home, as it was then."""

    trouble: EngineTrouble
    names: Names
    stamp: Stamp

    def is_as(self, other: "Told") -> bool:
        """The same has been told."""
        return (self.trouble.code, self.trouble.facts, self.names) == (
            other.trouble.code,
            other.trouble.facts,
            other.names,
        )


class Site(msgspec.Struct):
    """What was told of one site."""

    login: str
    told: list[Told]


class Complaint(NamedTuple):
    """A line of an Apache's errors that is about a client's own file."""

    fqdn: str
    names: Names
    detail: str = ""
    """What is refused; empty: the rules go round in circles."""


class ApacheWatch:
    """Looks at the errors of the Apaches that are awake."""

    def __init__(self, machine: Machine, bus: MachineBus) -> None:
        self._machine, self._paths, self._bus = machine, machine.paths, bus
        self._store = machine.paths.state / "apache-troubles.json"
        self._begin_anew()
        for (
            _
        ) in self._news():  # what an agent before this one has read; a visitor who meets it again has it written again
            pass

    def _begin_anew(self) -> None:
        self._marks: dict[str, tuple[int, int]] = {}
        """How far the errors of each account were read: an inode, and an offset."""
        self._sites: dict[str, Site] = {}
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            self._sites = msgspec.json.decode(self._store.read_bytes(), type=dict[str, Site])

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                changed = await asyncio.to_thread(self.look)
                for message in changed:
                    await self._bus.publish_report(encode(message))
                if changed:
                    await asyncio.to_thread(self.keep)
            except (BusAway, OSError) as away:
                log.warning("What Apache complains of is told later: %s", away)
                await asyncio.to_thread(self._begin_anew)
            except Exception:
                log.exception(
                    "What Apache complains of cannot be told"
                )  # it is of clients' making: nothing else stops for it

    def look(self) -> list[EngineTroubles]:
        """Look once. Returns what there is to tell of each site whose troubles are others than they were."""
        changed = {fqdn for fqdn in self._sites if self._drop_mended(fqdn)}
        for login, lines in self._news():
            found = (complaint_of(line, login, self._paths) for line in lines)
            for complaint in dict.fromkeys(one for one in found if one is not None):
                if self._take(login, complaint):
                    changed.add(complaint.fqdn)
        told = [
            EngineTroubles(fqdn=Fqdn(fqdn), troubles=tuple(one.trouble for one in self._sites[fqdn].told))
            for fqdn in sorted(changed)
        ]
        self._sites = {fqdn: site for fqdn, site in self._sites.items() if site.told}
        return told

    def keep(self) -> None:
        """What was told is remembered."""
        self._machine.files.write(self._store, msgspec.json.encode(self._sites), mode=0o600)

    def _drop_mended(self, fqdn: str) -> bool:
        site = self._sites[fqdn]
        home = self._paths.home(Login(site.login))
        is_there = apache.site_file(Fqdn(fqdn), Login(site.login), self._paths).exists()
        left = [told for told in site.told if is_there and _stamp(home, told.names) == told.stamp]
        is_changed = len(left) != len(site.told)
        site.told = left
        return is_changed

    def _take(self, login: Login, complaint: Complaint) -> bool:
        """Whether it is news."""
        site = self._sites.setdefault(complaint.fqdn, Site(str(login), []))
        home = self._paths.home(login)
        now = Told(trouble_of(complaint, home), complaint.names, _stamp(home, complaint.names))
        if complaint.detail.startswith("Invalid command") and "line" not in now.trouble.facts:
            return False  # it was of the file that stood there before: this one has no such command
        if len(site.told) >= MOST_TROUBLES or any(one.is_as(now) for one in site.told):
            return False
        site.told.append(now)
        return True

    def _news(self) -> Iterator[tuple[Login, list[str]]]:
        places = list(self._paths.apaches.iterdir()) if self._paths.apaches.is_dir() else []
        marks: dict[str, tuple[int, int]] = {}
        for place in places:
            # The directory is the account's own: a link is not followed, nothing else than a file is waited for.
            with contextlib.suppress(OSError), _opened(place / "errors") as errors:
                lines, marks[place.name] = _new_lines(errors, self._marks.get(place.name))
                if lines:
                    yield Login(place.name), lines
        self._marks = marks


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    opened = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        yield opened
    finally:
        os.close(opened)


def _new_lines(errors: int, mark: tuple[int, int] | None) -> tuple[list[str], tuple[int, int]]:
    """What was written since `mark`, its end if it is much, and how far it is read now."""
    now = os.fstat(errors)
    if not stat.S_ISREG(now.st_mode):
        raise OSError("Errors are a file.")
    begins = mark[1] if mark is not None and mark[0] == now.st_ino and mark[1] <= now.st_size else 0
    text = os.pread(errors, KEPT_BYTES, max(begins, now.st_size - KEPT_BYTES))
    ends = now.st_size
    if ends > KEPT_BYTES:
        os.ftruncate(errors, 0)
        ends = 0
    return text.decode(errors="replace").splitlines(), (now.st_ino, ends)


def complaint_of(line: str, login: Login, paths: Paths) -> Complaint | None:
    """What a line of errors says of a client's file; None: it is about something else."""
    found = _REFUSED.match(line) or _LOOPS.match(line)
    if found is None:
        return None
    file = paths.etc / "apache" / login / "sites" / f"{found['fqdn']}.conf"
    root = _ROOT.search(file.read_text()) if file.exists() else None
    if root is None:
        return None  # it has left meanwhile
    if found.re is _REFUSED:
        return Complaint(found["fqdn"], tuple(found["path"].split("/")), found["detail"])
    return Complaint(found["fqdn"], (*root[1].split("/"), htaccess.NAME))


def trouble_of(complaint: Complaint, home: Path) -> EngineTrouble:
    """The trouble as it is told, with the line of the file where that can be said."""
    file = "/".join(complaint.names[2:]) if complaint.names[1:2] == (complaint.fqdn,) else "/".join(complaint.names)
    facts: dict[str, str | int | float | bool] = {"file": file}
    if not complaint.detail:
        return _trouble("site.rewrite_loop", f"The rules of {file} go round in circles.", facts)
    read = htaccess.read(home, *complaint.names)
    lines = htaccess.lines_of(read[0], complaint.detail) if read else ()
    facts |= {"detail": complaint.detail}
    if lines:
        facts["line"] = ", ".join(map(str, lines))
    where = f"{file}, line {facts['line']}" if lines else file
    is_of_php = any(f"'{name}'" in complaint.detail for name in htaccess.OF_PHP)
    code = "site.htaccess_of_php" if is_of_php else "site.htaccess_refused"
    return _trouble(code, f"Apache refuses {where}: {complaint.detail}", facts)


def _trouble(code: str, sentence: str, facts: dict[str, str | int | float | bool]) -> EngineTrouble:
    return EngineTrouble(code=code, at=time.time(), sentence=sentence, advice=_WORDS[code], facts=facts)


def _stamp(home: Path, names: Names) -> Stamp:
    """Tells a file from what it was; zeros: there is none."""
    read = htaccess.read(home, *names)
    return read[1] if read else (0, 0, 0)
