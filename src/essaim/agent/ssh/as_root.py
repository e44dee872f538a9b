"""Becoming root in a session, which needs a reason: `essaim-root` asks for it, and sudo starts us with it.

The reason stands in the journal, in the session's record and, by the bus, in the Manager. An operator may do what `OPERATORS` lists.
"""

import json
import os
import sys
import syslog
import time

from essaim.agent.ssh import places
from essaim.agent.ssh.places import Places

OPERATORS = {
    *(
        ("systemctl", verb, f"essaim-{name}.service")
        for verb in ("restart", "reload")
        for name in ("web", "agent", "logs")
    ),
    ("nginx", "-t", "-c", "/usr/local/share/essaim/nginx.conf"),
    ("essaim-agent", "install"),
}
"""Commands of the role operator, word for word."""
PROGRAMS = {"essaim-agent": "/opt/essaim/bin/essaim-agent"}
LONGEST = 1000


def refusal(reason: str, command: tuple[str, ...], role: str) -> str:
    """Why this may not be, in a sentence; empty: it may."""
    if not reason.strip():
        return "A reason is missing: essaim-root -r 'WHY' [COMMAND...]"
    if role == "root" or (role == "operator" and command in OPERATORS):
        return ""
    listed = "\n".join("  " + " ".join(words) for words in sorted(OPERATORS))
    return (
        f"The role operator may do this as root, and nothing else:\n{listed}" if role == "operator" else "No session."
    )


def note(session: str, reason: str, command: tuple[str, ...], where: Places) -> None:
    """One line more in the session's record."""
    line = json.dumps({"at": time.time(), "reason": reason[:LONGEST], "command": " ".join(command)[:LONGEST]})
    descriptor = os.open(where.sessions / f"{session}.root", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{line}\n")


def main() -> None:
    """`ssh-as-root REASON [COMMAND...]`, by sudo alone."""
    reason, command = (sys.argv[1] if len(sys.argv) > 1 else ""), tuple(sys.argv[2:])
    where, session = Places(), places.session_id_of("self")
    record = places.read(where.sessions / f"{session}.json") if session else {}
    why = refusal(reason, command, record.get("role", ""))
    if why:
        sys.stderr.write(f"{why}\n")
        sys.exit(77)  # EX_NOPERM
    note(session, reason.strip(), command, where)
    syslog.openlog("essaim-ssh", syslog.LOG_PID, syslog.LOG_AUTH)
    shown = " ".join(command) or "a shell"
    syslog.syslog(
        syslog.LOG_NOTICE, f"root in session {session} of {record['login']}: {shown}: {reason.strip()[:LONGEST]}"
    )
    os.environ.update(HOME="/root", USER="root", LOGNAME="root")
    words = [PROGRAMS.get(command[0], command[0]), *command[1:]] if command else ["/bin/bash", "-l"]
    os.execvp(words[0], words)  # noqa: S606  no shell is wanted
