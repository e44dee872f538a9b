"""Puts a machine into service: makes its key here, has the manager sign it, writes the credentials, installs and starts.

The seed never leaves the machine: the manager gets the public half and a one-time token.
"""

import json
import os
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from essaim import unanswered
from essaim.agent.errors import AgentError, PermanentError, TemporaryError
from essaim.agent.install import install
from essaim.agent.machine import Config, Machine, Paths
from essaim.contract import ContractError, Enrolled, Enrolment, decode, encode

TIMEOUT_S = 20
ANSWER_BYTES_MAX = 262_144


def main(manager: str, token: str, *, start: bool) -> int:
    """The command `enrol`. Returns the exit status."""
    if os.geteuid() != 0:
        sys.stderr.write("Enrolling a machine writes its configuration: run it as root.\n")
        return 1
    try:
        machine = enrol(manager, token, Paths())
        sys.stdout.write(f"Enrolled as {machine.config.machine} ({', '.join(machine.roles)}).\n")
        for done in install(machine, start=start):
            sys.stdout.write(f"{done}\n")
    except AgentError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.advice}\n")
        return 1
    return 0


def enrol(manager: str, token: str, paths: Paths) -> Machine:
    """Trade the token for credentials and write them.

    Raises:
        PermanentError: the address is odd, the manager refused, or its answer is not one.
        TemporaryError: the manager cannot be reached.
    """
    from essaim.bus.keys import load_or_make_user_key

    paths.etc.mkdir(mode=0o755, parents=True, exist_ok=True)
    key = load_or_make_user_key(paths.etc / "agent.seed")
    asked = Enrolment(token=token, public_key=key.public, hostname=socket.gethostname())
    enrolled = _ask(manager, encode(asked))
    _write(enrolled, paths)
    return Machine(Config.read(paths.etc / "agent.toml"), paths)


def _ask(manager: str, body: bytes) -> Enrolled:
    address = manager.rstrip("/") + "/api/v1/enrolments"
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise PermanentError("enrol.address", f"{manager} is not an address.", "It begins with https:// .")
    request = urllib.request.Request(  # noqa: S310  the scheme is checked above
        address, body, {"Content-Type": "application/json", "Accept": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  the same
            return decode(answer.read(ANSWER_BYTES_MAX), Enrolled)
    except urllib.error.HTTPError as refused:
        with refused:
            raise _refusal(manager, refused.code, refused.read(ANSWER_BYTES_MAX)) from None
    except ContractError as odd:
        raise PermanentError(
            "enrol.answer", f"{manager} answered something else: {odd}", "Is it the manager?"
        ) from None
    except (urllib.error.URLError, TimeoutError, OSError) as away:
        raise TemporaryError(
            "enrol.manager_away",
            f"The manager {manager} cannot be reached: {unanswered.why(away)}.",
            "Check name, port and firewall.",
        ) from None


def _refusal(manager: str, status: int, body: bytes) -> PermanentError:
    """The manager's own words (RFC 9457), when it gave any."""
    try:
        problem = json.loads(body)
        words = str(problem.get("detail") or problem.get("title") or "")
        hint = str(problem.get("hint") or "")
    except (ValueError, AttributeError):
        words, hint = "", ""
    return PermanentError(
        "enrol.refused",
        f"The manager {manager} refused ({status}): {words or 'it did not say why'}",
        hint or "A token serves once and not for long: ask for a new one on the machine's page.",
    )


def _write(enrolled: Enrolled, paths: Paths) -> None:
    """The configuration is written last: a machine that has it has everything else."""
    machine = Machine(Config(machine="", roles=()), paths)

    def write(path: Path, text: str, mode: int) -> None:
        machine.files.write(path, text, mode=mode, durable=True)

    write(paths.etc / "agent.jwt", enrolled.credentials, 0o600)
    write(paths.etc / "bus-ca.pem", enrolled.bus_ca, 0o644)
    if enrolled.prober_ca:
        write(paths.etc / "prober-ca.pem", enrolled.prober_ca, 0o644)
    roles = ", ".join(json.dumps(role) for role in enrolled.roles)
    write(
        paths.etc / "agent.toml",
        f"# Written by `python3 -m essaim.agent enrol`.\nmachine = {json.dumps(str(enrolled.machine))}\n"
        f"roles = [{roles}]\nbus_url = {json.dumps(enrolled.bus_url)}\n",
        0o644,
    )
