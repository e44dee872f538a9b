"""The web machine: what visitors, neighbours and a client with bad intentions get from a real nginx and a real PHP."""

import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from essaim.contract import Spec, encode
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, PROOF, account, apply, erase, install, site

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


@pytest.fixture(scope="module")
def web(lab: Lab) -> Machine:
    """A web machine with two accounts of one site each."""
    web = lab.machine("web1")
    install(web, "web")
    told = apply(web, "web", account(*ALICE), account(*BOB), site("alice", A, f"www.{A}"), site("bob", B))
    assert [one.code for one in told] == [""] * 4
    return web


@pytest.fixture(scope="module")
def visit(lab: Lab, web: Machine) -> Callable[..., Answer]:
    """A visitor on another machine."""
    outside = lab.machine("outside1")

    def visit(url: str, *more: str) -> Answer:
        told = "\n%{http_code} %header{x-essaim-state}"
        words = ["curl", "--silent", "--max-time", "20", "--write-out", told, *more, url]
        ran = subprocess.run(outside.argv_inside(words), capture_output=True, check=False)
        text, _, last = ran.stdout.decode(errors="replace").rpartition("\n")
        status, _, state = last.partition(" ")
        return Answer(int(status), text, state)

    return visit


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


def workers(web: Machine) -> bytes:
    """nginx' workers: a reload would make new ones."""
    return web.run(["pgrep", "-f", "nginx: worker"]).stdout


def eventually(is_so: Callable[[], bool], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"Not so within {seconds} s."
        time.sleep(0.05)


@contextmanager
def constant_load(lab: Lab, url: str) -> Iterator[list[str]]:
    """A visitor who asks without a pause; the list holds every status that is not 200."""
    loop = f"while :; do curl -s -o /dev/null -m 5 -w '%{{http_code}}\\n' {url}; done"
    running = lab.machine("outside1").popen(["bash", "-c", loop])
    failed: list[str] = []
    try:
        yield failed
    finally:
        running.kill()
        out = running.communicate()[0] or b""
        statuses = out.decode().split()
        failed += [status for status in statuses if status != "200"]
        failed += [] if statuses else ["nothing was asked"]


# -- what a visitor gets


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_a_new_site_welcomes_over_both_families(visit: Callable[..., Answer], family: str) -> None:
    answer = visit(f"http://{A}/", family)
    assert answer.status == 200
    assert "est prêt" in answer.text
    assert "is ready" in answer.text


def test_the_proof_is_the_sites_own_and_php_answers_as_the_account(visit: Callable[..., Answer]) -> None:
    assert visit(f"http://{A}/.well-known/essaim/proof") == Answer(200, f"{PROOF}\n")
    expected = hashlib.sha256(b"alice:n1").hexdigest()
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=n1").text.strip() == expected
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=../x").status == 400


def test_an_alias_answers_and_an_unknown_name_is_nobodys(visit: Callable[..., Answer]) -> None:
    assert visit(f"http://www.{A}/").status == 200
    for path in ("/", "/.well-known/essaim/proof", "/.well-known/essaim/php?nonce=1"):
        answer = visit(f"http://nobody.test{path}")
        assert (answer.status, answer.state) == (421, "unknown")
        assert "no site of that name" in answer.text
        assert PROOF not in answer.text
    assert visit(f"http://{A}/", "--header", "Host: ../../../etc").status in (400, 421)


def test_one_more_site_reloads_nothing_and_no_neighbour_notices(
    lab: Lab, web: Machine, visit: Callable[..., Answer]
) -> None:
    before = workers(web)
    with constant_load(lab, f"http://{B}/") as failed:
        for n in range(5):
            told = apply(web, "web", account(f"extra{n}", 22_100 + n), site(f"extra{n}", f"extra{n}.test"))
            assert [one.code for one in told] == ["", ""]
            assert visit(f"http://extra{n}.test/").status == 200
    assert failed == []
    assert workers(web) == before


def test_a_suspended_site_says_so_in_both_languages_and_comes_back(web: Machine, visit: Callable[..., Answer]) -> None:
    apply(web, "web", site("bob", B, suspended=True))
    answer = visit(f"http://{B}/")
    assert (answer.status, answer.state) == (503, "suspended")
    assert "suspendu" in answer.text
    assert "suspended" in answer.text
    assert "suspended" in visit(f"http://{B}/absent.php").text
    assert visit(f"http://{B}/.well-known/essaim/proof").status == 200
    of_php = visit(f"http://{B}/.well-known/essaim/php?nonce=1")
    assert (of_php.status, of_php.state) == (503, "suspended")
    apply(web, "web", site("bob", B))
    back = visit(f"http://{B}/")
    assert (back.status, back.state) == (200, "")


def test_a_suspended_account_runs_nothing(web: Machine, visit: Callable[..., Answer]) -> None:
    suspended = account("asleep", 22_003)
    apply(web, "web", suspended, site("asleep", "asleep.test"))
    assert visit("http://asleep.test/.well-known/essaim/php?nonce=1").status == 200
    lane(web, "apply", type(suspended)(login=suspended.login, uid=suspended.uid, quota_bytes=suspended.quota_bytes,
         processes=suspended.processes, memory_bytes=suspended.memory_bytes, suspended=True))  # fmt: skip
    assert web.run(["pgrep", "-u", "22003"], check=False).stdout == b""
    assert visit("http://asleep.test/.well-known/essaim/php?nonce=1").status == 502
    lane(web, "apply", suspended)
    assert visit("http://asleep.test/.well-known/essaim/php?nonce=1").status == 200


def test_php_files_pretty_addresses_and_hidden_files(web: Machine, visit: Callable[..., Answer]) -> None:
    php(web, HOME_A, "info.php", 'echo $_SERVER["PATH_INFO"] ?? "none";')
    assert visit(f"http://{A}/info.php/some/path").text == "/some/path"
    assert visit(f"http://{A}/absent.php").status == 404
    assert visit(f"http://{A}/pretty/address").status == 404
    php(web, HOME_A, "index.php", 'echo "front ", $_SERVER["REQUEST_URI"];')
    assert visit(f"http://{A}/pretty/address?x=1").text == "front /pretty/address?x=1"
    web.run(["rm", f"{HOME_A}/index.php"])
    for hidden in (".env", ".git/config", "deep/.htpasswd"):
        web.run(["mkdir", "-p", f"{HOME_A}/{hidden}".rpartition("/")[0]])
        web.write_file(f"{HOME_A}/{hidden}", b"secret")
        assert visit(f"http://{A}/{hidden}").status == 404


def test_what_php_writes_is_served(web: Machine, visit: Callable[..., Answer]) -> None:
    php(web, HOME_A, "write.php", 'mkdir("made"); file_put_contents("made/page.txt", "written"); chmod("made", 0755);')
    assert visit(f"http://{A}/write.php").status == 200
    assert visit(f"http://{A}/made/page.txt") == Answer(200, "written")


# -- TLS


def test_tls_answers_for_a_certificate_alone_and_https_only_holds_then(
    web: Machine, visit: Callable[..., Answer]
) -> None:
    erase(web, "web", ("site", "tls.test"))
    apply(web, "web", account("tls", 22_004), site("tls", "tls.test"), site("tls", "plain.test"))
    assert visit("http://tls.test/").status == 200
    assert visit("https://tls.test/", "--insecure").status == 0
    place = "/srv/essaim/tls/tls.test"
    make = f"mkdir -m 750 {place} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tls.test \
        -keyout {place}/key.pem -out {place}/fullchain.pem 2>&1 && chgrp -R www-data {place} && chmod 640 {place}/key.pem"
    web.run(["bash", "-c", make])
    answer = visit("https://tls.test/", "--insecure", "--head", "--http2")
    assert answer.text.startswith("HTTP/2 200")
    redirected = visit("http://tls.test/page?x=1", "--head")
    assert redirected.status == 308
    assert "Location: https://tls.test/page?x=1" in redirected.text
    assert visit("http://tls.test/.well-known/essaim/proof").status == 200
    assert visit("http://plain.test/").status == 200
    assert visit("https://plain.test/", "--insecure").status == 0
    assert visit("https://nobody.test/", "--insecure").status == 0
    assert visit(f"https://{web.address4}/", "--insecure").status == 421
    assert visit("https://tls.test/", "--insecure", "--tls-max", "1.1").status == 0


# -- a client with bad intentions

LOOK = """header("Content-Type: text/plain");
foreach (["/srv/essaim/accounts/bob", "/srv/essaim/accounts/bob/sites/bob.test/index.html", "/srv/essaim/sites/bob.test/proof",
          "/srv/essaim/tls", "/etc/essaim/agent.seed", "/etc/essaim/accounts/bob.env", "/var/lib/essaim", "/run/essaim/php/bob.sock",
          "/opt/essaim/src", "/root", "/proc/1/environ", "/run/systemd/private", "/run/dbus/system_bus_socket"] as $path)
    if (@file_get_contents($path) !== false || @scandir($path) !== false || @stat("$path/.") !== false
        || @stream_socket_client("unix://$path")) echo "$path\\n";
foreach (glob("/proc/[0-9]*") as $p) if (@fileowner($p) !== posix_geteuid()) echo "$p\\n";
echo shell_exec("cat /srv/essaim/accounts/bob/sites/bob.test/index.html 2>/dev/null; ls /srv/essaim/accounts | grep -v alice");"""


def test_one_accounts_php_sees_nothing_of_another_nor_of_the_machine(
    web: Machine, visit: Callable[..., Answer]
) -> None:
    php(web, HOME_A, "look.php", LOOK)
    assert visit(f"http://{A}/look.php") == Answer(200, "")


def test_a_link_to_a_neighbour_is_not_followed_and_one_to_an_own_file_is(
    web: Machine, visit: Callable[..., Answer]
) -> None:
    web.write_file(f"{HOME_A}/own.txt", b"own", owner="alice:alice")
    for name, target in (
        ("steal.html", f"{HOME_B}/index.html"),
        ("steal", HOME_B),
        ("passwd", "/etc/passwd"),
        ("mine.txt", "own.txt"),
    ):
        php(web, HOME_A, "link.php", f'@unlink("{name}"); symlink("{target}", "{name}");')
        visit(f"http://{A}/link.php")
    assert visit(f"http://{A}/mine.txt").text == "own"
    for path in ("steal.html", "steal/index.html", "passwd"):
        answer = visit(f"http://{A}/{path}")
        assert answer.status in (403, 404)
        assert "bob" not in answer.text


def test_a_client_who_swaps_the_own_directory_for_a_neighbours_is_refused(
    web: Machine, visit: Callable[..., Answer]
) -> None:
    php(web, HOME_A, "swap.php", f'rename("{HOME_A}", "{HOME_A}.was"); symlink("{HOME_B}", "{HOME_A}");')
    visit(f"http://{A}/swap.php")
    try:
        assert web.run(["readlink", HOME_A]).stdout.decode().strip() == HOME_B
        for path in ("", "index.html", "swap.php"):
            answer = visit(f"http://{A}/{path}")
            assert answer.status in (403, 404)
            assert "bob" not in answer.text
    finally:
        web.run(["bash", "-c", f"rm {HOME_A} && mv {HOME_A}.was {HOME_A}"])


def test_a_fork_bomb_stays_below_its_limit_and_the_neighbour_answers(
    web: Machine, visit: Callable[..., Answer]
) -> None:
    bomb = "shell_exec(\"bash -c 'for i in $(seq 500); do sleep 15 & done; wait' >/dev/null 2>&1 &\");"
    php(web, HOME_A, "bomb.php", f"{bomb} sleep(1);")
    visit(f"http://{A}/bomb.php")
    count = int(web.run(["bash", "-c", "pgrep -u 22001 | wc -l"]).stdout)
    assert 10 < count <= 50
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    web.run(["systemctl", "stop", "essaim-php@alice.service"])


def test_a_memory_hog_ends_and_the_neighbour_answers(web: Machine, visit: Callable[..., Answer]) -> None:
    hog = "ini_set('memory_limit', -1); $a = []; while (true) { $a[] = str_repeat('x', 1 << 20); }"
    php(web, HOME_A, "hog.php", f"{hog}")
    # memory_limit is the platform's: raising it is refused
    assert visit(f"http://{A}/hog.php").status == 500
    shell = "shell_exec('python3 -c \"x = bytearray(700000000); print(len(x))\" 2>&1')"
    php(web, HOME_A, "shell.php", f"echo {shell};")
    assert "MemoryError" in visit(f"http://{A}/shell.php").text
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=1").status == 200


def test_a_disk_quota_holds_and_may_grow(web: Machine, visit: Callable[..., Answer]) -> None:
    small, large = account("quota", 22_005, 20_000_000), account("quota", 22_005, 60_000_000)
    erase(web, "web", ("site", "quota.test"), ("account", "quota"))
    apply(web, "web", small, site("quota", "quota.test"))
    home = "/srv/essaim/accounts/quota/sites/quota.test"
    php(web, home, "fill.php", 'set_time_limit(60); $d = random_bytes(1 << 20); $n = 0; $f = fopen("big", "w"); '
        'while ($n < 40 && @fwrite($f, $d) === 1 << 20 && @fsync($f)) $n++; fclose($f); echo $n;')  # fmt: skip
    assert int(visit("http://quota.test/fill.php").text) < 25  # btrfs counts when it commits
    apply(web, "web", large)
    assert int(visit("http://quota.test/fill.php").text) == 40


# -- bad days of the machine


def test_drift_is_mended(web: Machine, visit: Callable[..., Answer]) -> None:
    specs = [account(*ALICE), site("alice", A, f"www.{A}")]
    assert lane(web, "check", *specs)[0] == []
    web.run(["systemctl", "stop", "essaim-php@alice.socket"])
    web.run(["chown", "nobody", "/srv/essaim/accounts/alice"])
    web.run(["rm", "-r", f"/srv/essaim/sites/{A}/live", f"/srv/essaim/sites/www.{A}"])
    told = lane(web, "check", *specs)[0]
    assert [one[0] for one in told] == ["mended", "mended"]
    web.run(["btrfs", "qgroup", "limit", "1G", "/srv/essaim/accounts/alice"])
    assert lane(web, "check", *specs)[0] == [
        ["mended", "The quota of /srv/essaim/accounts/alice was changed.", "account.quota_changed"]
    ]
    assert lane(web, "check", *specs)[0] == []
    assert visit(f"http://www.{A}/.well-known/essaim/php?nonce=1").status == 200


def test_a_full_disk_leaves_nothing_half_written_and_is_told(web: Machine, visit: Callable[..., Answer]) -> None:
    web.run(["bash", "-c", "mkdir -p /run/full && mount -t tmpfs -o size=64k,nr_inodes=9 none /run/full && cp -a /srv/essaim/sites/bob.test /run/full/ \
             ; mount --bind /run/full /srv/essaim/sites"])  # fmt: skip
    try:
        told = lane(web, "apply", site("bob", "full.test"))[0]
        assert told[0][0] == "failed"
        assert told[0][2] == "site.disk_full"
        assert "disk is full" in told[0][1]
        left = web.run(["ls", "-A", "/srv/essaim/sites"]).stdout.decode().split()
        assert left in (["bob.test"], [])
    finally:
        web.run(["umount", "/srv/essaim/sites"])
        web.run(["umount", "/run/full"])
    assert lane(web, "apply", site("bob", "full.test"))[0][0][0] == "applied"
    assert visit("http://full.test/").status == 200


REFUSED = """
import pathlib, shutil, sys
from essaim.agent import install
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Config, Machine
shipped = pathlib.Path("/run/shipped")
shutil.copytree(install.SHIPPED, shipped, dirs_exist_ok=True)
(shipped / "nginx.conf").write_text("this is not nginx;")
install.SHIPPED = shipped
try:
    install.install(Machine(Config(machine="", roles=("web",))), start=True)
except PermanentError as refused:
    print(refused.code, refused.sentence)
"""


def test_a_configuration_that_nginx_refuses_is_put_back_and_sites_go_on(
    web: Machine, visit: Callable[..., Answer]
) -> None:
    before, was = workers(web), web.read_file("/usr/local/share/essaim/nginx.conf")
    said = web.run([*AGENT, "-c", REFUSED]).stdout.decode()
    assert said.startswith("install.nginx_refused")
    assert 'unknown directive "this"' in said
    assert web.read_file("/usr/local/share/essaim/nginx.conf") == was
    assert workers(web) == before
    assert visit(f"http://{A}/").status == 200


REAP = """
from essaim.agent import reaper
from essaim.agent.machine import Config, Machine
reaper.LOOKS = 1
print(*reaper.Reaper(Machine(Config(machine="", roles=("web",)))).look())
"""


def test_idle_php_is_put_to_sleep_and_the_next_request_wakes_it(web: Machine, visit: Callable[..., Answer]) -> None:
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    eventually(lambda: b"essaim-php@bob.service" in web.run([*AGENT, "-c", REAP]).stdout, seconds=60)
    assert web.run(["pgrep", "-u", "22002"], check=False).stdout == b""
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200


def test_after_a_reboot_sites_answer_without_the_agent(web: Machine, visit: Callable[..., Answer]) -> None:
    web.reboot()
    eventually(lambda: visit(f"http://{A}/").status == 200)
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=1").status == 200
    assert web.run(["systemctl", "is-active", "essaim-agent"], check=False).stdout.strip() != b"active"


def test_a_home_is_kept_until_it_is_erased(web: Machine, visit: Callable[..., Answer]) -> None:
    apply(web, "web", account("leaver", 22_006), site("leaver", "leaver.test"))
    remove(web, "leaver.test", "leaver", is_erased=False)
    gone = visit("http://leaver.test/")
    assert (gone.status, gone.state) == (421, "unknown")
    assert web.run(["stat", "-c", "%u %a", "/srv/essaim/accounts/leaver"]).stdout == b"22006 710\n"
    assert web.run(["getent", "passwd", "leaver"], check=False).returncode != 0
    remove(web, "leaver.test", "leaver", is_erased=True)
    assert web.run(["ls", "-A", "/srv/essaim/accounts"]).stdout.decode().count("leaver") == 0
    left = "ls -d /etc/userdb/*leaver* /etc/userdb/22006* /etc/systemd/system/*leaver* /etc/essaim/accounts/leaver* 2>/dev/null | wc -l"
    assert web.run(["bash", "-c", left]).stdout.strip() == b"0"


REMOVE = """
import json, sys
from essaim.agent.machine import Config, Machine
from essaim.agent.resources import resources_for
machine, resources = Machine(Config(machine="", roles=("web",))), resources_for(("web",))
fqdn, login, is_erased = json.load(sys.stdin)
resources["site"].remove(fqdn, erase=is_erased, machine=machine)
resources["account"].remove(login, erase=is_erased, machine=machine)
"""


def remove(web: Machine, fqdn: str, login: str, *, is_erased: bool) -> None:
    argv = web.argv_inside([*AGENT, "-c", REMOVE])
    subprocess.run(argv, input=json.dumps([fqdn, login, is_erased]).encode(), timeout=60, check=True)


def test_applying_a_site_twice_takes_no_time(web: Machine) -> None:
    _, seconds = lane(web, "apply", site("alice", A, f"www.{A}"))
    assert seconds < 0.05


def test_the_web_daemons_are_confined(web: Machine) -> None:
    def exposure(unit: str) -> Any:
        words = ["systemd-analyze", "security", "--no-pager", "--json=short", unit]
        return web.run(words, check=False).stdout

    limits = web.run(
        ["systemctl", "show", "-p", "NoNewPrivileges,ProtectSystem,CapabilityBoundingSet", "essaim-php@bob.service"]
    )
    assert b"NoNewPrivileges=yes" in limits.stdout
    assert b"ProtectSystem=strict" in limits.stdout
    assert b"CapabilityBoundingSet=\n" in limits.stdout + b"\n"
    assert exposure("essaim-php@bob.service")
    erase(web, "web", ("site", "extra0.test"), ("account", "extra0"))
