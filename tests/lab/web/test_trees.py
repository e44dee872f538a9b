"""Accounts moved onto another build of a tree of PHP: proved one by one, put back where it fails, gone on with after a kill."""

import subprocess
from collections.abc import Iterator

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, account, apply, site
from tests.lab.load import constant_load
from tests.lab.web.serving import HOME_B, B, Visit, lane, php
from tests.lab.whole import eventually

PLACE = "/usr/lib/essaim/php/8.2"
TREE = [*AGENT, "-m", "essaim.agent", "php-tree", "8.2", "--roles", "web", "--use"]
BROKEN = "etc/php/8.2/fpm/conf.d/99-broken.ini"
BUILD = 'echo file_exists("/etc/build-two") ? "two" : "lab";'
MANY = tuple((f"many{n}", 22_040 + n) for n in range(8))
LOOK = """
from essaim.agent.machine import Config, Machine
from essaim.agent.tending import Tending
print(Tending(Machine(Config(machine="", roles=("web",))), lambda: None).look())
"""


def build_of(web: Machine, login: str) -> str:
    return web.run(["readlink", f"/etc/essaim/trees/8.2/{login}"]).stdout.decode().strip().rpartition("/")[2]


def usual(web: Machine) -> str:
    return web.run(["readlink", f"{PLACE}/current"]).stdout.decode().strip()


def use(web: Machine, build: str) -> tuple[int, str]:
    """Its status and what it says of what went wrong."""
    ran = web.run([*TREE, build], check=False, timeout=300)
    return ran.returncode, ran.stderr.decode()


@pytest.fixture(scope="module")
def built(web: Machine) -> Iterator[str]:
    """A second build that tells itself from the first."""
    use(web, "lab")  # what is in use is not removed
    web.run(["sh", "-c", f"rm -rf {PLACE}/two && cp -a {PLACE}/lab {PLACE}/two && touch {PLACE}/two/etc/build-two"])
    yield f"{PLACE}/two"
    web.run(["rm", "-r", f"{PLACE}/two"])


@pytest.fixture
def two(web: Machine, built: str) -> Iterator[str]:
    """It is whole, and no account is on it before or afterwards."""
    php(web, HOME_B, "build.php", BUILD)
    apply(web, "web", site("bob", B))
    yield built
    web.run(["rm", "-f", f"{built}/{BROKEN}"])
    assert use(web, "lab")[0] == 0


def test_another_build_is_used_and_put_back_and_no_request_fails(
    lab: Lab, web: Machine, visit: Visit, two: str
) -> None:
    with constant_load(lab.machine("outside1"), f"http://{B}/build.php") as failed:
        for build in ("two", "lab", "two"):
            assert use(web, build) == (0, "")
            assert visit(f"http://{B}/build.php").text == build
    assert failed == []
    assert (usual(web), build_of(web, "bob"), build_of(web, "alice")) == ("two", "two", "two")
    assert lane(web, "check", site("bob", B))[0] == []


def test_a_request_that_takes_long_is_answered_before_its_account_is_moved(
    lab: Lab, web: Machine, visit: Visit, two: str
) -> None:
    php(web, HOME_B, "long.php", "sleep(25); echo 'whole';")
    outside = lab.machine("outside1")
    with outside.popen(["curl", "-s", "-m", "60", f"http://{B}/long.php"]) as long:
        eventually(
            lambda: b"long" in web.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo long"]).stdout
        )
        assert use(web, "two")[0] == 0
        assert long.communicate(timeout=60)[0] == b"whole"
    assert visit(f"http://{B}/build.php").text == "two"


@pytest.mark.parametrize("name", ["none", ".building-half", "../8.2/lab"])
def test_a_build_that_is_not_whole_is_never_chosen(web: Machine, two: str, name: str) -> None:
    web.run(["sh", "-c", f"mkdir -p {PLACE}/.building-half/usr/sbin"])
    status, said = use(web, name)
    assert status == 1
    assert said.endswith("is no tree of PHP 8.2.\n")
    assert (usual(web), build_of(web, "bob")) == ("lab", "lab")
    web.run(["rm", "-r", f"{PLACE}/.building-half"])


def test_a_build_whose_php_does_not_start_is_put_back_and_visitors_get_their_answers(
    lab: Lab, web: Machine, visit: Visit, two: str
) -> None:
    web.write_file(f"{two}/{BROKEN}", b"opcache.preload=/etc/is-not-there.php\nopcache.preload_user=www-data\n")
    assert visit(f"http://{B}/build.php").text == "lab"
    with constant_load(lab.machine("outside1"), f"http://{B}/build.php") as failed:
        status, said = use(web, "two")
    assert failed == []
    assert visit(f"http://{B}/build.php").text == "lab"
    assert "bob was put back to build lab: its PHP did not start" in said
    assert build_of(web, "bob") == "lab"
    assert status in (0, 1)


def test_a_fault_of_the_build_stops_the_roll_out_and_says_whose_sites_it_met(web: Machine, two: str) -> None:
    apply(web, "web", *(account(*one) for one in MANY), *(site(one, f"{one}.test") for one, _ in MANY))
    web.run(["systemctl", "start", *(f"essaim-php-8.2@{one}.service" for one, _ in MANY)])
    web.run(["sh", "-c", f"echo '<?php echo 1;' >{two}/usr/local/share/other.php"])
    web.write_file(f"{two}/{BROKEN}", b"auto_prepend_file=/usr/local/share/other.php\n")
    status, said = use(web, "two")
    assert status == 1
    assert said.count("was put back to build lab: its PHP did not prove itself") == 3
    assert "The roll-out of PHP 8.2 is stopped: 3 accounts were put back." in said
    assert usual(web) == "lab"
    assert [one for one, _ in MANY if build_of(web, one) == "two"] == []


GO_ON = """
from essaim.agent import php_tree
from essaim.agent.machine import Config, Machine
from essaim.agent.rollout import Rollout
php_tree.follow(Rollout("8.2", Machine(Config(machine="", roles=("web",)))))
"""
BEGIN = """
from essaim.agent.machine import Config, Machine
from essaim.agent.rollout import Rollout
Rollout("8.2", Machine(Config(machine="", roles=("web",)))).begin("two")
"""


def begin_with_many(web: Machine) -> None:
    """Many accounts whose PHP is awake, and a roll-out that has been decided."""
    apply(web, "web", *(account(*one) for one in MANY), *(site(one, f"{one}.test") for one, _ in MANY))
    web.run(["systemctl", "start", *(f"essaim-php-8.2@{one}.service" for one, _ in MANY)])
    web.run([*AGENT, "-c", BEGIN])


@pytest.mark.parametrize("after_s", [0.4, 0.8, 1.3])
def test_a_roll_out_that_was_killed_is_gone_on_with(lab: Lab, web: Machine, two: str, after_s: float) -> None:
    begin_with_many(web)
    with constant_load(lab.machine("outside1"), "http://many7.test/") as failed:
        subprocess.run(
            web.argv_inside(["timeout", "--signal=KILL", str(after_s), *AGENT, "-c", GO_ON]), check=False, timeout=60
        )
        web.run([*AGENT, "-c", GO_ON])
    assert failed == []
    assert {build_of(web, one) for one, _ in MANY} == {"two"}


def test_a_machine_that_starts_anew_amid_a_roll_out_serves_every_account_and_ends_it(
    web: Machine, visit: Visit, two: str
) -> None:
    begin_with_many(web)
    with web.popen([*AGENT, "-c", GO_ON]) as going_on:
        eventually(lambda: any(build_of(web, one) == "two" for one, _ in MANY), every=0.02)
        web.reboot()
        going_on.kill()
    web.wait_until_booted()
    assert {build_of(web, one) for one, _ in MANY} <= {"lab", "two"}
    for one, _ in MANY:
        assert visit(f"http://{one}.test/.well-known/essaim/php?nonce=after").status == 200, one
    web.run([*AGENT, "-c", GO_ON])
    assert {build_of(web, one) for one, _ in MANY} == {"two"}
    assert usual(web) == "two"


def test_php_that_crashes_after_it_was_moved_is_put_back_and_a_neighbour_feels_nothing(
    lab: Lab, web: Machine, visit: Visit, two: str
) -> None:
    neighbour = "http://alice.test/.well-known/essaim/php?nonce=1"
    assert visit(neighbour).status == 200  # awake, in a build that is whole
    assert use(web, "two")[0] == 0
    web.run(["systemctl", "stop", "essaim-php-8.2@bob.service"])
    web.write_file(f"{two}/{BROKEN}", b"opcache.preload=/none.php\nopcache.preload_user=bob\n")
    outside, failures = lab.machine("outside1"), ["cat", "/run/essaim/php-failed/bob.8.2"]
    with (
        constant_load(outside, neighbour) as failed,
        outside.popen(["curl", "-s", "-m", "100", f"http://{B}/build.php"]) as waiting,
    ):
        eventually(lambda: web.run(failures, check=False).stdout.strip() == b"3")
        web.run([*AGENT, "-c", LOOK])
        assert waiting.communicate(timeout=60)[0] == b"lab"
    assert failed == []
    assert (build_of(web, "bob"), build_of(web, "alice")) == ("lab", "two")


def test_php_that_does_not_stay_up_is_told_in_a_sentence_and_tried_ever_more_rarely(
    web: Machine, visit: Visit, two: str
) -> None:
    unit = "/run/systemd/system/essaim-php-8.2@bob.service.d"
    web.run(["sh", "-c", f"systemctl stop essaim-php-8.2@bob.service; mkdir -p {unit}"])
    web.write_file(f"{unit}/broken.conf", b"[Service]\nExecStart=\nExecStart=/bin/false\n")
    web.run(["systemctl", "daemon-reload"])
    try:
        visit(f"http://{B}/build.php", "--max-time", "16")
        assert int(web.run(["cat", "/run/essaim/php-failed/bob.8.2"]).stdout) in (3, 4, 5)
        (told,) = lane(web, "check", account("bob", 22_002))[0]
        assert told[0] == "failed"
        assert told[2] == "account.php_crashes"
        assert told[1].startswith("PHP 8.2 of bob does not stay up: it failed")
    finally:
        web.run(["sh", "-c", f"rm -r {unit} && systemctl daemon-reload"])
    eventually(lambda: visit(f"http://{B}/build.php").text == "lab")
    assert lane(web, "check", account("bob", 22_002))[0] == []
