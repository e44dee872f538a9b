"""A small ACME authority on loopback (RFC 8555 without the cryptography of requests): each part can be made to misbehave."""

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import http.server
import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PREFIX = "urn:ietf:params:acme:error:"


class Refusal(Exception):
    """A problem document to answer with."""

    def __init__(self, kind: str, detail: str, status: int = 400, **headers: str) -> None:
        super().__init__(detail)
        self.document = {"type": PREFIX + kind, "detail": detail}
        self.status = status
        self.headers = headers


@dataclass
class Authority:
    """State and switches. `answers` is where challenges are looked for."""

    answers: Path
    nonces_rejected: int = 0
    refusals: dict[str, Refusal] = field(default_factory=dict)
    """Path's first part to what is answered there."""
    polls_pending: int = 0
    """How often an authorisation and an order are still pending when looked at."""
    lifetime_days: int = 90
    accounts_forgotten: bool = False
    names_refused: dict[str, str] = field(default_factory=dict)
    another_key: bool = False
    window: tuple[float, float] | None = None
    """Epoch seconds that are suggested for every renewal; None: there is no `renewalInfo`."""
    ask_again: str = "21600"
    bindings: dict[str, bytes] = field(default_factory=dict)
    """Key ids and HMAC keys of which an account must have one; empty: none is asked for."""
    replaced: list[str] = field(default_factory=list)
    """What the orders said that they replace."""
    replacing_refused: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, int] = {}
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.serials = itertools.count(1)

    def answer(self, path: str, jws: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        """The body and the headers for one POST."""
        protected = json.loads(_decoded(jws["protected"]))
        payload = json.loads(_decoded(jws["payload"]) or b"null")
        _, kind, *rest = path.split("/")
        self.asked.append(kind)
        if kind == "account":
            self.accounts_forgotten = False
            self._look_at_binding(payload.get("externalAccountBinding"))
            return {"status": "valid"}, {"Location": f"{self.url}/acct/1"}
        if self.nonces_rejected:
            self.nonces_rejected -= 1
            raise Refusal("badNonce", "Stale.")
        if self.accounts_forgotten or "kid" not in protected:
            raise Refusal("accountDoesNotExist", "Who are you?")
        if kind in self.refusals:
            raise self.refusals[kind]
        found: tuple[Any, dict[str, str]] = getattr(self, f"_{kind}")(*rest, payload)
        return found

    def _look_at_binding(self, binding: dict[str, Any] | None) -> None:
        if not self.bindings:
            return
        if binding is None:
            raise Refusal("externalAccountRequired", "Bring a key.", 403)
        protected = json.loads(_decoded(binding["protected"]))
        secret = self.bindings.get(protected["kid"], b"")
        signed = f"{binding['protected']}.{binding['payload']}".encode()
        if protected["url"] != f"{self.url}/account" or hmac.digest(secret, signed, "sha256") != _decoded(
            binding["signature"]
        ):
            raise Refusal("unauthorized", "That is not the key.", 403)

    def services(self) -> dict[str, str]:
        """The directory object."""
        places = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order"}
        places |= {"renewalInfo": "renewal"} if self.window else {}
        return {name: f"{self.url}/{path}" for name, path in places.items()}

    def renewal(self) -> dict[str, Any]:
        """What is suggested (RFC 9773, section 4.2)."""
        assert self.window is not None
        start, end = (dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in self.window)
        return {"suggestedWindow": {"start": start, "end": end}, "explanationURL": "https://ca.example.test/why"}

    def _order(self, payload: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        if "replaces" in payload:
            self.replaced.append(payload["replaces"])
            if self.replacing_refused:
                raise Refusal("alreadyReplaced", "Another order took its place.", 409)
        number = str(len(self.orders) + 1)
        self.orders[number] = {"names": [one["value"] for one in payload["identifiers"]], "tried": set()}
        return self._state(number, None)

    def _state(self, number: str, _: object) -> tuple[Any, dict[str, str]]:
        order = self.orders[number]
        body: dict[str, Any] = {
            "status": "pending",
            "identifiers": [{"type": "dns", "value": name} for name in order["names"]],
            "authorizations": [f"{self.url}/authz/{number}/{name}" for name in order["names"]],
            "finalize": f"{self.url}/finalize/{number}",
        }
        if "chain" in order:
            ready = self._looked(f"order {number}")
            body |= (
                {"status": "valid", "certificate": f"{self.url}/cert/{number}"} if ready else {"status": "processing"}
            )
        return body, {"Location": f"{self.url}/state/{number}"}

    def _looked(self, what: str) -> bool:
        self.looks[what] = self.looks.get(what, 0) + 1
        return self.looks[what] > self.polls_pending

    def _authz(self, number: str, name: str, _: object) -> tuple[Any, dict[str, str]]:
        token = base64.urlsafe_b64encode(hashlib.sha256(f"{number} {name}".encode()).digest()).decode().rstrip("=")
        challenge: dict[str, Any] = {
            "type": "http-01", "url": f"{self.url}/chall/{number}/{name}", "token": token, "status": "pending",
        }  # fmt: skip
        status = "pending"
        if name in self.orders[number]["tried"] and self._looked(f"authz {number} {name}"):
            found = self.answers / token
            status = "valid" if found.is_file() and found.read_text().startswith(f"{token}.") else "invalid"
            if name in self.names_refused:
                status = "invalid"
                kind, _, detail = self.names_refused[name].partition(" ")
                challenge["error"] = {"type": PREFIX + kind, "detail": detail}
        challenge["status"] = status
        return {"status": status, "identifier": {"type": "dns", "value": name}, "challenges": [challenge]}, {}

    def _chall(self, number: str, name: str, _: object) -> tuple[Any, dict[str, str]]:
        self.orders[number]["tried"].add(name)
        body = self._authz(number, name, None)[0]["challenges"][0]
        return body, {"Link": f'<{self.url}/authz/{number}/{name}>;rel="up"'}

    def _finalize(self, number: str, payload: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        request = x509.load_der_x509_csr(_decoded(payload["csr"]))
        public = ec.generate_private_key(ec.SECP256R1()).public_key() if self.another_key else request.public_key()
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])
        now = dt.datetime.now(dt.UTC)
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        certificate = (
            x509.CertificateBuilder(issuer, x509.Name([]), public, next(self.serials))  # type: ignore[arg-type]
            .not_valid_before(now)
            .not_valid_after(now + dt.timedelta(days=self.lifetime_days))
            .add_extension(names.value, critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        self.orders[number]["chain"] = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return self._state(number, None)

    def _cert(self, number: str, _: object) -> tuple[Any, dict[str, str]]:
        return self.orders[number]["chain"], {"Content-Type": "application/pem-certificate-chain"}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one packet
    server: "_Server"

    def do_GET(self) -> None:
        authority = self.server.authority
        if not self.path.startswith("/renewal/"):
            self._send(HTTPStatus.OK, authority.services(), {})
            return
        authority.asked.append(self.path.removeprefix("/"))
        if "renewal" in authority.refusals:
            self._send(authority.refusals["renewal"].status, authority.refusals["renewal"].document, {})
            return
        self._send(HTTPStatus.OK, authority.renewal(), {"Retry-After": authority.ask_again})

    def do_HEAD(self) -> None:
        self._send(HTTPStatus.OK, "", {})

    def do_POST(self) -> None:
        jws = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            with self.server.lock:
                self._send(HTTPStatus.OK, *self.server.authority.answer(self.path, jws))
        except Refusal as refused:
            self._send(
                refused.status, refused.document, {"Content-Type": "application/problem+json", **refused.headers}
            )

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Replay-Nonce", base64.urlsafe_b64encode(str(id(data)).encode()).decode().rstrip("="))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, authority: Authority) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authority = authority
        self.lock = threading.Lock()
        authority.url = f"http://127.0.0.1:{self.server_address[1]}"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextlib.contextmanager
def running(authority: Authority) -> Iterator[Authority]:
    """`authority` answers at `authority.url`."""
    server = _Server(authority)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
