"""The rules on where accounts may connect to, seen from outside and changed by the operator."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.hostile.conftest import Names, Tenant
from tests.lab.whole import eventually

CONNECT = "$talk = @stream_socket_client('tcp://{}:{}', $number, $text, 3); echo $talk ? 'yes' : $number;"
OPERATORS = "/etc/essaim/egress.nft"
LISTEN = """$door = stream_socket_server('tcp://[::]:8899'); touch('open');
$come = @stream_socket_accept($door, 8); echo $come ? 'somebody came' : 'nobody came'; unlink('open');"""


@pytest.fixture
def operators(web: Machine) -> Iterator[str]:
    """The operator's file, put back afterwards."""
    before = web.read_file(OPERATORS)
    yield before.decode()
    web.write_file(OPERATORS, before)
    web.run(["systemctl", "reload-or-restart", "essaim-egress.service"])


def test_a_port_that_a_client_opens_is_reached_by_nobody(
    platform: Platform, web: Machine, tenant: Tenant, names: Names
) -> None:
    outside = platform.lab.machine("outside1")
    tenant.writes("listen.php", f"<?php {LISTEN}")
    asked = ["curl", "--silent", "--max-time", "30", f"http://{names.own}/listen.php"]
    with subprocess.Popen(outside.argv_inside(asked), stdout=subprocess.PIPE) as listening:
        eventually(lambda: web.run(["test", "-e", f"{names.home}/open"], check=False).returncode == 0)
        for address in (web.address4, f"[{web.address6}]"):
            came = outside.run(["curl", "--silent", "--max-time", "2", f"http://{address}:8899/"], check=False)
            assert came.returncode in (7, 28)  # not connected
        assert listening.communicate()[0] == b"nobody came"


def test_a_refusal_is_told_at_once(tenant: Tenant, world: dict[str, Any]) -> None:
    code = f"$t = microtime(true); {CONNECT.format(world['world4'], 25)} echo ' ', (int) (microtime(true) - $t);"
    assert tenant.runs(code) == "111 0"  # ECONNREFUSED


def test_an_exception_of_the_operator_opens_one_port_of_one_address(
    web: Machine, tenant: Tenant, world: dict[str, Any], operators: str
) -> None:
    assert tenant.runs(CONNECT.format(world["house4"], 2525)) == "111"
    line = f"add element inet essaim_egress allowed4 {{ {world['house4']} . tcp . 2525 }}\n"
    web.write_file(OPERATORS, f"{operators}{line}".encode())
    web.run(["systemctl", "reload", "essaim-egress.service"])
    assert tenant.runs(CONNECT.format(world["house4"], 2525)) == "yes"
    assert tenant.runs(CONNECT.format(world["house4"], 587)) == "111"


def test_a_fault_in_the_operators_file_changes_no_rule(
    web: Machine, tenant: Tenant, world: dict[str, Any], operators: str
) -> None:
    web.write_file(OPERATORS, b"this is no rule\n")
    assert web.run(["systemctl", "reload", "essaim-egress.service"], check=False).returncode != 0
    assert tenant.runs(CONNECT.format(world["world4"], 25)) == "111"
    web.run(["systemctl", "restart", "essaim-egress.service"], check=False)  # as a boot would
    assert tenant.runs(CONNECT.format(world["world4"], 25)) == "111"


def test_emptying_the_machines_tables_by_its_own_service_takes_no_rule_away(
    web: Machine, tenant: Tenant, world: dict[str, Any]
) -> None:
    for verb in ("start", "reload", "restart", "stop"):
        web.run(["systemctl", verb, "nftables.service"])
        assert tenant.runs(CONNECT.format(world["world4"], 25)) == "111", verb


def test_other_users_of_the_machine_are_not_held_up(web: Machine, world: dict[str, Any]) -> None:
    for user in ("www-data", "root"):
        script = f"import socket; socket.create_connection(('{world['world4']}', 25), 3); print('yes')"
        ran = web.run(["setpriv", f"--reuid={user}", "--clear-groups", "python3", "-c", script])
        assert ran.stdout == b"yes\n"
