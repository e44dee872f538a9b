"""Where accounts may not connect to. The rules are shipped (`essaim-egress.nft`) and name no account; here is what differs from house to
house: addresses, in a file that is written once and then the operator's.
"""

import json
from ipaddress import ip_network
from pathlib import Path

from essaim.agent.machine import Machine, Paths

_HEAD = """\
# Addresses for the rules on where accounts may connect to (/usr/local/share/essaim/essaim-egress.nft). Yours to change; then:
#   systemctl reload essaim-egress
# House networks: accounts reach their web ports and nothing else. Private addresses are house networks in any case.
{houses}
# Exceptions, an address, a protocol and a port each:
#   add element inet essaim_egress allowed4 {{ 192.0.2.40 . tcp . 5432 }}
#   add element inet essaim_egress allowed6 {{ 2001:db8::40 . tcp . 5432 }}
"""


def house_file(paths: Paths) -> Path:
    """The operator's own addresses."""
    return paths.etc / "egress.nft"


def keep_houses(machine: Machine) -> None:
    """The file of house networks is there. The first time it names the networks that this machine stands in.

    Raises:
        TemporaryError: the machine's routes could not be read.
    """
    file = house_file(machine.paths)
    if not file.exists():
        machine.files.write(file, houses(_own_networks(machine)))


def houses(networks: list[str]) -> str:
    """What the file says at first, for these networks, each `address/length`."""
    lines = [f"add element inet essaim_egress house{ip_network(each).version} {{ {each} }}" for each in networks]
    return _HEAD.format(houses="\n".join(lines))


def _own_networks(machine: Machine) -> list[str]:
    """What is reached without a router, link-local left out."""
    found = []
    for family in ("-4", "-6"):
        said = machine.run.run(["ip", "-json", family, "route", "show", "table", "main"]).out
        routes = [route for route in json.loads(said or "[]") if "gateway" not in route and "nexthops" not in route]
        found += [route["dst"] for route in routes if route["dst"] != "default"]
    return [each for each in found if not ip_network(each).is_link_local and not ip_network(each).is_multicast]
