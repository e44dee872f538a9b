"""Who may do what on the bus: operator, accounts, users, their keys on disk, and the certificate of the server.

`keys/` is the manager's alone. `server/` is what nats-server reads: no seed is in it. All of this is files and
signatures; what has to reach a running server is sent by `ManagerBus`.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from essaim.bus import config, jwt, subjects
from essaim.bus.connection import Credentials
from essaim.bus.errors import AuthorityError
from essaim.bus.keys import Key, Role, load_key, new_key, public_bytes, save_key
from essaim.bus.tls import make_authority, make_server_certificate
from essaim.contract import MachineName

FOR_EVER = 253_402_300_799
"""The last second of the year 9999: a revoked key stays so, whatever a clock says."""
SUBSCRIPTIONS_MAX = 32
_NO_LIMIT = -1
_OWN_KEYS: dict[str, Role] = {
    "operator": "operator",
    "account": "account",
    "system": "account",
    "manager": "user",
    "system-user": "user",
}


class Ledger(msgspec.Struct):
    """What was issued and taken back. `issued` has every key a machine ever had."""

    issued: dict[str, list[str]] = {}
    revoked: dict[str, int] = {}
    claims_at: int = 0


@dataclass(frozen=True)
class Revocation:
    """New claims of the account, still to be pushed, and the keys that they refuse."""

    claims: str
    public_keys: tuple[str, ...]


class Authority:
    """The bus' keys below one directory. Several processes may use it at once."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._keys = self.path / "keys"
        self._server = self.path / "server"

    @property
    def exists(self) -> bool:
        """`create` came to its end here."""
        return (self._server / "preload.conf").exists()

    @property
    def ca_path(self) -> Path:
        """Certificate that machines and manager verify the server with."""
        return self._server / "ca.pem"

    @property
    def config_path(self) -> Path:
        """What nats-server is started with."""
        return self._server / "nats.conf"

    def create(self, *, names: Sequence[str] = ("localhost", "127.0.0.1", "::1")) -> None:
        """Make every key, token and certificate; `names` are the host names and addresses of the server.

        Raises:
            AuthorityError: there is one already.
        """
        if self.exists:
            raise AuthorityError(f"{self.path} holds an authority already.")
        self._keys.mkdir(parents=True, mode=0o700, exist_ok=True)
        self._server.mkdir(mode=0o750, exist_ok=True)
        for name, role in _OWN_KEYS.items():
            self._make_key(name, role)
        ca, ca_key = make_authority()
        _write(self.ca_path, ca, mode=0o644)
        _write(self._keys / "ca.key", ca_key, mode=0o600)
        self.renew_server_certificate(names=names)
        self._issue_own_tokens()
        self.write_claims()

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
        text = self.server_config(listen=listen, store=store, name=name, max_file=max_file)
        _write(self.config_path, text.encode(), mode=0o640)
        return self.config_path

    def enrol(self, machine: MachineName, public_key: str, *, expires_at: int | None = None) -> str:
        """The token with which the holder of `public_key` is `machine` on the bus, and nobody else.

        Raises:
            AuthorityError: not a user's public key, or one that was revoked or is another machine's.
        """
        public_bytes(public_key, "user")
        with self._ledger() as ledger:
            if public_key in ledger.revoked:
                raise AuthorityError("This key was revoked. Make a new one on the machine.")
            if any(public_key in keys for owner, keys in ledger.issued.items() if owner != machine):
                raise AuthorityError("This key is another machine's.")
            ledger.issued.setdefault(machine, [])
            if public_key not in ledger.issued[machine]:
                ledger.issued[machine].append(public_key)
        return jwt.sign(
            subject=public_key, name=machine, nats=_machine_claims(machine), signer=self._key("account"),
            expires_at=expires_at,
        )  # fmt: skip

    def revoke(
        self, machine: MachineName | None = None, *, public_key: str | None = None, keep: str = ""
    ) -> Revocation:
        """Refuse every key that `machine` ever had (but `keep`), or one `public_key`, for ever; push the claims."""
        with self._ledger() as ledger:
            keys = [*ledger.issued.get(machine, [])] if machine is not None else []
            if public_key is not None:
                public_bytes(public_key, "user")
                keys.append(public_key)
            keys = [key for key in keys if key != keep]
            ledger.revoked.update(dict.fromkeys(keys, FOR_EVER))
            ledger.claims_at = max(ledger.claims_at + 1, int(time.time()))
            claims = self._write_claims(ledger)
        return Revocation(claims, tuple(keys))

    def keys_of(self, machine: MachineName) -> tuple[str, ...]:
        """Public keys that were issued to `machine` and not revoked."""
        with self._ledger() as ledger:
            return tuple(key for key in ledger.issued.get(machine, []) if key not in ledger.revoked)

    def claims(self) -> str:
        """The account's claims as they stand on disk."""
        return (self._server / "account.jwt").read_text().strip()

    def write_claims(self) -> str:
        """Sign the account's claims anew and write what the server starts from."""
        with self._ledger() as ledger:
            ledger.claims_at = max(ledger.claims_at + 1, int(time.time()))
            return self._write_claims(ledger)

    def manager_credentials(self) -> Credentials:
        """Of the user that may do everything in the machines' account."""
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

    def _issue_own_tokens(self) -> None:
        operator, system = self._key("operator"), self._key("system")
        claims = {"type": "operator", "system_account": system.public}
        token = jwt.sign(subject=operator.public, name="essaim", nats=claims, signer=operator)
        _write(self._server / "operator.jwt", token.encode(), mode=0o644)
        self._issue_user("manager", self._key("account"), publishes=[">"], subscribes=[">"])
        inbox = f"{subjects.SYSTEM_INBOX}.>"
        self._issue_user("system-user", system, publishes=[subjects.CLAIMS_UPDATE], subscribes=[inbox])

    def _issue_user(self, name: str, account: Key, *, publishes: list[str], subscribes: list[str]) -> None:
        claims = _user_claims(publishes, subscribes, subscriptions=_NO_LIMIT)
        token = jwt.sign(subject=self._key(name).public, name=name, nats=claims, signer=account)
        _write(self._keys / f"{name}.jwt", token.encode(), mode=0o600)

    def _write_claims(self, ledger: Ledger) -> str:
        operator, account, system = self._key("operator"), self._key("account"), self._key("system")
        token = jwt.sign(
            subject=account.public, name="essaim", nats=_account_claims(ledger.revoked), signer=operator,
            issued_at=ledger.claims_at,
        )  # fmt: skip
        claims = _account_claims({}) | {"limits": _limits(disk=0)}
        of_system = jwt.sign(subject=system.public, name="system", nats=claims, signer=operator, issued_at=1)
        preload = config.preload_config({account.public: token, system.public: of_system})
        _write(self._server / "account.jwt", token.encode(), mode=0o644)
        _write(self._server / "preload.conf", preload.encode(), mode=0o644)
        return token

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        """The ledger, locked; written back when the block ends well and changed it."""
        path = self._keys / "ledger.json"
        with (self._keys / "ledger.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = path.read_bytes() if path.exists() else b"{}"
            ledger = msgspec.json.decode(before, type=Ledger)
            yield ledger
            after = msgspec.json.encode(ledger)
            if after != before:
                _write(path, after, mode=0o600)


def _write(path: Path, data: bytes, *, mode: int) -> None:
    """Replace a file as a whole, keeping the group that the directory's owner gave it."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    temporary.replace(path)


def _user_claims(publishes: list[str], subscribes: list[str], *, subscriptions: int) -> jwt.Claims:
    return {
        "type": "user", "pub": {"allow": publishes}, "sub": {"allow": subscribes},
        "subs": subscriptions, "data": _NO_LIMIT, "payload": _NO_LIMIT,
    }  # fmt: skip


def _machine_claims(machine: MachineName) -> jwt.Claims:
    publishes, subscribes = subjects.machine_publishes(machine), subjects.machine_subscribes(machine)
    return _user_claims(publishes, subscribes, subscriptions=SUBSCRIPTIONS_MAX)


def _limits(*, disk: int) -> jwt.Claims:
    return {
        "subs": _NO_LIMIT, "data": _NO_LIMIT, "payload": _NO_LIMIT, "imports": _NO_LIMIT, "exports": _NO_LIMIT,
        "wildcards": True, "disallow_bearer": True, "conn": _NO_LIMIT, "leaf": 0,
        "mem_storage": 0, "disk_storage": disk, "streams": _NO_LIMIT, "consumer": _NO_LIMIT,
    }  # fmt: skip


def _account_claims(revoked: dict[str, int]) -> jwt.Claims:
    claims: jwt.Claims = {"type": "account", "limits": _limits(disk=_NO_LIMIT)}
    return claims | ({"revocations": revoked} if revoked else {})
