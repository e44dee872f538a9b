"""A certificate that a client brings, read and judged before anything is decided. No row is changed here, and nothing is kept.

The key is in memory for as long as this takes; what leaves is a sealed box that only the site's machine opens.
"""

import ssl
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError
from django.utils import formats, timezone
from django.utils.translation import gettext

from essaim.manager.hosting import certificate_errors as errors

BYTES_MAX = 128 * 1024
RSA_BITS_MIN = 2048
PRIVATE_ROOTS = Path("/usr/local/share/ca-certificates")
"""Roots that the operator made known to this machine: trusted here, unknown to visitors' browsers."""
PRIVATE_ROOT = "private_root"
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_WEAK_HASHES = (hashes.MD5, hashes.SHA1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Judged(NamedTuple):
    """A certificate that may be served, and what people read of it."""

    chain: str
    """PEM, the site's own first, without the root."""
    key: bytes
    """PEM. Seal it and let it go."""
    names: tuple[str, ...]
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key_kind: str
    fingerprint: str
    """SHA-256 of the certificate, in hex."""
    warnings: tuple[str, ...]


def judged(chain: bytes, key: bytes, passphrase: str, *, names: Sequence[str]) -> Judged:
    """The certificate of `chain` with its key, for a site that is called `names`. `chain`: PEM, with the key in the same file or in
    `key`, or PKCS#12; `passphrase`: what opens the key, where it is protected.

    Raises:
        CertificateRefused, as the class that says why.
    """
    certificates, own_key = _read(chain, key, passphrase)
    leaf = next((one for one in certificates if one.public_key() == own_key.public_key()), None)
    if leaf is None:
        raise errors.CertificateKeyMismatch
    _require_time(leaf)
    kind = _require_strength(leaf, own_key)
    covered = names_in(leaf)
    if missing := uncovered(names, covered):
        raise errors.CertificateNamesMissing(names=", ".join(missing), covered=", ".join(covered) or "–")
    above = _require_chain(leaf, [one for one in certificates if one != leaf], names[0])
    served = [one for one in above if one.issuer != one.subject]
    for one in served:
        _require_signature(one)
    return Judged(
        chain="".join(one.public_bytes(Encoding.PEM).decode() for one in (leaf, *served)),
        key=own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        names=covered,
        issuer=called(leaf.issuer),
        serial=f"{leaf.serial_number:x}",
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        key_kind=kind,
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        warnings=(PRIVATE_ROOT,) if _is_private(above[-1] if above else leaf) else (),
    )


def uncovered(names: Iterable[str], covered: Iterable[str]) -> list[str]:
    """Those of `names` that a certificate for `covered` is not for (RFC 6125: a star is one label, the first)."""
    every = {name.lower() for name in covered}
    return [name for name in names if name not in every and f"*.{name.partition('.')[2]}" not in every]


def names_in(leaf: x509.Certificate) -> tuple[str, ...]:
    """What it is for: browsers look at these only, never at the subject."""
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(name.lower() for name in found.get_values_for_type(x509.DNSName))


def called(name: x509.Name) -> str:
    """An authority as people know it."""
    for part in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(part):
            return str(found[0].value)
    return name.rfc4514_string()


def _read(chain: bytes, key: bytes, passphrase: str) -> tuple[list[x509.Certificate], Key]:
    for given in (chain, key):
        if len(given) > BYTES_MAX:
            raise errors.CertificateTooLarge(most_kib=BYTES_MAX // 1024)
    if not chain.strip():
        raise errors.CertificateUnreadable
    if b"-----BEGIN" not in chain and (opened := _read_pkcs12(chain, passphrase)) is not None:
        return opened
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError:
        raise errors.CertificateUnreadable from None
    text = key if key.strip() else chain
    if b"PRIVATE KEY" not in text and text is chain:
        raise errors.CertificateKeyMissing
    return certificates, _read_key(text, passphrase)


def _read_pkcs12(data: bytes, passphrase: str) -> tuple[list[x509.Certificate], Key] | None:
    """None: it is something else, or nothing."""
    try:
        held = pkcs12.load_pkcs12(data, passphrase.encode() or None)
    except ValueError as wrong:
        if "password" in str(wrong).lower():
            raise errors.CertificatePassphraseWrong from None
        return None
    if held.cert is None:
        raise errors.CertificateUnreadable
    if held.key is None:
        raise errors.CertificateKeyMissing
    certificates = [held.cert.certificate, *(one.certificate for one in held.additional_certs)]
    return certificates, _usable(held.key)


def _read_key(text: bytes, passphrase: str) -> Key:
    is_locked = b"ENCRYPTED" in text
    try:
        if b"-----BEGIN" not in text:
            return _usable(load_der_private_key(text, passphrase.encode() or None))
        start = text.index(b"-----BEGIN", max(0, text.index(b"PRIVATE KEY-----") - 40))
        return _usable(load_pem_private_key(text[start:], passphrase.encode() if is_locked and passphrase else None))
    except TypeError:
        raise errors.CertificatePassphraseWrong from None
    except (ValueError, UnsupportedAlgorithm):
        raise (errors.CertificatePassphraseWrong if is_locked else errors.CertificateKeyUnreadable) from None


def _usable(key: object) -> Key:
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    raise errors.CertificateWeak(what=gettext("browsers do not know this kind of key"))


def _require_time(leaf: x509.Certificate) -> None:
    now = timezone.now()
    if leaf.not_valid_after_utc <= now:
        raise errors.CertificateExpired(day=_day(leaf.not_valid_after_utc))
    if leaf.not_valid_before_utc > now:
        raise errors.CertificateNotYetValid(day=_day(leaf.not_valid_before_utc))


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "j F Y")


def _require_strength(leaf: x509.Certificate, key: Key) -> str:
    """What kind of key it has."""
    _require_signature(leaf)
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < RSA_BITS_MIN:
            raise errors.CertificateWeak(what=gettext("its RSA key has %(bits)s bits") % {"bits": key.key_size})
        return f"RSA {key.key_size}"
    return f"ECDSA {_CURVES[key.curve.name]}"


def _require_signature(one: x509.Certificate) -> None:
    used = one.signature_hash_algorithm
    if isinstance(used, _WEAK_HASHES):
        raise errors.CertificateWeak(what=gettext("it is signed with %(hash)s") % {"hash": used.name.upper()})


def _require_chain(leaf: x509.Certificate, given: list[x509.Certificate], name: str) -> list[x509.Certificate]:
    """The certificates above `leaf`, in order, as far as they were given or are known; the last one is a known root's or below one."""
    known, above = _roots(), []
    now, rest = leaf, list(given)
    while issuer := next((one for one in rest if _signed(now, one)), None):
        rest.remove(issuer)
        above.append(issuer)
        now = issuer
    root = next((one for one in known if one == now or _signed(now, one)), None)
    if root is None:
        if now.issuer == now.subject:
            raise errors.CertificateRootUnknown(issuer=called(now.issuer))
        if any(called(one.subject) == called(now.issuer) for one in known) or not above:
            raise errors.CertificateChainIncomplete(issuer=called(now.issuer))
        raise errors.CertificateRootUnknown(issuer=called(now.issuer))
    if root != now:
        above.append(root)
    _require_trust(leaf, above, name, root)
    return above


def _require_trust(leaf: x509.Certificate, above: list[x509.Certificate], name: str, root: x509.Certificate) -> None:
    """What a visitor's browser would look at too: who may sign, for how long, and for what."""
    loose = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    policy = PolicyBuilder().store(Store([root])).time(timezone.now())
    lenient = policy.extension_policies(ca_policy=loose, ee_policy=ExtensionPolicy.webpki_defaults_ee())
    subject = x509.DNSName(f"any.{name.removeprefix('*.')}" if name.startswith("*.") else name)
    try:
        lenient.build_server_verifier(subject).verify(leaf, [one for one in above if one != root])
    except VerificationError as wrong:
        raise errors.CertificateUntrusted(detail=str(wrong)[:200]) from None


def _signed(one: x509.Certificate, by: x509.Certificate) -> bool:
    if one.issuer != by.subject or one == by:
        return False
    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


@cache
def _roots() -> tuple[x509.Certificate, ...]:
    """Those that this machine trusts, from Debian's `ca-certificates` and the operator's own. Read once a process."""
    place = ssl.get_default_verify_paths()
    file = Path(place.cafile or place.openssl_cafile)
    bundle = file if file.is_file() else Path("/etc/ssl/certs/ca-certificates.crt")
    return tuple(x509.load_pem_x509_certificates(bundle.read_bytes())) if bundle.is_file() else ()


def _is_private(root: x509.Certificate) -> bool:
    """The operator made it known: visitors' browsers have not heard of it."""
    for file in PRIVATE_ROOTS.rglob("*.crt") if PRIVATE_ROOTS.is_dir() else ():
        try:
            if root in x509.load_pem_x509_certificates(file.read_bytes()):
                return True
        except (OSError, ValueError):
            continue
    return False
