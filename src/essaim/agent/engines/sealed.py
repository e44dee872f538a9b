"""The machine's own key for secrets that are sent to it, and what it opens.

The key is made here, and kept encrypted by `systemd-creds(1)`: with the machine's TPM where it has one, else with a key of root's in
`/var/lib/systemd`. A copy of the disk without that file, or a backup of `/etc`, `/srv` and the manager's database, opens nothing. systemd hands it
to our units; root may open it by hand.
"""

import os
from pathlib import Path

from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine, Paths

NAME = "seal"


def ensure(machine: Machine) -> bool:
    """This machine has a key. True if it was made now.

    Raises:
        TemporaryError: systemd cannot encrypt it.
    """
    from essaim.bus import sealing

    kept, shown = _kept(machine.paths), _public(machine.paths)
    if kept.exists() and shown.exists():
        return False
    secret, public = sealing.new_seal()
    made = machine.run.run(["systemd-creds", "encrypt", f"--name={NAME}", "-", "-"], stdin=secret.encode())
    machine.files.write(kept, made.out, mode=0o600, durable=True)
    machine.files.write(shown, public + "\n", durable=True)
    return True


def public(paths: Paths) -> str:
    """The half that seals for this machine; empty: it has none yet."""
    try:
        return _public(paths).read_text().strip()
    except FileNotFoundError:
        return ""


def opened(sealed: str, machine: Machine) -> bytes:
    """The secret.

    Raises:
        PermanentError: `certificate.own_sealed_for_another`.
        TemporaryError: systemd does not give the key.
    """
    from essaim.bus import sealing
    from essaim.bus.errors import SealBroken

    try:
        return sealing.opened(sealed, _secret(machine))
    except SealBroken:
        raise PermanentError(
            "certificate.own_sealed_for_another",
            "The key of the uploaded certificate was sealed for another machine, or for this one before it was made anew.",
            "Upload certificate and key once more, or use an automatic certificate.",
        ) from None


def _secret(machine: Machine) -> str:
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if given and (file := Path(given) / NAME).is_file() and (text := file.read_text()):
        return text
    words = ["systemd-creds", "decrypt", f"--name={NAME}", str(_kept(machine.paths)), "-"]
    return machine.run.run(words).out.decode()


def _kept(paths: Paths) -> Path:
    return paths.etc / "seal.cred"


def _public(paths: Paths) -> Path:
    return paths.etc / "seal.pub"
