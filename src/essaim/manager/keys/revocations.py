"""OpenSSH's key revocation list (PROTOCOL.krl): which of our certificates are no good, in its binary form.

Only serial numbers of one authority, so no more of the format is here. `ssh-keygen -Q` reads it in the tests.
"""

import base64
import struct

MAGIC = 0x5353484B524C0A00
CERTIFICATES, SERIALS = 1, 0x20


def revocation_list(authority: str, serials: list[int], *, version: int) -> bytes:
    """The list of `serials` of certificates that `authority` (`ssh-ed25519 AAAA...`) signed. The same facts give the same bytes."""
    head = struct.pack(">QIQQQ", MAGIC, 1, version, version, 0) + _string(b"") + _string(b"")
    if not serials:
        return head
    numbers = b"".join(struct.pack(">Q", serial) for serial in sorted(serials))
    signer = _string(base64.b64decode(authority.split()[1])) + _string(b"")
    return head + bytes([CERTIFICATES]) + _string(signer + bytes([SERIALS]) + _string(numbers))


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
