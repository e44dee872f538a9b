"""Begins a session, as root: sudo(8) has started us for the person who came in, and records what the session prints.

The session gets a control group of its own, so that all it started ends with it, and the group of its role, by which sudo knows what it
may do. Who it is, the door has noted; the environment is not believed, but for the command to run.
"""

import contextlib
import grp
import os
import pwd
import re
import secrets
import sys
import syslog
import time
from pathlib import Path
from typing import Any

from essaim.agent.ssh import places
from essaim.agent.ssh.places import Places

GROUPS = {
    "operator": ("essaim-operator", "systemd-journal", "adm"),
    "root": ("essaim-operator", "essaim-root", "systemd-journal", "adm"),
}
"""What a role adds to the person's own group. Nobody is in them otherwise."""
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


def begin(pid: int, login: str, command: str, where: Places) -> dict[str, Any] | None:
    """Note the session that the process `pid` is to become; None: it may not begin."""
    coming = places.coming_of(pid, where)
    if not coming or coming["login"] != login:
        return None
    session = {
        "id": secrets.token_hex(8),
        "pid": pid,
        "started": places.started(pid),
        "connection": _connection(pid, where),
        "opened_at": time.time(),
        "command": command[:4000],
        "recording": _recording(pid, where),
        **{name: coming.get(name, "") for name in ("login", "role", "serial", "origin", "authority", "name")},
    }
    path = where.sessions / f"{session['id']}.json"
    places.write(path, session)  # before the look: what is revoked from here on finds it
    word = places.read(where.word)
    is_open = places.opens(word, login=login, authority=session["authority"])
    if is_open and coming["serial"] not in word["serials"] and time.time() < coming["until"]:
        return session
    path.unlink()  # the connection outlived its certificate
    return None


def keep_use(session: dict[str, Any], where: Places) -> None:
    """Note that the break-glass key was used, until the Manager has heard of it. A full disk keeps nobody out: that may be why they come."""
    with contextlib.suppress(OSError):
        where.glass.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = ("id", "name", "serial", "origin", "command", "opened_at")
        places.write(where.glass / f"{session['id']}.json", {name: session[name] for name in kept})


def _connection(pid: int, where: Places) -> int:
    return next(ancestor for ancestor in places.ancestors(pid) if (where.comings / str(ancestor)).exists())


def _recording(pid: int, where: Places) -> str:
    """The directory that sudo writes this session to: it has files open there."""
    for ancestor in places.ancestors(pid):
        try:
            for entry in Path(f"/proc/{ancestor}/fd").iterdir():
                target = entry.readlink()
                if target.is_relative_to(where.recordings):
                    return str(where.recordings.joinpath(*target.relative_to(where.recordings).parts[:2]))
        except OSError:
            continue
    return ""


def words(session: dict[str, Any], environment: dict[str, str]) -> list[str]:
    """The argument list that the session becomes."""
    user = pwd.getpwnam(session["login"])
    groups = [user.pw_gid, *_numbers(session["role"])]
    own = {
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": "/bin/bash",
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "ESSAIM_ROLE": session["role"],
        **{name: environment[name] for name in ("TERM",) if re.fullmatch(r"[\w.+-]{1,40}", environment.get(name, ""))},
    }
    scope = f"--unit=essaim-session-{session['id']}"
    return [
        *("systemd-run", "--scope", "--quiet", "--collect", scope, "--slice=essaim-people.slice"),
        *("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", f"--groups={','.join(map(str, groups))}"),
        *("env", "-i", *(f"{name}={value}" for name, value in own.items())),
        *(["/bin/bash", "-c", session["command"]] if session["command"] else ["/bin/bash", "-l"]),
    ]


def _numbers(role: str) -> list[int]:
    found = []
    for name in GROUPS[role]:
        try:
            found.append(grp.getgrnam(name).gr_gid)
        except KeyError:
            continue
    return found


def main() -> None:
    """`ssh-enter`, by sudo alone."""
    syslog.openlog("essaim-ssh", syslog.LOG_PID, syslog.LOG_AUTH)
    login, command = os.environ.get("SUDO_USER", ""), os.environ.get("SSH_ORIGINAL_COMMAND", "")
    session = begin(os.getpid(), login, command, Places())
    if session is None:
        syslog.syslog(syslog.LOG_WARNING, f"no session for {login}: no certificate that is good opened it")
        sys.stderr.write("This certificate does not open a session any more.\n")
        sys.exit(77)  # EX_NOPERM
    said = f"session {session['id']} of {login} as {session['role']} from {session['origin']}"
    syslog.syslog(syslog.LOG_NOTICE, f"{said}: {session['command'] or 'a shell'}")
    if login == places.GLASS:
        keep_use(session, Places())
        syslog.syslog(syslog.LOG_ALERT, f"THE BREAK-GLASS KEY WAS USED by {session['name']}: {said}")
        sys.stderr.write("You came in with the break-glass key. It is written down, and the whole team is told.\n")
    argv = words(session, dict(os.environ))
    os.execvp(argv[0], argv)  # noqa: S606  no shell is wanted
