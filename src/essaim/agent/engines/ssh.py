"""sshd and what its door reads: the host key, the authorities, what is revoked, the people's Unix users, the sessions that are open."""

import base64
import contextlib
import grp
import json
import os
import signal
from pathlib import Path
from typing import Any

from essaim.agent.machine import Machine, Paths
from essaim.agent.ssh import certificate, places
from essaim.agent.ssh.places import Places
from essaim.contract import Keys

FIRST_UID, LAST_UID = 15_000, 19_999
"""The numbers of people: below those of accounts, above Debian's own."""
GLASS_UID = 14_999
"""Of the user that the break-glass authority opens."""
GROUP = "essaim-people"
UNIT = "ssh.service"


def where(paths: Paths) -> Places:
    """The places of the door."""
    return Places(paths.root)


def is_here(paths: Paths) -> bool:
    """This machine has sshd, put into service by `install`."""
    return (where(paths).etc / "host_key.pub").exists()


def host_key(paths: Paths) -> str:
    """The machine's public key, without a comment; empty: it has none."""
    try:
        return " ".join((where(paths).etc / "host_key.pub").read_text().split()[:2])
    except FileNotFoundError:
        return ""


def files_of(spec: Keys, revision: int, paths: Paths) -> list[tuple[Path, bytes]]:
    """What the wish is on the disk, what shuts out before what lets in."""
    etc = where(paths).etc
    word = {
        "revision": revision,
        "machine": str(spec.machine),
        "logins": sorted(str(person.login) for person in spec.people),
        "serials": sorted(spec.serials),
        "glass": certificate.fingerprint(base64.b64decode(spec.glass.split()[1])) if spec.glass else "",
    }
    authorities = [*spec.authorities, *([spec.glass] if spec.glass else [])]
    return [
        (etc / "revoked", base64.b64decode(spec.revoked)),
        (etc / "word.json", json.dumps(word).encode()),
        (etc / "authorities", "".join(f"{line}\n" for line in authorities).encode()),
        (etc / "host_key-cert.pub", f"{spec.host_certificate}\n".encode()),
    ]


def users_of(spec: Keys, paths: Paths) -> list[tuple[Path, str]]:
    """Records of the people, by path (systemd.io/USER_RECORD)."""
    found = [(str(person.login), person.uid, person.name) for person in spec.people]
    if spec.glass:
        found.append((places.GLASS, GLASS_UID, "Whoever broke the glass"))
    return [(paths.userdb / f"{login}.user", _record(login, uid, name, paths)) for login, uid, name in found]


def _record(login: str, uid: int, name: str, paths: Paths) -> str:
    user = {
        "userName": login,
        "uid": uid,
        "gid": grp.getgrnam(GROUP).gr_gid,
        "realName": name.replace(":", " ")[:100],
        "homeDirectory": str(paths.people / login),
        "shell": "/bin/bash",
        "disposition": "regular",  # without a password; PAM takes "locked" for an account that has ended
    }
    return json.dumps(user)


def ensure_people(spec: Keys, machine: Machine) -> None:
    """These people have users and homes here, and no other person has. The homes of those who go stay: their numbers are nobody else's ever."""
    files, paths = machine.files, machine.paths
    users = users_of(spec, paths)
    wanted = {path for path, _text in users}
    for record in (*paths.userdb.glob("v_*.user"), *paths.userdb.glob(f"{places.GLASS}.user")):
        if record not in wanted:
            files.remove(paths.userdb / f"{json.loads(record.read_text())['uid']}.user")
            files.remove(record)
    files.directory(paths.people, mode=0o711)
    for path, text in users:
        uid = json.loads(text)["uid"]
        files.directory(paths.people / path.stem, mode=0o700, uid=uid, gid=grp.getgrnam(GROUP).gr_gid)
        files.write(path, text)
        files.symlink(paths.userdb / f"{uid}.user", path.name)


def open_sessions(paths: Paths) -> list[dict[str, Any]]:
    """The records of sessions that have not ended."""
    found = [places.read(path) for path in where(paths).sessions.glob("*.json")]
    return [session for session in found if session and "ended_at" not in session]


def cut(sessions: list[dict[str, Any]], machine: Machine) -> None:
    """End these sessions now, with all that they started, and the connections they came by."""
    spots = where(machine.paths)
    for session in sessions:
        path = spots.sessions / f"{session['id']}.json"
        with contextlib.suppress(OSError):
            places.write(path, {**session, "is_cut": True})
        coming = places.read(spots.comings / str(session["connection"]))
        if coming and coming["started"] == places.started(session["connection"]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(session["connection"], signal.SIGTERM)
    if sessions:
        end_groups([session["id"] for session in sessions], machine)


def end_groups(ids: list[str], machine: Machine) -> None:
    """Nothing that these sessions started runs any more."""
    units = [f"essaim-session-{session}.scope" for session in ids]
    machine.run.run(["systemctl", "kill", "--signal=KILL", *units], check=False)
