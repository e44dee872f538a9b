"""The web machine's two accounts, what a visitor gets, and what one of the two puts into its site."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from essaim.contract import Spec, encode
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT

ALICE, BOB = ("alice", 22_001), ("bob", 22_002)
A, B = "alice.test", "bob.test"
HOME_A, HOME_B = f"/srv/essaim/accounts/alice/sites/{A}", f"/srv/essaim/accounts/bob/sites/{B}"

CHECK = """
import json, sys, time
from essaim.agent.lane import Lane
from essaim.agent.machine import Config, Machine
from essaim.agent.resources import resources_for
from essaim.agent.store import Wish
fast = {kind: resource for kind, resource in resources_for(("web",)).items() if not resource.slow}
lane = Lane(fast, Machine(Config(machine="test", roles=("web",))))
verb, specs = json.load(sys.stdin)
wishes = [Wish(kind, key, 1, json.dumps(spec).encode(), False) for kind, key, spec in specs]
began = time.monotonic()
reports = [v.report for v in getattr(lane, verb)(wishes)]
told = [[r.outcome, r.sentence, r.code] for r in reports]
json.dump([told, time.monotonic() - began], sys.stdout)
"""


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    text: str
    state: str = ""
    """What the machine says of a site that it does not serve: `suspended` or `unknown`."""


Visit = Callable[..., Answer]


def lane(web: Machine, verb: str, *specs: Spec) -> tuple[list[list[str]], float]:
    """Apply or compare as the agent's fast lane does."""
    wishes = [(spec.kind, str(getattr(spec, "fqdn", None) or getattr(spec, "login", "")), json.loads(encode(spec)))
              for spec in specs]  # fmt: skip
    argv = web.argv_inside([*AGENT, "-c", CHECK])
    ran = subprocess.run(argv, input=json.dumps([verb, wishes]).encode(), capture_output=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    told, seconds = json.loads(ran.stdout)
    return told, seconds


def php(web: Machine, home: str, name: str, code: str) -> None:
    """A client's own program."""
    owner = home.split("/")[4]
    web.write_file(f"{home}/{name}", f"<?php {code}".encode(), owner=f"{owner}:{owner}")
