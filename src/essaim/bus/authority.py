"""Who may do what on the bus: operator, accounts, users, their keys on disk, and the certificate of the server.

`keys/` is the manager's alone. `server/` is what nats-server reads: no signing seed is in it. All of this is files and
signatures; what has to reach a running server is sent by `ManagerBus`.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from essaim.bus import claims, config, jwt, subjects
from essaim.bus.connection import Credentials
from essaim.bus.errors import AuthorityError
from essaim.bus.keys import Key, Role, load_key, new_key, public_bytes, save_key
from essaim.bus.tls import make_authority, make_server_certificate
from essaim.contract import MachineName

_OWN_KEYS: dict[str, Role] = {
    "operator": "operator",
    "account": "account",
    "system": "account",
    "manager": "user",
    "system-user": "user",
}


class _Machine(msgspec.Struct):
    issued: list[str] = []
    """Every public key it ever had."""
    revoked: list[str] = []
    claims_at: int = 0


class _Ledger(msgspec.Struct):
    machines: dict[str, _Machine] = {}


class Authority:
    """The bus' keys below one directory. Several processes may use it at once."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._keys = self.path / "keys"
        self._server = self.path / "server"
        self._claims = self._server / "claims"

    @property
    def exists(self) -> bool:
        """`create` came to its end here."""
        return (self._server / "preload.conf").exists()

    @property
    def ca_path(self) -> Path:
        """Certificate that machines and manager verify the server with."""
        return self._server / "ca.pem"

    @property
    def server_path(self) -> Path:
        """The directory that nats-server must be able to read."""
        return self._server

    def create(self, *, names: Sequence[str] = ("localhost", "127.0.0.1", "::1")) -> None:
        """Make every key, token and certificate; `names` are the host names and addresses of the server.

        Raises:
            AuthorityError: there is one already.
        """
        if self.exists:
            raise AuthorityError(f"{self.path} holds an authority already.")
        (self._keys / "machines").mkdir(parents=True, mode=0o700, exist_ok=True)
        self._keys.chmod(0o700)
        self._claims.mkdir(parents=True, exist_ok=True)
        for name, role in _OWN_KEYS.items():
            self._make_key(name, role)
        ca, ca_key = make_authority()
        _write(self.ca_path, ca, mode=0o644)
        _write(self._keys / "ca.key", ca_key, mode=0o600)
        self.renew_server_certificate(names=names)
        self._issue_own_tokens()
        self._write_preload()

    def renew_server_certificate(self, *, names: Sequence[str]) -> None:
        """A new certificate and key for the server, under `names`. A running server takes it at its next reload."""
        ca_key = (self._keys / "ca.key").read_bytes()
        certificate, key = make_server_certificate(names, ca_pem=self.ca_path.read_bytes(), ca_key_pem=ca_key)
        _write(self._server / "tls.key", key, mode=0o640)
        _write(self._server / "tls.pem", certificate, mode=0o644)

    def server_config(self, *, listen: str, store: str | Path, name: str = "essaim-bus", max_file: str = "20GB") -> str:
        """The text of nats.conf. `store` is a directory of the server's own; `listen` is `host:port`."""
        here = self._server.resolve()
        return config.server_config(
            name=name, listen=listen, max_file=max_file, store=str(store), system_account=self._key("system").public,
            cert=str(here / "tls.pem"), key=str(here / "tls.key"), operator=str(here / "operator.jwt"),
        )  # fmt: skip

    def write_server_config(
        self, *, listen: str, store: str | Path, name: str = "essaim-bus", max_file: str = "20GB"
    ) -> Path:
        """Put `server_config` where nats-server is started with it."""
        path = self._server / "nats.conf"
        text = self.server_config(listen=listen, store=store, name=name, max_file=max_file)
        _write(path, text.encode(), mode=0o644)
        return path

    def enrol(self, machine: MachineName, public_key: str, *, expires_at: int | None = None) -> str:
        """The token with which the holder of `public_key` is `machine` on the bus, and nobody else.

        The first one makes the machine's account: a running server learns of it by `ManagerBus.ensure_machine`.

        Raises:
            AuthorityError: not a user's public key, or one that was revoked or is another machine's.
        """
        public_bytes(public_key, "user")
        with self._ledger() as ledger:
            owner = _owner(ledger, public_key)
            if owner not in (None, machine):
                raise AuthorityError("This key is another machine's.")
            known = ledger.machines.setdefault(machine, _Machine())
            if public_key in known.revoked:
                raise AuthorityError("This key was revoked. Make a new one on the machine.")
            if owner is None:
                known.issued.append(public_key)
            if not self._claims_of(machine).exists():
                self._make_key(f"machines/{machine}", "account")
                self._write_machine_claims(machine, known)
        return jwt.sign(
            subject=public_key, name=machine, nats=claims.machine_user(machine),
            signer=self._key(f"machines/{machine}"), expires_at=expires_at,
        )  # fmt: skip

    def revoke(
        self, machine: MachineName | None = None, *, public_key: str | None = None, keep: str = ""
    ) -> tuple[str, ...]:
        """Refuse every key that `machine` ever had (but `keep`), or one `public_key`, for ever. The keys now refused.

        A running server learns of it by `ManagerBus.push_claims`.
        """
        with self._ledger() as ledger:
            if public_key is not None:
                owner = _owner(ledger, public_key)
                machine = machine if owner is None else MachineName(owner)
            known = ledger.machines.get(machine) if machine is not None else None
            if machine is None or known is None:
                return ()
            keys = [public_key] if public_key is not None else [key for key in known.issued if key != keep]
            known.revoked = list(dict.fromkeys([*known.revoked, *keys]))
            self._write_machine_claims(machine, known)
            return tuple(keys)

    def keys_of(self, machine: MachineName) -> tuple[str, ...]:
        """Public keys that were issued to `machine` and not revoked."""
        with self._ledger() as ledger:
            known = ledger.machines.get(machine, _Machine())
            return tuple(key for key in known.issued if key not in known.revoked)

    def claims(self, machine: MachineName | None = None) -> list[str]:
        """The claims of every account as they stand on disk, or of one machine's; none for one never enrolled."""
        paths = sorted(self._claims.glob("*.jwt")) if machine is None else [self._claims_of(machine)]
        return [path.read_text().strip() for path in paths if path.exists()]

    def manager_credentials(self) -> Credentials:
        """Of the user that may do everything in the host's account."""
        return Credentials(self._keys / "manager.jwt", self._keys / "manager.seed")

    def system_credentials(self) -> Credentials:
        """Of the user that may push claims, and nothing else."""
        return Credentials(self._keys / "system-user.jwt", self._keys / "system-user.seed")

    def _make_key(self, name: str, role: Role) -> None:
        path = self._keys / f"{name}.seed"
        if not path.exists():  # an interrupted `create` goes on with the keys it made
            save_key(new_key(role), path)

    def _key(self, name: str) -> Key:
        return load_key(self._keys / f"{name}.seed")

    def _claims_of(self, machine: MachineName) -> Path:
        return self._claims / f"machine.{machine}.jwt"

    def _issue_own_tokens(self) -> None:
        operator, host, system = self._key("operator"), self._key("account"), self._key("system")
        token = jwt.sign(subject=operator.public, name="essaim", nats=claims.operator(system.public), signer=operator)
        _write(self._server / "operator.jwt", token.encode(), mode=0o644)
        for name, key, of_account in (
            ("host", host, claims.host_account()),
            ("system", system, claims.system_account()),
        ):
            token = jwt.sign(subject=key.public, name=name, nats=of_account, signer=operator)
            _write(self._claims / f"{name}.jwt", token.encode(), mode=0o644)
        self._issue_user("manager", host, publishes=[">"], subscribes=[">"])
        inbox = f"{subjects.SYSTEM_INBOX}.>"
        self._issue_user("system-user", system, publishes=[subjects.CLAIMS_UPDATE], subscribes=[inbox])

    def _issue_user(self, name: str, account: Key, *, publishes: list[str], subscribes: list[str]) -> None:
        of_user = claims.user(publishes, subscribes)
        token = jwt.sign(subject=self._key(name).public, name=name, nats=of_user, signer=account)
        _write(self._keys / f"{name}.jwt", token.encode(), mode=0o600)

    def _write_machine_claims(self, machine: MachineName, known: _Machine) -> None:
        """Sign the machine's account anew. The server keeps the newer of two by their second, so seconds only grow."""
        known.claims_at = max(known.claims_at + 1, int(time.time()))
        of_account = claims.machine_account(machine, host=self._key("account").public, revoked=known.revoked)
        token = jwt.sign(
            subject=self._key(f"machines/{machine}").public, name=machine, nats=of_account,
            signer=self._key("operator"), issued_at=known.claims_at,
        )  # fmt: skip
        _write(self._claims_of(machine), token.encode(), mode=0o644)
        self._write_preload()

    def _write_preload(self) -> None:
        """What a server that lost its store starts from."""
        operator = self._key("operator").public
        accounts = {str(jwt.verify(token, issuer=operator)["sub"]): token for token in self.claims()}
        _write(self._server / "preload.conf", config.preload_config(accounts).encode(), mode=0o644)

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[_Ledger]:
        """The ledger, locked; written back when the block ends well and changed it."""
        path = self._keys / "ledger.json"
        with (self._keys / "ledger.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = path.read_bytes() if path.exists() else b"{}"
            ledger = msgspec.json.decode(before, type=_Ledger)
            yield ledger
            after = msgspec.json.encode(ledger, enc_hook=str)
            if after != before:
                _write(path, after, mode=0o600)


def _owner(ledger: _Ledger, public_key: str) -> str | None:
    return next((name for name, known in ledger.machines.items() if public_key in known.issued), None)


def _write(path: Path, data: bytes, *, mode: int) -> None:
    """Replace a file as a whole, on disk when this returns; a secret is never readable by others, not for a moment."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    temporary.replace(path)
