"""Full TLS handshakes made from another machine, what nginx' workers spend on them, and many certificates to ask for."""

import datetime as dt
import io
import itertools
import json
import random
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from essaim.lab.machine import Machine

WWW_DATA = 33
CLIENT = """
import json, socket, ssl, struct, sys, time
from concurrent.futures import ThreadPoolExecutor
address, port, names, for_ever = json.load(sys.stdin)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.minimum_version = ssl.TLSVersion.TLSv1_3
at_once = struct.pack("ii", 1, 0)  # no TIME_WAIT: ports would run out
def one(name):
    try:
        with socket.create_connection((address, port), timeout=30) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=True).close()
            return 0
    except OSError:
        return 1
if for_ever:
    print(one(names[0]), flush=True)
    made = failed = 0
    import select
    while not select.select([sys.stdin], [], [], 0)[0]:
        failed += one(names[made % len(names)])
        made += 1
    print(json.dumps([made, failed]), flush=True)
else:
    with ThreadPoolExecutor(4) as pool:
        began = time.monotonic()
        failed = sum(pool.map(one, names))
    print(json.dumps([time.monotonic() - began, failed]))
"""
_SPENT = """
import pathlib, sys
every = [int(word) for word in pathlib.Path(sys.argv[1]).read_text().split()]
workers = [pid for main in every for pid in pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split()]
print(sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in workers) / 1e9)
"""
_MEMORY = """
import pathlib, sys
main = pathlib.Path(sys.argv[1]).read_text().strip()
every = [main, *pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split()]
lines = [line for pid in every for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
print(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024)
"""


@dataclass(frozen=True)
class Turn:
    """Some handshakes: how many, what nginx' workers spent on them, how long they took, how many failed."""

    count: int
    processor_s: float
    seconds: float
    failed: int

    @property
    def per_processor_second(self) -> float:
        return self.count / self.processor_s


def turn(outside: Machine, web: Machine, pid_file: str, port: int, names: list[str]) -> Turn:
    """One handshake for each of `names`."""
    before = spent(web, pid_file)
    ran = subprocess.run(
        outside.argv_inside(["python3", "-c", CLIENT]),
        input=json.dumps([web.address4, port, names, False]).encode(),
        capture_output=True,
        check=True,
    )
    seconds, failed = json.loads(ran.stdout)
    return Turn(len(names), spent(web, pid_file) - before, seconds, failed)


def spent(web: Machine, pid_file: str) -> float:
    """Seconds of the processor that nginx' workers have had."""
    return float(web.run(["python3", "-c", _SPENT, pid_file]).stdout)


def memory_mb(web: Machine, pid_file: str) -> float:
    """What nginx' master and workers have together, in MB; pages that they share count once (proc(5), `Pss`)."""
    return float(web.run(["python3", "-c", _MEMORY, pid_file]).stdout)


@contextmanager
def hammering(outside: Machine, web: Machine, names: list[str]) -> Iterator[list[int]]:
    """Somebody shakes hands without a pause, for `names` in turn; the list holds how many were made and how many failed, after the block."""
    words = ["python3", "-u", "-c", CLIENT.replace("json.load(sys.stdin)", "json.loads(sys.stdin.readline())")]
    found: list[int] = []
    with subprocess.Popen(outside.argv_inside(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as going:
        assert going.stdin is not None
        assert going.stdout is not None
        going.stdin.write(json.dumps([web.address4, 443, names, True]).encode() + b"\n")
        going.stdin.flush()
        going.stdout.readline()
        try:
            yield found
        finally:
            found += json.loads(going.communicate(b"enough\n")[0])


def as_visited(names: list[str], count: int, *, seed: int = 1) -> list[str]:
    """`count` visits to `names` as sites are visited: the nth most popular gets a share of 1/n (Zipf's law)."""
    chosen = random.Random(seed)  # noqa: S311  the same in every run
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(names))))
    return chosen.choices(names, cum_weights=weights, k=count)


def put_pairs(web: Machine, names: list[str]) -> None:
    """A certificate and its key for each of `names`, where the agent would put them."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _signed("Bench intermediate", "Bench root", key.public_key(), key, above=True)
    below = authority.public_bytes(Encoding.PEM)
    for start in range(0, len(names), 1000):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for name in names[start : start + 1000]:
                own = ec.generate_private_key(ec.SECP256R1())
                leaf = _signed(name, "Bench intermediate", own.public_key(), key, above=False)
                secret = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                _add(tar, f"tls/{name}/fullchain.pem", leaf.public_bytes(Encoding.PEM) + below, 0o644)
                _add(tar, f"tls/{name}/key.pem", secret, 0o640)
                link = tarfile.TarInfo(f"sites/{name}/tls")
                link.type, link.linkname = tarfile.SYMTYPE, f"/srv/essaim/tls/{name}"
                tar.addfile(link)
        web.run(["tar", "--extract", "--directory=/srv/essaim"], input=packed.getvalue())


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.gid = len(content), mode, WWW_DATA
    tar.addfile(entry, io.BytesIO(content))


def _signed(
    subject: str, issuer: str, public: ec.EllipticCurvePublicKey, by: ec.EllipticCurvePrivateKey, *, above: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject[:64])]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca=above, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject.replace(" ", "-"))]), critical=False)
        .sign(by, hashes.SHA256())
    )
