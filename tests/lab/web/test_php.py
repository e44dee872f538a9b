"""Generations of PHP side by side: each as closed as the others, changed without losing a visitor, with a site's own settings."""

import hashlib

import msgspec
import pytest

from essaim.contract.php import VERSIONS
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, account, apply, erase, site
from tests.lab.load import constant_load
from tests.lab.web.serving import HOME_A, HOME_B, A, Answer, B, Visit, lane, php
from tests.lab.web.test_bad_intentions import LOOK
from tests.lab.whole import eventually

SHOW = 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION, " ", ini_get("memory_limit"), " ", ini_get("date.timezone");'
TELL = """header("Content-Type: text/plain");
foreach (["memory_limit", "upload_max_filesize", "post_max_size", "max_execution_time", "date.timezone", "display_errors", "opcache.enable"] as $name)
    echo "$name=", ini_get($name), "\\n";
ini_set("memory_limit", "400M"); echo "then=", ini_get("memory_limit"), "\\n";"""
CHOSEN = {
    "memory_limit": "256",
    "upload_max_filesize": "100",
    "max_execution_time": "20",
    "date.timezone": "Europe/Paris",
    "display_errors": "on",
    "opcache.enable": "off",
}
PUT_AWAY = """
from essaim.agent.machine import Config, Machine
from essaim.agent.reaper import Reaper
reaper = Reaper(Machine(Config(machine="", roles=("web",))))
print(*reaper.put_away(), *reaper.put_away())
"""


def told(visit: Visit, name: str) -> dict[str, str]:
    answer = visit(f"http://{name}/tell.php")
    assert answer.status == 200, answer
    return dict(line.split("=", 1) for line in answer.text.splitlines())


@pytest.mark.parametrize("version", VERSIONS)
def test_each_generation_answers_as_the_account_and_sees_nothing_of_others(
    web: Machine, visit: Visit, version: str
) -> None:
    php(web, HOME_A, "look.php", LOOK)
    php(web, HOME_A, "who.php", "echo posix_getpwuid(posix_geteuid())['name'], count(glob('/usr/sbin/nginx'));")
    assert apply(web, "web", site("alice", A, f"www.{A}", php=version))[0].code == ""
    expected = hashlib.sha256(f"alice:{version}:n1".encode()).hexdigest()
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=n1").text.strip() == expected
    assert visit(f"http://{A}/look.php") == Answer(200, "")
    assert visit(f"http://{A}/who.php") == Answer(200, "alice0")


def test_a_change_of_version_fails_no_request_and_the_former_one_is_put_away(
    lab: Lab, web: Machine, visit: Visit
) -> None:
    php(web, HOME_A, "show.php", SHOW)
    apply(web, "web", site("alice", A))
    with constant_load(lab.machine("outside1"), f"http://{A}/show.php") as failed:
        for version in (*VERSIONS, "8.2", "8.4"):
            apply(web, "web", site("alice", A, php=version))
            eventually(lambda version=version: visit(f"http://{A}/show.php").text.startswith(version))  # type: ignore[misc]
    assert failed == []
    sockets = ["sh", "-c", r"ls /run/essaim/php | grep '^alice\.'"]
    eventually(
        lambda: web.run([*AGENT, "-c", PUT_AWAY]) and web.run(sockets).stdout == b"alice.8.4.sock\n", seconds=120
    )
    assert lane(web, "check", site("alice", A, php="8.4"))[0] == []
    assert visit(f"http://{A}/show.php").text == "8.4 128M UTC"


@pytest.mark.parametrize("version", VERSIONS)
def test_settings_of_a_site_hold_for_it_alone_and_a_change_of_them_fails_no_request(
    lab: Lab, web: Machine, visit: Visit, version: str
) -> None:
    for home in (HOME_A, HOME_B):
        php(web, home, "tell.php", TELL)
    web.run(["mkdir", "-p", f"{HOME_A}/below"])
    php(web, HOME_A, "below/tell.php", TELL)
    web.write_file(f"{HOME_A}/.user.ini", b"memory_limit = 300M\n", owner="alice:alice")
    apply(web, "web", site("alice", A, f"www.{A}", php=version), site("alice", f"other.{A}", php=version))
    php(web, HOME_A.replace(A, f"other.{A}"), "tell.php", TELL)
    usual = told(visit, f"other.{A}")
    with constant_load(lab.machine("outside1"), f"http://{A}/tell.php") as failed:
        apply(web, "web", site("alice", A, f"www.{A}", php=version, php_settings=CHOSEN))
        eventually(lambda: told(visit, A)["memory_limit"] == "256M")
    assert failed == []
    wanted = {"memory_limit": "256M", "upload_max_filesize": "100M", "post_max_size": "108M", "max_execution_time": "20",
              "date.timezone": "Europe/Paris", "display_errors": "1", "opcache.enable": "0", "then": "256M"}  # fmt: skip
    assert told(visit, A) == told(visit, f"www.{A}") == told(visit, f"{A}/below") == wanted
    assert told(visit, f"other.{A}") == usual
    assert (usual["memory_limit"], usual["then"], usual["display_errors"]) == ("128M", "128M", "0")
    apply(web, "web", site("alice", A, f"www.{A}", php=version))
    eventually(lambda: told(visit, A)["memory_limit"] == "128M")


def test_a_change_by_hand_is_mended(web: Machine, visit: Visit) -> None:
    specs = [site("bob", B, php_settings={"memory_limit": "64"})]
    php(web, HOME_B, "show.php", SHOW)
    apply(web, "web", *specs)
    web.run(["sh", "-c", f"echo memory_limit=1G >>/etc/essaim/php/bob/8.2/{B}.ini"])
    assert [one[2] for one in lane(web, "check", *specs)[0]] == ["site.php_changed"]
    assert lane(web, "check", *specs)[0] == []
    eventually(lambda: visit(f"http://{B}/show.php").text == "8.2 64M UTC")


def test_a_suspended_account_sleeps_in_every_version(web: Machine) -> None:
    def is_listening(version: str) -> bool:
        return web.run(["systemctl", "is-active", f"essaim-php-{version}@two.socket"], check=False).returncode == 0

    names = ("seven.two.test", "eight.two.test", "new.two.test")
    erase(web, "web", *(("site", name) for name in names), ("account", "two"))
    two = account("two", 22_021)
    apply(web, "web", two, site("two", "seven.two.test", php="7.4"), site("two", "eight.two.test", php="8.4"))
    assert is_listening("7.4")
    assert is_listening("8.4")
    assert not is_listening("8.2")
    suspended = msgspec.structs.replace(two, suspended=True)
    apply(web, "web", suspended, site("two", "new.two.test", suspended=True))
    assert not any(map(is_listening, VERSIONS))
    assert lane(web, "check", suspended)[0] == []
    apply(web, "web", two)
    assert all(map(is_listening, VERSIONS))


def test_a_php_that_cannot_start_is_not_tried_without_a_pause(web: Machine, visit: Visit) -> None:
    unit = "/run/systemd/system/essaim-php-7.4@bob.service.d"
    apply(web, "web", site("bob", B, php="7.4"))
    web.run(["mkdir", "-p", unit])
    web.write_file(f"{unit}/broken.conf", b"[Service]\nRootDirectory=/nowhere\n")
    web.run(["systemctl", "daemon-reload"])
    try:
        visit(f"http://{B}/.well-known/essaim/php?nonce=1", "--max-time", "9")
        words = ["--output=cat", "--since=-10s", "--grep=Failed to start"]
        tried = ["journalctl", "--unit=essaim-php-7.4@bob.service", *words]
        assert 1 <= len(web.run(tried).stdout.splitlines()) <= 6
    finally:
        web.run(["sh", "-c", f"rm -r {unit} && systemctl daemon-reload"])
    eventually(lambda: visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200)
    apply(web, "web", site("bob", B))
