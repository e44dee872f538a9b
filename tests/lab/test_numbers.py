"""The log and the numbers on a real machine: who reads what, nothing lost and nothing counted twice, whatever visitors send and whoever is killed."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform
from tests.lab.whole import Visitor, account, eventually, live, put, zip_of

LOOK = r"""<?php header('Content-Type: application/json');
$mine = glob('/srv/logs/*/access-*.log');
echo json_encode(['mine' => count($mine), 'read' => strlen((string) @file_get_contents($mine[0] ?? '/none')) > 0,
  'write' => @file_put_contents($mine[0] ?? '/none', 'x', FILE_APPEND) !== false, 'remove' => @unlink($mine[0] ?? '/none'),
  'others' => array_values(array_filter(['/srv/essaim/logs', '/srv/logs/../essaim/logs', '/var/log/essaim/web', '/var/lib/essaim/numbers'],
     fn ($path) => @scandir($path) !== false || @file_exists("$path/access.log")))]);"""
FORGE = r"""<?php ini_set('error_log', ''); $host = $_GET['host'];
error_log("x\n2026/11/26 12:00:00 [error] 7#7: *4 forged, client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", host: \"$host\"\nx");
echo 'said';"""
KEEP = """
import time
from essaim.agent.weblog.__main__ import *
now = time.time() + %d
keeping = Keeping(places := Places(), law_days=365, now=now, reopen=lambda: reopen_nginx(Path("/run/essaim/nginx.pid")))
print(keeping.%s())
"""


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture(scope="module")
def owner(platform: Platform) -> str:
    return account(platform, "visites")


@pytest.fixture(scope="module")
def neighbour(platform: Platform) -> str:
    return account(platform, "voisine")


@pytest.fixture
def name(platform: Platform, owner: str, run: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A site of the owner for this test."""
    test = "".join(letter for letter in request.node.name if letter.isalnum())[5:30].lower()
    found = f"{test}-{run}.test"
    live(platform, owner, found, https_only=False)
    return found


def lines_of(web: Machine, login: str, name: str, sort: str = "access") -> list[str]:
    """A site's file of today, as the machine has it."""
    path = f"/srv/essaim/logs/{login}/{name}/{sort}-*.log"
    return web.run(["sh", "-c", f"cat {path} 2>/dev/null || true"]).stdout.decode().splitlines()


def marked(lines: list[str], mark: str) -> list[str]:
    return [line for line in lines if mark in line]


def ask(platform: Platform, name: str, mark: str, count: int) -> None:
    """`count` requests for a page that is not there, each of its own."""
    urls = f"http://{name}/{mark}-[1-{count}]"
    platform.lab.machine("outside1").run(
        ["curl", "--silent", "--output", "/dev/null", "--globoff", *_each(urls, count)], timeout=300
    )


def _each(urls: str, count: int) -> list[str]:
    before, _, _ = urls.partition("[")
    return [f"{before}{n}" for n in range(1, count + 1)]


def numbers(platform: Platform, name: str) -> dict[str, Any]:
    found: dict[str, Any] = platform.api.get(f"/sites/{name}/numbers", days="1")
    return found


def missing(platform: Platform, name: str) -> int:
    """Requests with status 4xx, as the Manager knows them."""
    return int(numbers(platform, name)["total"]["statuses"].get("4", 0))


def test_a_visit_is_in_the_sites_file_in_its_log_and_in_its_numbers(
    platform: Platform, web: Machine, visitor: Visitor, owner: str, name: str
) -> None:
    assert (
        visitor.get(
            f"http://{name}/?secret=1", "--user-agent", "Somebody/1.0", "--referer", "https://elsewhere.example/a?b"
        ).status
        == 200
    )
    ask(platform, name, "absent", 3)
    eventually(lambda: len(marked(lines_of(web, owner, name), "/absent-")) == 3)
    (line,) = marked(lines_of(web, owner, name), "Somebody/1.0")
    assert '"GET /?secret=1 HTTP/1.1" 200 ' in line
    assert line.split()[0] in ("10.77.0.20", "fd77:e55a::20")

    log = platform.api.get(f"/sites/{name}/log")
    assert line in log["access"]
    assert len(marked(log["refused"], "/absent-")) == 3

    eventually(lambda: missing(platform, name) == 3, seconds=120)
    found = numbers(platform, name)
    assert found["referrers"] == {"elsewhere.example": 1}
    assert found["paths"]["/"] >= 1
    assert sorted(found["missing"]) == ["/absent-1", "/absent-2", "/absent-3"]
    assert "secret" not in json.dumps(found)
    assert found["total"]["p95_seconds"] is not None


def test_lines_are_read_by_their_account_alone_and_written_by_nobody_of_it(
    platform: Platform, web: Machine, visitor: Visitor, owner: str, neighbour: str, name: str, run: str
) -> None:
    theirs = f"chez-la-voisine-{run}.test"
    live(platform, neighbour, theirs, https_only=False)
    for site in (name, theirs):
        put(platform, site, zip_of(look_php=LOOK))
        visitor.get(f"http://{site}/")
    eventually(lambda: lines_of(web, owner, name) and lines_of(web, neighbour, theirs))
    for site in (name, theirs):
        seen = json.loads(visitor.get(f"http://{site}/look.php").text)
        assert seen["mine"] >= 1
        assert {key: seen[key] for key in ("read", "write", "remove", "others")} == {
            "read": True, "write": False, "remove": False, "others": [],
        }  # fmt: skip
    other = ["setpriv", f"--reuid={neighbour}", f"--regid={neighbour}", "--clear-groups", "sh", "-c"]
    for path in (f"/srv/essaim/logs/{owner}", "/srv/essaim/logs", "/var/log/essaim/web", "/var/lib/essaim/numbers"):
        assert web.run([*other, f"ls {path}"], check=False).returncode != 0
    assert (
        web.run([*other, f"cat /srv/essaim/logs/{owner}/{name}/* /var/log/essaim/web/access.log"], check=False).stdout
        == b""
    )
    assert web.run([*other, f"ls /srv/essaim/logs/{neighbour}"], check=False).returncode == 0


ODD = {
    "newline": r"/odd-%0a%0d-x",
    "raw newline in the agent": r"/odd-agent",
    "eight thousand bytes": "/odd-" + "x" * 7900,
    "quotes": "/odd-\"-'-\\",
    "no utf-8": "/odd-\\xff\\xfe",
    "escape": "/odd-\\x1b[31m",
    "json": '/odd-","b.test","',
}
SEND = r"""
import socket, sys
host, target = sys.argv[1], sys.argv[2].encode("latin-1").decode("unicode_escape").encode("latin-1")
with socket.create_connection((host, 80)) as door:
    door.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host.encode() + b"\r\nUser-Agent: \xff\x1b]0;x\x07\"\r\nConnection: close\r\n\r\n")
    while door.recv(65536):
        pass
"""


def test_what_visitors_send_stays_one_line_of_one_site(platform: Platform, web: Machine, owner: str, name: str) -> None:
    outside = platform.lab.machine("outside1")
    for target in ODD.values():
        outside.run(["python3", "-c", SEND, name, target.replace("\\", "\\\\") if "\\x" not in target else target])
    ask(platform, name, "after", 1)
    eventually(lambda: marked(lines_of(web, owner, name), "/after-1"))
    data = web.run(["sh", "-c", f"cat /srv/essaim/logs/{owner}/{name}/access-*.log"]).stdout
    assert not set(data) & (set(range(32)) - {10})
    assert all(line.startswith((b"10.77.", b"fd77:")) for line in data.splitlines())
    assert (
        len(marked(data.decode().splitlines(), "odd-")) >= len(ODD) - 2
    )  # nginx itself refuses some before it knows the site
    assert web.run(["journalctl", "--unit=essaim-logs", "--grep=cannot be read", "--quiet"], check=False).stdout == b""


def test_what_the_web_server_says_of_a_site_reaches_it_and_nobody_makes_it_up(
    platform: Platform, web: Machine, visitor: Visitor, owner: str, neighbour: str, name: str, run: str
) -> None:
    theirs = f"forge-{run}.test"
    live(platform, neighbour, theirs, https_only=False)
    put(platform, theirs, zip_of(forge_php=FORGE))
    assert visitor.get(f"http://{theirs}/forge.php?host={name}").text == "said"
    visitor.get(f"http://{theirs}/", "--referer", f'x", host: "{name}')
    too_large = ["--header", "Content-Length: 999999999", "--request", "POST", "--max-time", "3"]
    visitor.get(f"http://{name}/", *too_large)
    eventually(lambda: marked(lines_of(web, owner, name, "error"), "too large body"))
    assert not marked(lines_of(web, owner, name, "error"), "forged")
    assert not marked(lines_of(web, owner, name, "error"), theirs)


def test_killed_again_and_again_it_counts_each_visit_once(
    platform: Platform, web: Machine, owner: str, name: str
) -> None:
    for round_ in range(8):
        ask(platform, name, f"kill{round_}", 25)
        web.run(["systemctl", "kill", "--signal=KILL", "essaim-logs.service"])
    eventually(lambda: len(marked(lines_of(web, owner, name), "/kill")) >= 200)
    found = marked(lines_of(web, owner, name), "/kill")
    assert len(found) == 200
    assert len(set(found)) == 200
    eventually(lambda: missing(platform, name) >= 200, seconds=150)
    assert missing(platform, name) == 200


def test_rotation_under_load_loses_nothing_and_the_teams_log_is_roots(
    platform: Platform, web: Machine, owner: str, name: str
) -> None:
    loop = f"for n in $(seq 1 300); do curl --silent --output /dev/null http://{name}/turn-$n; done"
    load = platform.lab.machine("outside1").popen(["bash", "-c", loop])
    for _ in range(3):
        moved = web.run([*PYTHON, "-c", KEEP % (86400, "rotate")]).stdout.decode()
        assert "access-" in moved
        web.run(["sleep", "1"])
    load.communicate()
    eventually(lambda: len(marked(lines_of(web, owner, name), "/turn-")) == 300)
    modes = web.run(
        ["sh", "-c", "stat -c '%a %U %G %n' /var/log/essaim/web/*.log /var/log/essaim/web /var/log/essaim/web/kept"]
    ).stdout.decode()
    for line in modes.splitlines():
        mode, user, group, _path = line.split()
        assert group == "essaim-logs", line
        assert (mode, user) in (("640", "root"), ("640", "www-data"), ("2751", "root"), ("700", "root")), line
    read = f"cat {shlex.quote('/var/lib/essaim/numbers/read.json')}"
    eventually(lambda: web.run(["sh", "-c", read]).stdout.strip() not in (b"", b"{}"))

    def compressed() -> bool:
        web.run(["systemctl", "start", "essaim-logs-keep.service"])
        return b"access-" in web.run(["ls", "/var/log/essaim/web/kept"]).stdout

    web.run(
        ["sh", "-c", "touch --date='2 minutes ago' /var/log/essaim/web/*-*.log"]
    )  # nginx has long turned to the new file
    eventually(compressed, every=3)
    kept = web.run(["sh", "-c", "stat -c '%a %U' /var/log/essaim/web/kept/*.xz"]).stdout.decode().split("\n")
    assert set(filter(None, kept)) == {"600 root"}
    assert len(marked(lines_of(web, owner, name), "/turn-")) == 300


def test_a_disk_that_is_full_makes_it_wait(platform: Platform, web: Machine, owner: str, name: str) -> None:
    web.run(["sh", "-c", f"mkdir -p /run/small && mount -t tmpfs -o size=64k,mode=2770,uid=$(id -u essaim-logs),gid=$(id -g {owner}) none /run/small && mount --bind /run/small /srv/essaim/logs/{owner}"])  # fmt: skip
    try:
        web.run(["dd", "if=/dev/zero", f"of=/srv/essaim/logs/{owner}/full", "bs=4k", "count=16"], check=False)
        ask(platform, name, "full", 50)
        eventually(
            lambda: (
                web.run(["journalctl", "--unit=essaim-logs", "--grep=waits to be read", "--quiet"], check=False).stdout
            )
        )
    finally:
        web.run(["umount", f"/srv/essaim/logs/{owner}"])
        web.run(["umount", "/run/small"])
    eventually(lambda: len(marked(lines_of(web, owner, name), "/full-")) == 50)
    eventually(lambda: missing(platform, name) >= 50, seconds=150)
    assert missing(platform, name) == 50
