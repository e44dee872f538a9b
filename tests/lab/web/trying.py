"""A trial of another PHP version: what a machine is told of it, a visitor who has its cookie, and what the agent answers when it is asked."""

import json
import time
from typing import Any

from essaim.contract.php import Preview
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT
from tests.lab.web.serving import A

TOKEN, OTHER = "a" * 26, "b" * 26
COMPARE = """
import asyncio, json, sys
from essaim.agent.machine import Config, Machine
from essaim.agent.php_asked import Asked
from essaim.contract import Fqdn, encode
class Teller: answers = {}
asked = Asked(Machine(Config(machine="", roles=("web",))), Teller())
print(encode(asyncio.run(getattr(asked, sys.argv[1])(sys.argv[2], Fqdn(sys.argv[3])))).decode())
"""


def preview(version: str = "8.4", *, token: str = TOKEN, seconds: float = 3600) -> Preview:
    return Preview(version=version, token=token, until=time.time() + seconds)


def with_cookie(token: str) -> list[str]:
    return ["--header", f"Cookie: essaim_preview={token}"]


def asked(web: Machine, what: str, argument: str, name: str = A) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(web.run([*AGENT, "-c", COMPARE, what, argument, name], timeout=200).stdout)
    return found
