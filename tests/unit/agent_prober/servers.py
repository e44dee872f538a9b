"""A site that answers on loopback, over both families where the machine has them."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from essaim.agent.prober.proof import Ports
from essaim.agent.prober.resolve import Addresses
from essaim.contract import Fqdn, Login, Probe

SITE = Fqdn("www.example.test")
PROOF = "a" * 26
ADDRESSES = Addresses(ipv4=("127.0.0.1",), ipv6=("::1",))
SPEC = Probe(fqdn=SITE, account=Login("demo"), proof=PROOF, site_revision=1, addresses=("127.0.0.1", "::1"))


@dataclass
class FakeSite:
    """Answers as a site's machine would; each part can be made to lie."""

    proof: str = PROOF
    login: str = "demo"
    php: str = "8.2"
    front: int = 200
    front_state: str = ""
    """What the front page says of itself, where the proof holds."""
    state: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        place = urlsplit(path)
        body, status = b"", self.status
        if place.path.endswith("/proof"):
            body = self.proof.encode() + b"\n"
        elif place.path.endswith("/php"):
            said = f"{self.login}:{self.php}:{parse_qs(place.query)['nonce'][0]}"
            body = hashlib.sha256(said.encode()).hexdigest().encode()
        elif not self.state:
            status = self.front
        told = self.state or (self.front_state if place.path == "/" else "")
        state = f"X-Essaim-State: {told}\r\n" if told else ""
        return f"HTTP/1.1 {status} X\r\n{state}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer(head.split()[1].decode()))
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def listening(site: FakeSite, certificate: Path | None = None) -> AsyncIterator[Ports]:
    """`site` behind free ports of both loopback addresses."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    async with contextlib.AsyncExitStack() as stack:
        ports = []
        for context in (None, tls):
            first = await asyncio.start_server(site.serve_one, "127.0.0.1", 0, ssl=context)
            port = first.sockets[0].getsockname()[1]
            second = await asyncio.start_server(site.serve_one, "::1", port, ssl=context)
            ports.append(port)
            stack.callback(first.close)
            stack.callback(second.close)
        yield Ports(*ports)


def make_certificate(path: Path, *names: str, days: int = 1) -> Path:
    """A self-signed certificate and its key in one PEM; `days` below zero: expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Essaim test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


async def eventually(condition: Callable[[], bool]) -> None:
    """Returns once `condition` holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is waited for knows nothing of events)
            await asyncio.sleep(0.001)
