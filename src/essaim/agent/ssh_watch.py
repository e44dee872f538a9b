"""Keeps the door open while the Manager says so, and tells the Manager of sessions.

Each second the Manager says which revision of `keys` is the newest for this machine. If that is what the door goes by, people may come in
for four seconds more; if it is not, nobody may until it is.
"""

import asyncio
import contextlib
import logging
import re
import time
from typing import Any

from essaim.agent.engines import ssh
from essaim.agent.machine import Machine
from essaim.agent.ssh import places
from essaim.agent.telling import Teller
from essaim.bus.machine import BusAway
from essaim.contract import Became, GlassUse, GlassUses, SshSession, SshSessions

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 1.0
KEPT_S = 3600.0
TOLD_AT_ONCE = 50
TOLD_AGAIN_S = 5.0
"""A use of the break-glass key is told so often until the Manager says that it has heard."""


class SshWatch:
    """One machine's door and sessions."""

    def __init__(self, machine: Machine, teller: Teller) -> None:
        self._machine, self._teller = machine, teller
        self._where = ssh.where(machine.paths)
        self._told: dict[str, SshSession] = {}
        self._glass_due = 0.0
        teller.answers["keys"] = self.heard
        teller.answers["glass"] = self.glass_heard

    def heard(self, revision: str) -> None:
        """The Manager's word: the newest revision of `keys` there is for this machine."""
        knows = places.read(self._where.word).get("revision", 0)
        if revision.isdecimal() and knows >= int(revision) > 0:
            self._where.lease.write_text(str(places.boot_clock() + places.LEASE_S - 0.01))
        else:
            self._where.lease.unlink(missing_ok=True)

    def glass_heard(self, session: str) -> None:
        """The Manager knows of this use of the break-glass key."""
        if re.fullmatch(r"[0-9a-f]{16}", session):
            with contextlib.suppress(OSError):  # told again, and known there
                (self._where.glass / f"{session}.json").unlink(missing_ok=True)

    def glass_uses(self) -> list[GlassUse]:
        """Uses of the break-glass key that the Manager did not say it has heard of, the oldest first."""
        found = [places.read(path) for path in self._where.glass.glob("*.json")]
        uses = [GlassUse(**{name: use[name] for name in GlassUse.__struct_fields__}) for use in found if use]
        return sorted(uses, key=lambda use: use.opened_at)

    async def _tell_glass(self) -> None:
        if time.monotonic() < self._glass_due:
            return
        uses = await asyncio.to_thread(self.glass_uses)
        if uses:
            await self._teller.say(GlassUses(uses=tuple(uses[:TOLD_AT_ONCE])))
            self._glass_due = time.monotonic() + TOLD_AGAIN_S

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                found = await asyncio.to_thread(self.look)
                news = [session for session in found if self._told.get(session.id) != session]
                for n in range(0, len(news), TOLD_AT_ONCE):
                    await self._teller.say(SshSessions(sessions=tuple(news[n : n + TOLD_AT_ONCE])))
                self._told = {session.id: session for session in found}
                await self._tell_glass()
            except BusAway:
                continue
            except OSError as wrong:
                log.warning("Sessions cannot be looked at: %s", wrong)

    def look(self) -> list[SshSession]:
        """The sessions as they are now; those that ended are noted so, with nothing of them left running."""
        found = []
        for path in self._where.sessions.glob("*.json"):
            session = places.read(path)
            if not session:
                continue
            if "ended_at" not in session and places.started(session["pid"]) != session["started"]:
                ssh.end_groups([session["id"]], self._machine)
                session["ended_at"] = time.time()
                places.write(path, session)
            if time.time() - session.get("ended_at", time.time()) > KEPT_S:
                path.unlink(missing_ok=True)
                path.with_suffix(".root").unlink(missing_ok=True)
                continue
            found.append(self._as_told(session))
        self._forget_comings()
        return found

    def _as_told(self, session: dict[str, Any]) -> SshSession:
        became: tuple[Became, ...] = ()
        with contextlib.suppress(OSError, ValueError):
            import msgspec

            lines = (self._where.sessions / f"{session['id']}.root").read_bytes().splitlines()
            became = tuple(msgspec.json.decode(line, type=Became) for line in lines[-200:])
        kept = ("id", "login", "role", "serial", "origin", "command", "opened_at", "ended_at", "is_cut", "recording")
        return SshSession(
            **{name: session[name] for name in kept if name in session},
            glass=session.get("name", ""),
            became_root=became,
        )

    def _forget_comings(self) -> None:
        for path in self._where.comings.iterdir():
            if path.name.isdecimal() and places.read(path).get("started") != places.started(int(path.name)):
                path.unlink(missing_ok=True)
