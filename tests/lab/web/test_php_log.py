"""PHP's errors reach the account's own log in each version, are read from there, and no client hurts anybody by that file."""

import json
from typing import Any

import pytest

from essaim.contract.php import VERSIONS
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, account, apply, erase, site
from tests.lab.web.serving import HOME_A, A, Visit, php
from tests.lab.whole import eventually

LOGS = f"/srv/essaim/accounts/alice/logs/{A}"
WATCH = """
import json, pathlib, sys
from essaim.agent.machine import Config, Machine
from essaim.agent.php_watch import Watch
from essaim.agent.store import Store


pathlib.Path("/run/essaim-test").mkdir(exist_ok=True)
store = Store(pathlib.Path("/run/essaim-test/agent.sqlite3"))
Watch(Machine(Config(machine="", roles=("web",))), store, told=lambda: None).look()
batches = store.outbox(100)
store.sent([number for number, _ in batches])
print(json.dumps([json.loads(body) for _, body in batches]))
"""
SCRIPT = r"""
class Shop { function buy($card) { throw new RuntimeException("no more\nof it"); } }
function warn() { echo $nothing; trigger_error("old way", E_USER_DEPRECATED); error_log("by hand"); }
if (isset($_GET["warn"])) { warn(); exit("warned"); }
(new Shop)->buy("4111-1111");
"""


def told(web: Machine) -> list[dict[str, Any]]:
    """What the agent tells of alice's site now."""
    found = json.loads(web.run([*AGENT, "-c", WATCH]).stdout)
    return [group for message in found if message["fqdn"] == A for group in message["groups"]]


@pytest.fixture
def fresh(web: Machine) -> None:
    """The site of alice with an empty log and nothing read."""
    web.run(["sh", "-c", f"rm -rf /run/essaim-test {LOGS} /srv/essaim/accounts/alice/logs"])
    apply(web, "web", site("alice", A, f"www.{A}"))


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("version", VERSIONS)
def test_errors_of_each_version_are_logged_and_told_with_their_place(web: Machine, visit: Visit, version: str) -> None:
    php(web, HOME_A, "errs.php", SCRIPT)
    web.write_file(f"{HOME_A}/parse.php", b"<?php\n\n$x = ;\n", owner="alice:alice")
    apply(web, "web", site("alice", A, f"www.{A}", php=version))
    eventually(lambda: visit(f"http://{A}/errs.php?warn").text == "warned")
    for _ in range(3):
        assert visit(f"http://www.{A}/errs.php").status == 500
    assert visit(f"http://{A}/parse.php").status == 500
    assert web.run(["stat", "--format=%U %a", f"{LOGS}/php-{version}.log"]).stdout == b"alice 644\n"
    groups = {(one["severity"], one.get("file", ""), one.get("line", 0)): one for one in told(web)}
    fatal = groups["fatal", "errs.php", 2]
    assert (fatal["message"], fatal["count"]) == ("Uncaught RuntimeException: no more of it", 3)
    assert fatal["trace"] == ["errs.php:5 Shop->buy()"]
    assert "4111" not in json.dumps(list(groups.values()))
    assert ("parse", "parse.php", 3) in groups
    assert ("notice" if version == "7.4" else "warning", "errs.php", 3) in groups
    assert groups["message", "", 0]["message"] == "by hand"
    assert told(web) == []
    apply(web, "web", site("alice", A, f"www.{A}"))


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("put", [
    "mkfifo {log}", "ln -s /etc/shadow {log}", "ln -s /dev/zero {log}", "mkdir {log}", "ln /srv/essaim/accounts/alice/aside {log}",
    "rm -rf {folder} && ln -s /etc {folder}", "rm -rf {folder} && touch {folder}",
    "rm -rf {above} && ln -s /srv/essaim/accounts/bob {above}",
], ids=["pipe", "link", "device", "directory", "hard link", "link for folder", "file for folder", "link to a neighbour"])  # fmt: skip
def test_whatever_a_client_puts_there_is_not_read_and_its_site_goes_on(web: Machine, visit: Visit, put: str) -> None:
    php(web, HOME_A, "fine.php", 'echo "fine";')
    assert visit(f"http://{A}/fine.php").text == "fine"
    web.run(
        [
            "sh",
            "-c",
            "rm -f /srv/essaim/accounts/alice/aside; echo '[01-Jan-2026 00:00:00 UTC] aside' >/srv/essaim/accounts/alice/aside",
        ]
    )
    places = {"log": f"{LOGS}/php-8.2.log", "folder": LOGS, "above": "/srv/essaim/accounts/alice/logs"}
    web.run(["sh", "-c", f"rm -rf {LOGS}/*; {put.format(**places)}"])
    try:
        assert told(web) == []
        assert apply(web, "web", site("alice", A, f"www.{A}"))[0].code == ""
        assert visit(f"http://{A}/fine.php").text == "fine"
    finally:
        web.run(["sh", "-c", "rm -rf /srv/essaim/accounts/alice/logs /srv/essaim/accounts/alice/aside"])
        apply(web, "web", site("alice", A, f"www.{A}"))


@pytest.mark.usefixtures("fresh")
def test_without_a_folder_the_site_goes_on_and_its_errors_pass_for_no_ones(web: Machine, visit: Visit) -> None:
    php(web, HOME_A, "errs.php", SCRIPT)
    web.run(["rm", "-rf", "/srv/essaim/accounts/alice/logs"])
    assert visit(f"http://{A}/errs.php").status == 500
    said = web.run(
        ["journalctl", "--unit=essaim-web", "--since=-1min", "--grep=no more", "--output=cat"], check=False
    ).stdout
    assert b"Uncaught RuntimeException" not in said


def test_a_full_quota_loses_no_site(web: Machine, visit: Visit) -> None:
    name, home = "full.test", "/srv/essaim/accounts/full"
    erase(web, "web", ("site", name), ("account", "full"))
    apply(web, "web", account("full", 22_051, quota_bytes=20_000_000), site("full", name))
    php(web, f"{home}/sites/{name}", "errs.php", 'echo $nothing; echo "answered";')
    assert visit(f"http://{name}/errs.php").text == "answered"
    fill = f"setpriv --reuid=full --regid=full --clear-groups sh -c 'head -c 30M /dev/zero >{home}/sites/{name}/fill; sync'"
    web.run(["sh", "-c", f"{fill}; btrfs filesystem sync /srv/essaim/accounts"], check=False)
    for _ in range(5):
        assert visit(f"http://{name}/errs.php").text == "answered"


@pytest.mark.usefixtures("fresh")
def test_a_flood_is_told_as_one_and_leaves_no_large_file(web: Machine, visit: Visit) -> None:
    php(
        web, HOME_A, "flood.php", 'for ($i = 0; $i < 60000; $i++) { trigger_error(str_repeat("x", 200)); } echo "done";'
    )
    assert visit(f"http://{A}/flood.php").text == "done"
    (group,) = told(web)
    assert 500 < group["count"] < 2000
    assert web.run(["sh", "-c", f"cat {LOGS}/* 2>/dev/null | wc -c"]).stdout.strip() == b"0"
