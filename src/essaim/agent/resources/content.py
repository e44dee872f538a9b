"""What a client uploaded for a site: fetched, unpacked beside the site as the account's own user, put in place in one step.

Once an upload stood in place its files are the client's: the same upload is never unpacked a second time over them.
"""

import asyncio
from pathlib import Path
from typing import ClassVar

import msgspec

from essaim.agent.engines import homes, htaccess
from essaim.agent.engines.unpacker import Unpacker
from essaim.agent.engines.uploads import fetch
from essaim.agent.errors import Fact, PermanentError, TemporaryError, from_os_error
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift
from essaim.contract import Content, Fqdn, Login


class Version(msgspec.Struct, frozen=True):
    """One version of a site's content. `upload` is empty for what stood there before the first upload."""

    upload: str = ""
    inode: int = 0
    facts: dict[str, Fact] = {}


class Placed(msgspec.Struct, frozen=True):
    """What is to be served, written durably before it is put in place."""

    login: str
    now: Version
    before: Version = Version()
    undone: str = ""
    """The undo that led here, by the id of its wish."""


class ContentResource:
    """The content of a site, with the one version before it for the undo."""

    kind: ClassVar[str] = "content"
    mends: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 2

    async def apply(self, spec: Content, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """Serve the upload `spec` names, or what stood there before it."""
        unpacker = _unpacker(spec.account, spec.fqdn, machine)
        placed = _read(machine, spec.fqdn)
        if placed is not None:
            await unpacker.settle(placed.now.inode)  # a kill may have stopped us between the record and the exchange
        following = await self._following(spec, placed, unpacker, machine)
        if following != placed:
            _write(machine, spec.fqdn, following)
        if placed is None or following.now != placed.now:
            served = await unpacker.settle(following.now.inode)
            if not served:
                raise TemporaryError(
                    "content.version_gone", "What was to be put in place is no longer there.", "Send the archive again."
                )
        seen = await asyncio.to_thread(htaccess.look, machine.paths.home(spec.account), *_published(spec, machine))
        return Applied(facts={**following.now.facts, **seen.facts, "upload": following.now.upload})

    async def _following(self, spec: Content, placed: Placed | None, unpacker: Unpacker, machine: Machine) -> Placed:
        """What has to be served for `spec`; `placed` itself when that is so already."""
        if spec.restore_previous:
            return await _undone(spec, placed, unpacker)
        if placed is not None and placed.now.upload == spec.upload:
            return msgspec.structs.replace(placed, undone="")
        if placed is not None and placed.undone and placed.before.upload == spec.upload:
            there = await unpacker.previous()
            if there and there == placed.before.inode:  # the undo is taken back
                return Placed(login=str(spec.account), now=placed.before, before=placed.now)
        return await _unpacked(spec, placed, unpacker, machine)

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """Keep the files, which are the site's. `erase`: also forget the version before."""
        fqdn = Fqdn(key)
        placed = _read(machine, fqdn)
        if not erase or placed is None:
            return
        login = Login(placed.login)
        if homes.is_refused(login, machine.paths):
            return  # it is the other's
        if machine.paths.home(login).is_dir():
            await _unpacker(login, fqdn, machine).forget()
        machine.files.remove(_place(machine, fqdn))

    async def drift(self, spec: Content, machine: Machine) -> Drift | None:  # noqa: ARG002 (of the protocol)
        """Never: once in place, the files are the client's to change."""
        return None


async def _unpacked(spec: Content, placed: Placed | None, unpacker: Unpacker, machine: Machine) -> Placed:
    try:
        with await fetch(spec, machine) as archive:
            made = await unpacker.unpack(archive, spec, _docroot(spec, machine))
    except OSError as wrong:
        raise from_os_error(wrong, "content") from wrong
    now = Version(spec.upload, made["inode"], made["facts"])
    return Placed(login=str(spec.account), now=now, before=placed.now if placed else Version())


async def _undone(spec: Content, placed: Placed | None, unpacker: Unpacker) -> Placed:
    if placed is not None and placed.undone == spec.upload:
        return placed
    inode = await unpacker.previous()
    if placed is None or inode == 0:
        raise PermanentError(
            "content.nothing_before",
            f"There is no earlier version of {spec.fqdn} to go back to.",
            "Send an archive.",
            facts={"fqdn": str(spec.fqdn)},
        )
    before = placed.before if placed.before.inode == inode else Version(inode=inode)
    return Placed(login=str(spec.account), now=before, before=placed.now, undone=spec.upload)


def _unpacker(login: Login, fqdn: Fqdn, machine: Machine) -> Unpacker:
    homes.require_none_refused(login, machine)
    home = machine.paths.home(login)
    try:
        owner = home.lstat().st_uid
    except FileNotFoundError:
        raise TemporaryError(
            "content.account_missing",
            f"Account {login} is not on this machine.",
            "Wait for it.",
            facts={"account": str(login)},
        ) from None
    if machine.paths.root == Path("/") and owner < homes.FIRST_UID:
        raise PermanentError(
            "content.account_broken",
            f"{home} belongs to user {owner}, not to an account.",
            "See why.",
            facts={"home": str(home), "uid": owner},
        )
    return Unpacker(machine.run, home, fqdn, owner)


def _docroot(spec: Content, machine: Machine) -> str:
    """The folder that the site publishes, as its link says."""
    links, content = machine.paths.site_links(spec.fqdn), machine.paths.site_content(spec.account, spec.fqdn)
    try:
        target = (links / "docroot").readlink()
        return str(target.relative_to(content)) if target != content else ""
    except (OSError, ValueError):
        return ""


def _published(spec: Content, machine: Machine) -> tuple[str, ...]:
    """The folder that the site publishes, step by step from the account's home."""
    return ("sites", str(spec.fqdn), *filter(None, _docroot(spec, machine).split("/")))


def _place(machine: Machine, fqdn: Fqdn) -> Path:
    return machine.paths.state / "content" / fqdn


def _read(machine: Machine, fqdn: Fqdn) -> Placed | None:
    try:
        return msgspec.json.decode(_place(machine, fqdn).read_bytes(), type=Placed)
    except FileNotFoundError:
        return None


def _write(machine: Machine, fqdn: Fqdn, placed: Placed) -> None:
    place = _place(machine, fqdn)
    machine.files.directory(place.parent, mode=0o700)
    machine.files.write(place, msgspec.json.encode(placed), mode=0o600, durable=True)
