"""One authority as one thread speaks with it, and the account there.

Each thread has connections and nonces of its own: the library's are not made for several threads at once. All threads
share the account, whose key is made at first use; the operator agrees to the terms by setting the directory URL.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from acme import client, errors, messages
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from josepy import jwa, jwk
from josepy.interfaces import JSONDeSerializable
from josepy.json_util import field
from josepy.util import ComparableECKey

from essaim.agent.acme.keys import hmac_key
from essaim.agent.acme.problems import unbound

NONCE_TRIES = 6
REQUEST_TIMEOUT_S = 30
_USER_AGENT = "essaim-agent"


class _Network(client.ClientNetwork):
    """The library's network with more patience for rejected nonces (RFC 8555, 6.5) and a memory for `Retry-After`."""

    retry_after: str | None = None

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        for tries_left in reversed(range(NONCE_TRIES)):
            try:
                return self._post_once(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce" or not tries_left:
                    raise
        raise AssertionError

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        response = super()._send_request(method, url, *args, **kwargs)
        self.retry_after = response.headers.get("Retry-After")
        return response


class _NewOrder(messages.NewOrder):
    """An order that says which certificate it takes the place of (RFC 9773, section 5)."""

    replaces: str | None = field("replaces", omitempty=True)


class Session(client.ClientV2):
    """The library's client, and what it lacks."""

    replaces = ""
    """Id of the certificate whose place the next order takes; empty: of none."""

    def _post(self, url: str, obj: JSONDeSerializable, **kwargs: Any) -> requests.Response:
        if isinstance(obj, messages.NewOrder) and self.replaces:
            obj = _NewOrder(**{**obj, "replaces": self.replaces})
        return super()._post(url, obj, **kwargs)

    @property
    def suggests_renewal(self) -> bool:
        """The authority says when to renew, and is to be told what an order replaces."""
        return "renewalInfo" in self.directory.to_partial_json()

    def order_at(self, url: str) -> messages.Order:
        """An order as it stands now."""
        order: messages.Order = messages.Order.from_json(self._post_as_get(url).json())
        return order

    def authorization_at(self, url: str) -> messages.Authorization:
        """An authorisation as it stands now."""
        found: messages.Authorization = messages.Authorization.from_json(self._post_as_get(url).json())
        return found

    def chain_at(self, url: str) -> str:
        """The certificate and its issuers, PEM."""
        return str(self._post_as_get(url).text)


class Directory:
    """An authority, known by its directory URL."""

    def __init__(self, url: str, *, contact: str, key_id: str, state: Path, keys: Path, authorities: str) -> None:
        """`state`: where accounts are kept. `key_id`: of the external account binding, whose key is in the file `keys`; empty for
        none. `authorities`: PEM file of who may have signed the authority's own TLS.
        """
        self._url = url
        self._contact = contact
        self._key_id = key_id
        known_as = f"{url} {key_id}" if key_id else url
        self._place = state / hashlib.sha256(known_as.encode()).hexdigest()[:32]
        self._keys = keys
        self._authorities = authorities
        self._own = threading.local()
        self._lock = threading.Lock()
        self._meta: messages.Directory | None = None
        self._account: messages.RegistrationResource | None = None
        self._key: jwk.JWK | None = None

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """This thread's client, with an account. An account the authority has forgotten is made again next time."""
        session = self._session()
        try:
            yield session
        except messages.Error as error:
            if error.code == "accountDoesNotExist":
                self._forget_account()
            raise

    @property
    def retry_after(self) -> str | None:
        """The `Retry-After` header of this thread's last answer."""
        network = getattr(self._own, "network", None)
        return network.retry_after if network is not None else None

    def opened(self) -> tuple[client.ClientNetwork, messages.Directory]:
        """This thread's connections, and what the authority offers; nothing is asked in the name of an account."""
        with self._lock:
            return self._opened()

    def _opened(self) -> tuple[_Network, messages.Directory]:
        if self._key is None:
            self._key = _key_at(self._place)
        if getattr(self._own, "network", None) is None:
            self._own.network = _Network(
                self._key, alg=jwa.ES256, verify_ssl=self._authorities,  # type: ignore[arg-type]  # a path works as well
                user_agent=_USER_AGENT,
                timeout=REQUEST_TIMEOUT_S,
            )  # fmt: skip
        if self._meta is None:
            self._meta = client.ClientV2.get_directory(self._url, self._own.network)
        return self._own.network, self._meta

    def _session(self) -> Session:
        with self._lock:  # one thread registers, the others wait for it
            network, services = self._opened()
            session = Session(services, network)
            if self._account is None:
                self._account = self._registered(session)
            network.account = self._account
            return session

    def _registered(self, session: Session) -> messages.RegistrationResource:
        known = self._place / "account.json"
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
            return _account(json.loads(known.read_text())["uri"])
        session.net.account = None
        wanted = messages.NewRegistration.from_data(
            email=self._contact or None, terms_of_service_agreed=True, external_account_binding=self._binding(session)
        )
        try:
            uri = session.new_account(wanted).uri
        except errors.ConflictError as known_already:
            uri = known_already.location
        _write(known, json.dumps({"uri": uri}).encode())
        return _account(uri)

    def _binding(self, session: Session) -> dict[str, Any] | None:
        """The account's key, signed with the key that the authority gave for this (RFC 8555, section 7.3.4)."""
        if not self._key_id:
            return None
        secret = hmac_key(self._keys, self._url, self._key_id)
        if not secret:
            raise unbound(self._url, self._key_id)
        public = _key_at(self._place).public_key()
        return messages.ExternalAccountBinding.from_data(public, self._key_id, secret, session.directory)

    def _forget_account(self) -> None:
        with self._lock:
            self._account = None
            (self._place / "account.json").unlink(missing_ok=True)


def _account(uri: str) -> messages.RegistrationResource:
    return messages.RegistrationResource(uri=uri, body=messages.Registration())


def _key_at(place: Path) -> jwk.JWK:
    """The account's key, made when there is none."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / "account.pem"
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        kept = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        _write(path, made.private_bytes(serialization.Encoding.PEM, *kept))
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not a key of ours")
    return jwk.JWKEC(key=ComparableECKey(key))


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    beside.replace(path)
