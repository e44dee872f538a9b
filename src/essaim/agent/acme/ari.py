"""When an authority suggests to renew a certificate (RFC 9773), asked without an account."""

import base64
import datetime as dt
from typing import Any

from acme import messages
from cryptography import x509

from essaim.agent.acme.directory import Directory
from essaim.agent.acme.problems import seconds_until

SHORTEST_PAUSE_S, USUAL_PAUSE_S, LONGEST_PAUSE_S = 60.0, 6 * 3600.0, 86400.0
"""Between two questions, whatever `Retry-After` says (RFC 9773, section 4.3.2)."""


def certificate_id(chain: str) -> str:
    """What the authority knows the first certificate of `chain` by (RFC 9773, section 4.1); empty: nothing.

    Raises:
        ValueError: `chain` is no certificate.
    """
    leaf = x509.load_pem_x509_certificates(chain.encode())[0]
    try:
        issuer_key = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return ""
    if issuer_key is None:
        return ""
    serial = leaf.serial_number.to_bytes(
        leaf.serial_number.bit_length() // 8 + 1, "big"
    )  # as DER has a positive INTEGER
    return f"{_base64url(issuer_key)}.{_base64url(serial)}"


def suggestion(directory: Directory, chain: str) -> dict[str, Any]:
    """What `directory` suggests for the first certificate of `chain`.

    Returns:
        `ask_in_s`, when to ask again; with a suggestion also `start` and `end` of the window (epoch seconds), and where
        the authority explains it.

    Raises:
        ValueError, or what the library raises: see `problems.explain`.
    """
    network, services = directory.opened()
    name = certificate_id(chain)
    if "renewalInfo" not in services.to_partial_json() or not name:
        return {"ask_in_s": LONGEST_PAUSE_S}
    answer = network.get(f"{services['renewalInfo'].rstrip('/')}/{name}", content_type="application/json")
    told = answer.json()
    window = messages.RenewalInfo.from_json(told).suggested_window
    if (
        not isinstance(window.start, dt.datetime)
        or not isinstance(window.end, dt.datetime)
        or window.end <= window.start
    ):
        raise ValueError("its suggested window has no length")
    pause = seconds_until(answer.headers.get("Retry-After")) or USUAL_PAUSE_S
    return {
        "start": window.start.timestamp(),
        "end": window.end.timestamp(),
        "explanation": str(told.get("explanationURL", ""))[:500],
        "ask_in_s": min(max(pause, SHORTEST_PAUSE_S), LONGEST_PAUSE_S),
    }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
