"""NATS' JSON Web Tokens, version 2: encode, sign, verify. What the claims allow is decided elsewhere.

Source: NATS ADR-14 and github.com/nats-io/jwt/v2. The header is `{"typ": "JWT", "alg": "ed25519-nkey"}`; base64url
without padding.
"""

import base64
import binascii
import hashlib
import time
from typing import Any

import msgspec
import nacl.exceptions
import nacl.signing

from essaim.bus.errors import AuthorityError
from essaim.bus.keys import Key, Role, public_bytes

Claims = dict[str, Any]
_ROLES: dict[str, Role] = {"O": "operator", "A": "account", "U": "user"}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


_HEADER = _base64(msgspec.json.encode({"typ": "JWT", "alg": "ed25519-nkey"}))


def sign(
    *, subject: str, name: str, nats: Claims, signer: Key, issued_at: int | None = None, expires_at: int | None = None
) -> str:
    """A token that says of `subject` what `nats` says, signed by `signer`. Times in seconds since the epoch.

    The id covers all of the claims: nats-server takes two tokens with the same id for the same token.
    """
    claims: Claims = {
        "iat": int(time.time()) if issued_at is None else issued_at,
        "iss": signer.public,
        "name": str(name),
    }
    claims |= {"sub": subject, "nats": {**nats, "version": 2}}
    if expires_at is not None:
        claims["exp"] = expires_at
    digest = hashlib.new("sha512_256", msgspec.json.encode(claims, order="deterministic")).digest()
    claims["jti"] = base64.b32encode(digest).rstrip(b"=").decode()
    body = f"{_HEADER}.{_base64(msgspec.json.encode(claims))}"
    return f"{body}.{_base64(signer.sign(body.encode()))}"


def verify(token: str, *, issuer: str) -> Claims:
    """The claims of a token that `issuer` (a public key) signed and that has not expired.

    Raises:
        AuthorityError: not a token, signed by another, tampered with, or expired.
    """
    try:
        body, signature = token.strip().rsplit(".", 1)
        header, payload = body.split(".")
        claims = msgspec.json.decode(_unbase64(payload), type=dict[str, Any])
        key = nacl.signing.VerifyKey(public_bytes(issuer, _ROLES.get(issuer[:1], "account")))
        key.verify(body.encode(), _unbase64(signature))
    except (ValueError, binascii.Error, msgspec.DecodeError, nacl.exceptions.CryptoError) as wrong:
        raise AuthorityError("The token is broken, or not signed by the expected key.") from wrong
    if header != _HEADER or claims.get("iss") != issuer:
        raise AuthorityError("The token names another algorithm or issuer.")
    if claims.get("exp", time.time() + 1) <= time.time():
        raise AuthorityError("The token has expired.")
    return claims
