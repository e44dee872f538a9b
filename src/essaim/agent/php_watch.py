"""Tells what PHP logs: looks every few seconds at the logs of the accounts whose PHP is awake, for the others log nothing.

A file that has grown costs a read and a message; one that has not costs one lstat(2). What was read is noted in the same transaction in
which it is told, so nothing is told twice and nothing is lost by a kill. While the bus is away the logs keep what they have.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from essaim.agent.engines import php, php_log
from essaim.agent.engines.php_log import Mark
from essaim.agent.machine import Machine
from essaim.agent.php_errors import grouped
from essaim.agent.store import Store
from essaim.contract import Fqdn, Login, NameRefused, PhpErrors, encode
from essaim.contract.php import VERSIONS
from essaim.contract.php_reports import BYTES_MAX

logger = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 3.0
TELL_EVERY_S = 30.0
"""Of one site and version, no more often: what comes meanwhile is told together."""
OUTBOX_MAX = 500
"""With so many messages that the bus does not have, nothing more is read."""
PAUSE_S = 60.0
"""After a full disk."""


class Log(NamedTuple):
    """The log of a site in one version."""

    login: Login
    version: str
    fqdn: Fqdn

    @property
    def name(self) -> str:
        """By which it is noted how far it was read."""
        return "/".join(self)


class Watch:
    """Looks at the logs of this machine."""

    def __init__(
        self, machine: Machine, store: Store, *, told: Callable[[], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._machine, self._store, self._told, self._clock = machine, store, told, clock
        self._seen: dict[Log, tuple[int, int]] = {}
        """Inode and size when it was last read."""
        self._told_at: dict[Log, float] = {}
        self._removed: dict[Log, int] = {}
        """Bytes of floods that were removed before it was time to tell again."""

    async def run(self) -> None:
        """For ever."""
        act: Callable[[], int] = self.forget_gone
        while True:
            pause_s = LOOK_EVERY_S
            try:
                if await asyncio.to_thread(act):
                    self._told()
            except OSError as full:
                logger.error("PHP's errors cannot be noted: %s", full)  # noqa: TRY400  no fault of ours
                pause_s = PAUSE_S
            act = self.look
            await asyncio.sleep(pause_s)

    def look(self) -> int:
        """Look once; how many messages there are to tell."""
        awake = list(self._awake())
        self._told_at = {log: at for log, at in self._told_at.items() if self._clock() - at < TELL_EVERY_S}
        self._seen = {log: self._seen[log] for log in awake if log in self._seen}
        grown = [(log, now) for log in awake if (now := self._grown(log)) is not None]
        if not grown or self._store.waiting_to_be_told() > OUTBOX_MAX:
            return 0
        return sum(self._tell_safely(log, now) for log, now in grown)

    def _awake(self) -> Iterator[Log]:
        """Every site that is in a version whose PHP runs."""
        for group in self._machine.paths.account_groups.glob("*.slice/essaim-php-*@*.service"):
            version, _, login = group.name.removeprefix("essaim-php-").removesuffix(".service").partition("@")
            with contextlib.suppress(NameRefused, OSError):
                for fqdn in php.sites_in(Login(login), version, self._machine.paths):
                    yield Log(Login(login), version, fqdn)

    def _grown(self, log: Log) -> tuple[int, int] | None:
        """What the file is now, when it is not what it was; None: nothing to read, or not yet."""
        try:
            found = os.lstat(php_log.path_outside(self._machine.paths.home(log.login), log.fqdn, log.version))
        except OSError:
            return None
        now = found.st_ino, found.st_size
        if now == self._seen.get(log):
            return None
        if log not in self._told_at:
            return now
        if found.st_size > php_log.FLOOD_BYTES and php_log.keep_small(
            self._machine.paths.home(log.login), log.fqdn, log.version
        ):
            self._removed[log] = self._removed.get(log, 0) + found.st_size
        return None

    def _tell_safely(self, log: Log, now: tuple[int, int]) -> int:
        """Whatever a client wrote, it ends neither the agent nor the look at the next one."""
        try:
            return self._tell(log, now)
        except OSError:
            raise
        except Exception:
            logger.exception("What PHP logged in %s cannot be told.", log.name)
            self._seen[log] = now
            return 0

    def _tell(self, log: Log, now: tuple[int, int]) -> int:
        home = self._machine.paths.home(log.login)
        before = self._store.mark(log.name)
        news = php_log.news(home, log.fqdn, log.version, Mark(*before) if before else None)
        self._seen[log] = now
        if news is None or (not news.text and not news.skipped_bytes):
            return 0
        groups, left_out = grouped(news.text, log.fqdn, now=time.time())
        skipped = news.skipped_bytes + self._removed.pop(log, 0) or int(left_out)
        message = _fitting(PhpErrors(fqdn=log.fqdn, version=log.version, groups=groups, skipped_bytes=skipped))
        self._store.note(message if groups or skipped else None, log.name, news.mark)
        self._told_at[log] = self._clock()
        if news.mark.offset > php_log.ROTATE_BYTES and php_log.keep_small(home, log.fqdn, log.version):
            self._seen.pop(log, None)
        return int(bool(groups or skipped))

    def forget_gone(self) -> int:
        """Of sites that are not here any more, nothing is noted."""
        gone = [name for name in self._store.marked() if not self._is_here(name)]
        for name in gone:
            self._store.note(None, name, None)
        return len(gone)

    def _is_here(self, name: str) -> bool:
        login, version, fqdn = name.split("/")
        known = version in VERSIONS
        return known and php.settings_file(Fqdn(fqdn), Login(login), version, self._machine.paths).exists()


def _fitting(message: PhpErrors) -> PhpErrors:
    """The message, short enough for the bus: without traces if need be, then without its least grave groups."""
    if len(encode(message)) > BYTES_MAX:
        message = replace(message, groups=tuple(replace(group, trace=()) for group in message.groups))
    while len(encode(message)) > BYTES_MAX:
        kept = message.groups[: len(message.groups) // 2]
        message = replace(message, groups=kept, skipped_bytes=message.skipped_bytes or 1)
    return message
