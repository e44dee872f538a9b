"""sshd asks whether a certificate opens a user (sshd_config(5), AuthorizedPrincipalsCommand). It has found the certificate signed by
our authority; we say as whom it may come in, and note by which connection.

Answers nothing, which is a refusal, unless the Manager's word is fresh: a machine that was cut off lets nobody in before it
heard what was revoked meanwhile. The break-glass authority alone needs no word: it is for the day when nobody is there to say one. Its certificates
open one user, by role, machine and time like all others.
"""

import os
import sys
import syslog
import time
from pathlib import Path

from essaim.agent.ssh import certificate, places
from essaim.agent.ssh.places import Places

ENTER = "sudo -n /usr/local/lib/essaim/ssh-enter"
ROLES = ("operator", "root")
GLASS_LONGEST_S = 8 * 3600
"""A certificate of the break-glass authority that is good for longer opens nothing: whoever made it left one lying about."""


def answer(user: str, encoded: str, connection: int, where: Places) -> tuple[str, str]:
    """The line for sshd, and why there is none: one of both is empty."""
    try:
        said = certificate.read(encoded)
    except certificate.CertificateUnreadable as wrong:
        return "", f"the certificate cannot be read: {wrong}"
    why = _refused(user, said, where)
    if why:
        return "", f"{said.key_id}: {why}"
    login, role, _serial, *name = said.key_id.split("/", 3)
    noted = {
        "login": login,
        "role": role,
        "serial": said.serial,
        "until": said.valid_before,
        "origin": _peer(connection),
        "started": places.started(connection),
        "authority": said.authority,
        "name": "".join(letter for letter in "".join(name)[:80] if letter.isprintable()),
    }
    places.write(where.comings / str(connection), noted)
    machine = places.read(where.word)["machine"]
    return f'restrict,pty,command="{ENTER}" {login}:{role}@{machine}', ""


def _refused(user: str, said: certificate.Said, where: Places) -> str:
    word = places.read(where.word)
    is_glass = bool(word.get("glass")) and said.authority == word["glass"]
    if not is_glass and not places.is_fresh(where):
        return "the Manager has not said lately who may come in"
    login, *rest = said.key_id.split("/", 3 if is_glass else 2)  # who comes in by the break-glass key says a name
    if (
        len(rest) < (3 if is_glass else 2)
        or rest[0] not in ROLES
        or rest[1] != str(said.serial)
        or not rest[-1].strip()
    ):
        return "its key id is not one of ours"
    role = rest[0]
    if login != user or not places.opens(word, login=login, authority=said.authority):
        return f"it does not open {user} here"
    if is_glass and said.valid_before > time.time() + GLASS_LONGEST_S:
        return "it is good for too long"
    return _no_good(said, f"{login}:{role}@{word['machine']}", word["serials"])


def _no_good(said: certificate.Said, principal: str, revoked: list[int]) -> str:
    if principal not in said.principals:
        return "it is for another machine"
    if said.serial in revoked:
        return "it is revoked"
    return "" if said.valid_before > time.time() else "its time is over"


def _peer(connection: int) -> str:
    """The address at the other end of a connection of sshd's (proc(5), /proc/net/tcp)."""
    try:
        sockets = {os.readlink(entry) for entry in Path(f"/proc/{connection}/fd").iterdir()}  # noqa: PTH115  no path
        for name in ("tcp6", "tcp"):
            for line in Path(f"/proc/{connection}/net/{name}").read_text().splitlines()[1:]:
                fields = line.split()
                if f"socket:[{fields[9]}]" in sockets:
                    return _address(fields[2].partition(":")[0])
    except OSError:
        pass
    return ""


def _address(words: str) -> str:
    """From the kernel's hexadecimal, 32 bits at a time in the machine's order."""
    import socket

    data = b"".join(int(words[n : n + 8], 16).to_bytes(4, sys.byteorder) for n in range(0, len(words), 8))
    if len(data) == 4:  # noqa: PLR2004  bytes of an IPv4 address
        return socket.inet_ntop(socket.AF_INET, data)
    return socket.inet_ntop(socket.AF_INET6, data).removeprefix("::ffff:")


def main() -> int:
    """`ssh-door USER CERTIFICATE`. What is refused stands in the journal."""
    user, encoded = sys.argv[1:3]
    line, why = answer(user, encoded, os.getppid(), Places())
    if why:
        syslog.openlog("essaim-ssh", syslog.LOG_PID, syslog.LOG_AUTH)
        syslog.syslog(syslog.LOG_WARNING, f"refused {user}: {why}")
        return 0
    sys.stdout.write(f"{line}\n")
    return 0
