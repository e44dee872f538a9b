"""Moves accounts onto another build of their PHP, one after the other: each is proved by its own PHP, and put back when it is not.

What is under way stands in a file, what is done in the accounts' links: a process killed at any instant, or a machine that was off,
leaves nothing that the next `step` does not go on with. The command and the agent both make steps; a lock gives each its turn.

An account that is awake is restarted in the new build and proved. Meanwhile its socket holds who comes, and its former FPM answers what
it is at: the restart waits for requests that take long, two minutes at most. One that sleeps takes the new build when it wakes;
the first of them and every twenty-fifth is woken and proved.
"""

import contextlib
import fcntl
import logging
import time
from collections.abc import Iterator
from typing import Literal

import msgspec

from essaim.agent.engines import connections, crashes, php, proving, trees
from essaim.agent.errors import AgentError, TemporaryError
from essaim.agent.machine import Machine
from essaim.contract import Login

log = logging.getLogger("essaim.agent")

REFUSALS_MOST = 3
"""So many accounts put back stop a roll-out: the fault is the build's."""
SAMPLE_EVERY = 25
LONG_S = 1.0
"""A request that takes longer is waited for."""
LOOKS = 5
"""At so many accounts in one step: a busy one costs `LONG_S`, and others wait for their turn."""
BUSY_S = 130.0
"""A site's longest request takes two minutes; after that FPM gives what it is at ten seconds more."""

Why = Literal["tree.start_failed", "tree.not_proved", "tree.crashes"]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why an account was put back."""

    code: Why
    detail: str = ""


class Progress(msgspec.Struct, kw_only=True):
    """How far a roll-out is, beside what the accounts' links say."""

    version: str
    build: str
    before: str
    """The build that new accounts get until it is done, and that accounts are put back to."""
    state: Literal["under way", "stopped", "done"] = "under way"
    moving: str = ""
    """The account that has the new build and is not proved yet."""
    refused: dict[str, Refusal] = {}
    """Accounts that were put back."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did. `login` empty: no account was moved."""

    state: Literal["under way", "stopped", "done"]
    login: str = ""
    refusal: Refusal | None = None
    waits: bool = False
    """Every account that is left is at requests that take long."""


class Rollout:
    """The roll-outs of one version. Everything here blocks."""

    def __init__(self, version: str, machine: Machine) -> None:
        self.version, self.machine = version, machine
        self.file = machine.paths.state / "trees" / f"{version}.json"
        self._busy_since: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        self._slept = 0

    def progress(self) -> Progress | None:
        """The last roll-out; None: there was none, or nothing is known of it."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=Progress)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def begin(self, build: str) -> Progress:
        """Every account is to be moved onto `build`. One that was refused is tried again."""
        with self.turn():
            usual = trees.current(self.version, self.machine.paths)
            before = usual.name if usual is not None else build
            found = self.progress()
            if before == build and found is not None and found.build == build:
                before = found.before
            progress = Progress(version=self.version, build=build, before=before)
            self._save(progress)
            return progress

    def step(self) -> Step:
        """Move the next account, or find that all are moved.

        Raises:
            AgentError: systemd does not answer, or the machine goes down; the next step tries again.
        """
        with self.turn():
            progress = self.progress()
            if progress is None or progress.state != "under way":
                return Step(state="done" if progress is None else progress.state)
            if progress.moving and trees.given(self.version, Login(progress.moving), self.machine.paths):
                left = [progress.moving]
            else:
                progress.moving, left = "", self._left(progress)
            for login in sorted(left, key=lambda login: self._looked.get(login, 0.0))[:LOOKS]:
                if progress.moving or not self._is_busy(login):
                    refusal = self._move(progress, Login(login))
                    return Step(state=progress.state, login=login, refusal=refusal)
            if left:
                return Step(state="under way", waits=all(login in self._looked for login in left))
            trees.choose(self.version, progress.build, self.machine.paths, self.machine.files)
            progress.state = "done"
            self._save(progress)
            return Step(state="done")

    def put_back(self, login: Login, refusal: Refusal) -> bool:
        """The account starts in the build before, if there was one and it has the new one; False: nothing was done."""
        with self.turn():
            progress = self.progress()
            if progress is None or trees.given(self.version, login, self.machine.paths) != progress.build:
                return False
            if progress.before == progress.build or not trees.is_whole(
                self.version, progress.before, self.machine.paths
            ):
                return False
            self._refuse(progress, login, refusal)
            return True

    def _left(self, progress: Progress) -> list[str]:
        paths = self.machine.paths
        return [
            login
            for login, build in trees.holders(self.version, paths)
            if build != progress.build and login not in progress.refused
        ]

    def _is_busy(self, login: str) -> bool:
        """Whether a request under way takes long. Asked again and again, the answer is no after `BUSY_S`."""
        listening = php.socket_path(Login(login), self.version, self.machine.paths)
        now = connections.to(listening)
        self._looked[login] = time.monotonic()
        if now:
            time.sleep(LONG_S)
            now &= connections.to(listening)
        if not now:
            self._busy_since.pop(login, None)
            return False
        since = self._busy_since.setdefault(login, time.monotonic())
        return time.monotonic() - since < BUSY_S

    def _move(self, progress: Progress, login: Login) -> Refusal | None:
        if login in progress.refused:  # it was being put back when a process was killed
            return self._refuse(progress, login, progress.refused[login])
        paths = self.machine.paths
        is_awake = bool(progress.moving) or php.is_awake(login, self.version, paths)
        sleeps = not is_awake and php.listens(login, self.version, paths)
        is_sample = sleeps and self._slept % SAMPLE_EVERY == 0
        self._slept += sleeps
        if is_awake or is_sample:
            progress.moving = str(login)
            self._save(progress)
        trees.give(self.version, progress.build, login, self.machine)
        if not (is_awake or is_sample or php.is_awake(login, self.version, paths)):
            return None  # it starts in the new build when it wakes
        refusal = self._doubt(login)
        if refusal is not None:
            self._require_running(php.service_unit(login, self.version))
            return self._refuse(progress, login, refusal)
        progress.moving = ""
        self._save(progress)
        if is_sample:
            self.machine.systemd.stop(php.service_unit(login, self.version))
        return None

    def _doubt(self, login: Login) -> Refusal | None:
        """Why the account's PHP, started anew, is not proved."""
        if not php.listens(login, self.version, self.machine.paths):
            return None  # suspended, or no site is in this version any more: nobody could ask it
        try:
            self._restart(login)
        except TemporaryError as wrong:
            return Refusal(code="tree.start_failed", detail=str(wrong.facts.get("detail", wrong.sentence))[-200:])
        doubt = proving.doubt(login, self.version, self.machine.paths)
        return Refusal(code="tree.not_proved", detail=doubt) if doubt else None

    def _require_running(self, unit: str) -> None:
        """A machine that goes down starts nothing, which says nothing of a build: the account is moved after the next boot.

        Raises:
            TemporaryError.
        """
        if self.machine.systemd.is_stopping():
            raise TemporaryError(
                "systemd.refused",
                f"systemd did not restart {unit}: the machine goes down.",
                facts={"verb": "restart", "unit": unit, "detail": "the machine goes down"},
            )

    def _restart(self, login: Login) -> None:
        unit = php.service_unit(login, self.version)
        if crashes.times(login, self.version, self.machine.paths):  # it waits before it ends: no need to
            self.machine.run.run(["systemctl", "kill", "--kill-who=control", unit], check=False)
        self.machine.run.run(["systemctl", "restart", unit], timeout_s=60)

    def _refuse(self, progress: Progress, login: Login, refusal: Refusal) -> Refusal:
        """Noted first: a process that is killed meanwhile leaves it to the next one."""
        log.warning(
            "PHP %s of %s is put back to build %s: %s %s",
            self.version, login, progress.before, refusal.code, refusal.detail,
        )  # fmt: skip
        progress.refused[str(login)], progress.moving = refusal, str(login)
        self._save(progress)
        trees.give(self.version, progress.before, login, self.machine)
        with contextlib.suppress(AgentError):  # its socket starts it again in any case
            self._restart(login)
        progress.moving = ""
        if progress.state == "under way" and len(progress.refused) >= REFUSALS_MOST:
            progress.state = "stopped"
        self._save(progress)
        return refusal

    def _save(self, progress: Progress) -> None:
        self.machine.files.write(self.file, msgspec.json.encode(progress), mode=0o600, durable=True)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else makes a step of this version, or removes a build of it, meanwhile."""
        self.machine.files.directory(self.file.parent, mode=0o700)
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
