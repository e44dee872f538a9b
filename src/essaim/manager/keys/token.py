"""An authority whose key is in a PKCS#11 token: a smart card, a YubiKey, an HSM, SoftHSM. OpenSSH itself speaks to it (ssh-keygen(1),
`-D`), and the key never comes out. Its public half is kept beside, so that revoking needs no token: only signing does.
"""

import os
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from essaim.manager.keys.errors import TokenAway

PATIENCE_S = 20
ASK = '#!/bin/sh\nexec cat "$ESSAIM_PIN_FILE"\n'
"""What OpenSSH asks for the PIN (SSH_ASKPASS): the PIN is neither in an argument nor in the environment."""


class Token(NamedTuple):
    """Where the keys are: the module (a shared library), what their labels begin with, and the file with the PIN."""

    module: str
    label: str
    pin_file: str


class TokenAuthority:
    """One of the two keys, in a token under the label `LABEL-people` or `LABEL-machines`. ECDSA or RSA."""

    def __init__(self, whom: str, token: Token, folder: Path) -> None:
        self.whom = whom
        self._token, self._folder = token, folder
        self._label = f"{token.label}-{whom}"

    @property
    def public(self) -> str:
        """As `ecdsa-sha2-nistp256 AAAA...`: from the token the first time, from the disk ever after.

        Raises:
            TokenAway: it was never read.
        """
        kept = self._folder / f"{self._label}.pkcs11.pub"
        if kept.exists():
            return kept.read_text().strip()
        public = self._read()
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = kept.with_name(f".{kept.name}.{os.getpid()}")
        beside.write_text(f"{public}\n")
        beside.replace(kept)
        return public

    def sign(
        self,
        key: Ed25519PublicKey,
        *,
        key_id: str,
        serial: int,
        principals: list[str],
        begins: datetime,
        ends: datetime,
    ) -> str:
        """A certificate about `key`, as OpenSSH reads it. One for a person allows a terminal, and nothing else.

        Raises:
            TokenAway: it is not there, does not hold the key any more, or refuses the PIN.
        """
        public = self.public
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            (folder / "authority.pub").write_text(f"{public}\n")
            (folder / "key.pub").write_bytes(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n")
            kind = ["-h"] if self.whom == "machines" else ["-O", "clear", "-O", "permit-pty"]
            words = ["-q", "-s", str(folder / "authority.pub"), "-D", self._token.module, *kind]
            words += ["-I", key_id, "-z", str(serial), "-n", ",".join(principals)]
            self._ssh_keygen([*words, "-V", f"{_moment(begins)}:{_moment(ends)}", str(folder / "key.pub")], folder)
            return " ".join((folder / "key-cert.pub").read_text().split()[:2])

    def _read(self) -> str:
        listed = self._ssh_keygen(["-D", self._token.module], None).splitlines()
        found = [line.split(" ", 2) for line in listed if line.count(" ") >= 2]  # noqa: PLR2004  kind, key, label
        public = next((f"{kind} {data}" for kind, data, label in found if label.strip() == self._label), "")
        if not public:
            labels = ", ".join(label.strip() for _kind, _data, label in found) or "none"
            raise TokenAway(why=f"it has no public key with the label {self._label}; it has: {labels}")
        return public

    def _ssh_keygen(self, words: list[str], folder: Path | None) -> str:
        environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        if folder is not None:
            ask = folder / "ask"
            ask.write_text(ASK)
            ask.chmod(0o700)
            environment |= {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
            environment |= {"ESSAIM_PIN_FILE": self._token.pin_file}
            if not os.access(self._token.pin_file, os.R_OK):
                raise TokenAway(
                    why=f"the file of its PIN, {self._token.pin_file or 'which none is named'}, cannot be read"
                )
        try:
            ran = subprocess.run(
                ["ssh-keygen", *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except FileNotFoundError:
            raise TokenAway(why="ssh-keygen is not installed (Debian's openssh-client)") from None
        except subprocess.TimeoutExpired:
            raise TokenAway(why=f"it did not answer within {PATIENCE_S} seconds") from None
        if ran.returncode != 0:
            raise TokenAway(why=" ".join(ran.stderr.split())[-300:] or "ssh-keygen failed without a word")
        return ran.stdout


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")
