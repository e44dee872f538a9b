"""The rules on where accounts may connect to: for whom, and what `install` says of the machine's own networks."""

import json
import re
from pathlib import Path
from typing import Any

from essaim.agent.engines import egress
from essaim.agent.engines.homes import FIRST_UID, LAST_UID
from essaim.agent.engines.programs import Ran
from essaim.agent.install import SHIPPED
from tests.unit.agent.running import QuietPrograms, machine


class Routes(QuietPrograms):
    """A machine in two networks."""

    routes = {
        "-4": [{"dst": "default", "gateway": "192.0.2.1"}, {"dst": "192.0.2.0/24"}, {"dst": "203.0.113.0/24", "gateway": "192.0.2.9"}],
        "-6": [{"dst": "2001:db8:1::/64"}, {"dst": "fe80::/64"}, {"dst": "ff00::/8"}, {"dst": "default", "nexthops": []}],
    }  # fmt: skip

    def run(self, args: Any, **options: Any) -> Ran:
        return Ran(tuple(args), 0, json.dumps(self.routes[args[2]]).encode(), b"")


def test_the_rules_are_for_the_numbers_of_accounts() -> None:
    rules = (SHIPPED / "essaim-egress.nft").read_text()
    assert re.findall(r"meta skuid (\S+) goto accounts", rules) == [f"{FIRST_UID}-{LAST_UID}"]


def test_the_first_time_the_machines_own_networks_are_house_networks(tmp_path: Path) -> None:
    web = machine(tmp_path)
    web.run = Routes()
    web.paths.etc.mkdir(parents=True)
    egress.keep_houses(web)
    lines = [line for line in egress.house_file(web.paths).read_text().splitlines() if not line.startswith("#")]
    assert lines == [
        "add element inet essaim_egress house4 { 192.0.2.0/24 }",
        "add element inet essaim_egress house6 { 2001:db8:1::/64 }",
    ]


def test_what_the_operator_wrote_is_kept(tmp_path: Path) -> None:
    web = machine(tmp_path)
    web.run = Routes()
    web.paths.etc.mkdir(parents=True)
    egress.house_file(web.paths).write_text("# mine\n")
    egress.keep_houses(web)
    assert egress.house_file(web.paths).read_text() == "# mine\n"
