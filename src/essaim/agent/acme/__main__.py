"""`python3 -m essaim.agent.acme STATE CHALLENGES KEYS`: orders come in as JSON lines, answers go out as JSON lines.

    in    {"id": 7, "directory": "https://…", "key_id": "", "contact": "", "csr": "-----BEGIN …", "former": ""}
          {"id": 8, "directory": "https://…", "key_id": "", "contact": "", "renew": "-----BEGIN …"}
    out   {"id": 7, "ok": {"chain": "…", "not_after": …}}
          {"id": 8, "ok": {"start": …, "end": …, "ask_in_s": …}}
          {"id": 7, "problem": {"code": "certificate.…", "sentence": "…", "advice": "…", "retry": true, "retry_in_s": null}}
          {"id": 7, "bug": "traceback"}

It ends when its input does, or after a minute without an order.
"""

import functools
import json
import os
import select
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from acme import messages

from essaim.agent.acme.ari import suggestion
from essaim.agent.acme.directory import Directory
from essaim.agent.acme.order import issue
from essaim.agent.acme.problems import explain

ORDERS_AT_ONCE = 12
IDLE_S = 60.0
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""The system's. The HTTP library brings a bundle of its own, which no operator's authority is in."""


class Desk:
    """Takes orders and answers them, each in a thread."""

    def __init__(self, state: Path, answers: Path, keys: Path) -> None:
        self._answers = answers
        self._pool = ThreadPoolExecutor(ORDERS_AT_ONCE, thread_name_prefix="order")
        self._lock = threading.Lock()
        self.under_way = 0
        authorities = os.environ.get("SSL_CERT_FILE", _AUTHORITIES)
        self._directory = functools.cache(
            lambda url, contact, key_id: Directory(
                url, contact=contact, key_id=key_id, state=state, keys=keys, authorities=authorities
            )
        )

    def take(self, line: bytes) -> None:
        """Start on one order."""
        order = json.loads(line)
        with self._lock:
            self.under_way += 1
        directory = self._directory(order["directory"], order["contact"], order["key_id"])
        self._pool.submit(self._serve, order, directory)

    def _serve(self, order: dict[str, Any], directory: Directory) -> None:
        try:
            answer = self._answer(order, directory)
        except Exception:  # noqa: BLE001 (the agent must hear of it, whatever it is)
            answer = {"bug": traceback.format_exc()[-4000:]}
        line = json.dumps({"id": order["id"], **answer}) + "\n"
        with self._lock:
            sys.stdout.write(line)
            sys.stdout.flush()
            self.under_way -= 1

    def _answer(self, order: dict[str, Any], directory: Directory) -> dict[str, Any]:
        try:
            try:
                return {"ok": self._issue(order, directory)}
            except messages.Error as error:
                if error.code != "accountDoesNotExist":
                    raise
                return {"ok": self._issue(order, directory)}  # with an account made anew
        except Exception as wrong:  # noqa: BLE001 (explain raises what it does not know)
            return {"problem": asdict(explain(wrong, retry_after=directory.retry_after))}

    def _issue(self, order: dict[str, Any], directory: Directory) -> dict[str, Any]:
        if "renew" in order:
            return suggestion(directory, order["renew"])
        with directory.session() as session:
            return issue(session, order["csr"].encode(), self._answers, former=order["former"])


def main() -> None:
    """Read orders until there are no more."""
    desk = Desk(*map(Path, sys.argv[1:4]))
    rest = b""
    while select.select([0], [], [], IDLE_S)[0] or desk.under_way:
        if not select.select([0], [], [], 0)[0]:
            continue
        piece = os.read(0, 64 * 1024)
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            desk.take(line)
    os._exit(0)  # whoever asked is gone, or nobody did: a thread in the middle of an order is not waited for


if __name__ == "__main__":
    main()
