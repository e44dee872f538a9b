"""Certificates and keys of a test's own authority, and a TLS client on another machine that says what it was shown."""

import datetime as dt
import json
import subprocess
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from essaim.lab.machine import Machine

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CLIENT = """
import json, socket, ssl, sys
address, asked = json.load(sys.stdin)
told = []
for name, most in asked:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if most:
        context.maximum_version = ssl.TLSVersion[most]
    try:
        with socket.create_connection((address, 443), timeout=30) as plain:
            with context.wrap_socket(plain, server_hostname=name or None) as secure:
                told.append([secure.version(), secure.getpeercert(True).hex()])
    except OSError as wrong:
        told.append(["", getattr(wrong, "reason", None) or str(wrong)])
json.dump(told, sys.stdout)
"""


@dataclass(frozen=True)
class Authority:
    """A root of a test's own, and one below it."""

    root: x509.Certificate
    below: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)


def authority(name: str = "Test") -> Authority:
    """A new one."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _signed(f"{name} root", f"{name} root", root_key, root_key, above=True)
    return Authority(root, _signed(f"{name} intermediate", f"{name} root", key, root_key, above=True), key)


def pair(
    of: Authority, *names: str, key: Key | None = None, days: tuple[float, float] = (-1, 90), chain: bool = True
) -> tuple[bytes, bytes]:
    """A chain and its key, as PEM. `days`: from when to when it is valid, from now."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    issuer = str(of.below.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    leaf = _signed(names[0], issuer, own, of.key, names=names, days=days)
    texts = [leaf.public_bytes(Encoding.PEM)] + ([of.below.public_bytes(Encoding.PEM)] if chain else [])
    return b"".join(texts), own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _signed(
    subject: str,
    issuer: str,
    key: Key,
    by: ec.EllipticCurvePrivateKey,
    *,
    names: tuple[str, ...] = (),
    days: tuple[float, float] = (-1, 900),
    above: bool = False,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_called(subject))
        .issuer_name(_called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=above, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if above:
        every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
        usage = x509.KeyUsage(**{name: name in ("digital_signature", "key_cert_sign", "crl_sign") for name in every})
        builder = builder.add_extension(usage, critical=True)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(by, hashes.SHA256())


def _called(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text[:64])])


def shake_hands(outside: Machine, web: Machine, *asked: str | tuple[str, str]) -> list[tuple[str, str]]:
    """For each name that a client asks for (with the newest version it knows): the version agreed on and the certificate's name; or
    nothing and the reason.
    """
    wanted = [(one, "") if isinstance(one, str) else one for one in asked]
    argv = outside.argv_inside(["python3", "-c", CLIENT])
    words = json.dumps([web.address4, wanted]).encode()
    ran = subprocess.run(argv, input=words, capture_output=True, timeout=300, check=True)
    return [(version, named(bytes.fromhex(said)) if version else said) for version, said in json.loads(ran.stdout)]


def named(der: bytes) -> str:
    """What a certificate (DER) is called, and its serial number."""
    found = x509.load_der_x509_certificate(der)
    return f"{found.subject.rfc4514_string().removeprefix('CN=')} {found.serial_number:x}"


def name_of(chain: bytes) -> str:
    """The same, of the first of a chain (PEM)."""
    return named(x509.load_pem_x509_certificates(chain)[0].public_bytes(Encoding.DER))
