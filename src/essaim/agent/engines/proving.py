"""An account's PHP proved by the agent itself: the platform's script runs in it and answers what only this account and version can."""

import hashlib
import secrets

from essaim.agent.engines import fastcgi, php
from essaim.agent.machine import Paths
from essaim.contract import Login

ANSWER_S = 30.0
"""An account at its limit of processes may have a request of its own to end first."""
ANSWER_BYTES_MAX = 64 * 1024


def doubt(login: Login, version: str, paths: Paths) -> str:
    """Why the account's PHP of this version is not proved; empty: it is. Wakes one that sleeps."""
    nonce = secrets.token_urlsafe(16)
    script = "/usr/local/share/essaim/proof.php"
    parameters = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": "GET",
        "SCRIPT_FILENAME": script,
        "SCRIPT_NAME": script,
        "REQUEST_URI": f"{script}?nonce={nonce}",
        "QUERY_STRING": f"nonce={nonce}",
        "REMOTE_ADDR": "127.0.0.1",
    }
    try:
        listening = php.socket_path(login, version, paths)
        told, complaints = fastcgi.get(listening, parameters, seconds=ANSWER_S, bytes_max=ANSWER_BYTES_MAX)
    except TimeoutError:
        return f"nothing came within {ANSWER_S:.0f} s"
    except fastcgi.BadAnswer as wrong:
        return str(wrong)
    except OSError as wrong:
        return wrong.strerror or str(wrong)
    if not told:
        return complaints.decode(errors="replace").strip() or "the answer is empty"
    body = told.decode(errors="replace").partition("\r\n\r\n")[2]
    expected = hashlib.sha256(f"{login}:{version}:{nonce}".encode()).hexdigest()
    return "" if body.strip() == expected else f"it answered {' '.join(body.split())[:120]!r}"
