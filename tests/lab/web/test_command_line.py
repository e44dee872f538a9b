"""PHP on the command line for a site: the same version, settings, home, limits and barriers as its PHP behind nginx."""

import json
import subprocess
from typing import Any

import msgspec
import pytest

from essaim.contract.php import VERSIONS
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, account, apply, site
from tests.lab.web.serving import HOME_A, HOME_B, A, Visit, php
from tests.lab.web.test_bad_intentions import LOOK

PHP = [*AGENT, "-m", "essaim.agent", "php"]
TELL = """echo json_encode([
    "version" => PHP_MAJOR_VERSION . "." . PHP_MINOR_VERSION, "memory" => ini_get("memory_limit"), "zone" => ini_get("date.timezone"),
    "home" => getenv("HOME"), "here" => __DIR__, "user" => posix_getpwuid(posix_geteuid())["name"], "groups" => posix_getgroups(),
    "extensions" => count(array_intersect(["mysqli", "gd", "intl", "curl", "zip"], get_loaded_extensions())),
    "processes" => posix_getrlimit()["soft maxproc"], "data" => posix_getrlimit()["soft data"],
    "sees" => implode(" ", array_merge(glob("/srv/home/*"), glob("/home/*"), glob("/etc/essaim/*"))),
    "capabilities" => trim(shell_exec("grep -h CapEff /proc/self/status")), "privileges" => trim(shell_exec("grep -h NoNewPrivs /proc/self/status")),
]);"""


def run(web: Machine, *arguments: str, name: str = A, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        web.argv_inside([*PHP, name, "--", *arguments]), input=stdin, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_the_php_that_visitors_get(web: Machine, visit: Visit, version: str) -> None:
    php(web, HOME_A, "tell.php", TELL)
    apply(
        web, "web", site("alice", A, php=version, php_settings={"memory_limit": "256", "date.timezone": "Europe/Paris"})
    )
    told: dict[str, Any] = json.loads(run(web, "tell.php").stdout)
    assert (told["version"], told["memory"], told["zone"], told["user"]) == (version, "256M", "Europe/Paris", "alice")
    assert told == json.loads(visit(f"http://{A}/tell.php").text)


def test_it_sees_nothing_of_others(web: Machine) -> None:
    apply(web, "web", site("alice", A))
    php(web, HOME_A, "look.php", LOOK)
    assert run(web, "look.php").stdout == b""
    assert run(web, "-r", f"var_dump(@file_get_contents('{HOME_B}/index.html'));").stdout == b"bool(false)\n"


def test_arguments_input_and_status_pass_through_as_they_are(web: Machine) -> None:
    apply(web, "web", site("alice", A))
    code = "$x = 'a b'; echo $argv[1], '|', stream_get_contents(STDIN), '|', $x; fwrite(STDERR, 'no'); exit(7);"
    ran = run(web, "-r", code, "--", "$HOME %n 'q'", stdin=b"in")
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, b"$HOME %n 'q'|in|a b", b"no")


def test_it_is_counted_with_all_that_the_account_runs(web: Machine) -> None:
    apply(web, "web", site("alice", A))
    with web.popen([*PHP, A, "--", "-r", "echo 'on', PHP_EOL; sleep(20);"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        groups = (
            "/sys/fs/cgroup/essaim.slice/essaim-accounts.slice/essaim-accounts-u22001.slice/run-*.service/cgroup.procs"
        )
        assert web.run(["sh", "-c", f"cat {groups} | wc -l"]).stdout.strip() != b"0"
        process.terminate()


def test_nothing_runs_for_who_is_suspended_or_not_here(web: Machine) -> None:
    suspended = msgspec.structs.replace(account("alice", 22_001), suspended=True)
    apply(web, "web", site("alice", A, f"www.{A}"), suspended)
    try:
        assert run(web, "-v").stderr.startswith(f"{A} is suspended: nothing of it is run.".encode())
    finally:
        apply(web, "web", account("alice", 22_001))
    assert run(web, "-v", name=f"www.{A}").stderr.startswith(f"www.{A} is no site of this machine.".encode())
    assert run(web, "-v", name="../alice").returncode == 1
