"""The web machine itself: what was changed by hand, a full disk, a reboot, homes that are kept."""

import json
import subprocess
from typing import Any

from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, REFUSED, account, apply, content, erase, install, put_blob, site
from tests.lab.web.serving import ALICE, A, B, Visit, lane
from tests.lab.whole import eventually, quickest, workers, zip_of


def test_drift_is_mended(web: Machine, visit: Visit) -> None:
    specs = [account(*ALICE), site("alice", A, f"www.{A}")]
    assert lane(web, "check", *specs)[0] == []
    web.run(["systemctl", "stop", "essaim-php-8.2@alice.socket"])
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


def test_a_full_disk_leaves_nothing_half_written_and_is_told(web: Machine, visit: Visit) -> None:
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


def test_a_configuration_that_nginx_refuses_is_put_back_and_sites_go_on(web: Machine, visit: Visit) -> None:
    before, was = workers(web), web.read_file("/usr/local/share/essaim/nginx.conf")
    said = web.run([*AGENT, "-c", REFUSED]).stdout.decode()
    assert said.startswith("install.nginx_refused")
    assert 'unknown directive "this"' in said
    assert web.read_file("/usr/local/share/essaim/nginx.conf") == was
    assert workers(web) == before
    assert visit(f"http://{A}/").status == 200


TURNS = """
import ctypes, json, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
got = ctypes.create_string_buffer(56)
call = {"x86_64": 315, "aarch64": 275}[__import__("os").uname().machine]  # sched_getattr(2)
assert libc.syscall(call, int(sys.argv[1]), got, 56, 0) == 0
print(json.dumps(struct.unpack_from("=LLQlLQ", got)))
"""


def test_accounts_take_short_turns_and_nginx_goes_first(web: Machine, visit: Visit) -> None:
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=1").status == 200
    main = {
        unit: web.run(["systemctl", "show", "--value", "--property=MainPID", unit]).stdout.decode().strip()
        for unit in ("essaim-php-8.2@alice.service", "essaim-web.service")
    }
    turns = web.run(["python3", "-c", TURNS, main["essaim-php-8.2@alice.service"]]).stdout
    _size, policy, _flags, nice, _priority, slice_ns = json.loads(turns)
    assert (policy, nice) == (0, 0)
    if web.run(["sh", "-c", "uname -r | awk -F. '{print ($1 > 6 || $1 == 6 && $2 >= 12)}'"]).stdout.strip() == b"1":
        assert slice_ns == 100_000
    group = web.run(["cat", f"/proc/{main['essaim-web.service']}/autogroup"], check=False).stdout.decode()
    assert not group or group.endswith("nice -10\n")


def test_a_new_unit_of_php_reaches_those_that_are_awake(web: Machine, visit: Visit) -> None:
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    first = web.run(["systemctl", "show", "--value", "--property=MainPID", "essaim-php-8.2@bob.service"]).stdout.strip()
    web.run(["sh", "-c", "echo '# older' >>/etc/systemd/system/essaim-php-8.2@.service"])
    install(web, "web")

    def is_another() -> bool:
        main = ["systemctl", "show", "--value", "--property=MainPID", "essaim-php-8.2@bob.service"]
        return web.run(main).stdout.strip() not in (first, b"0")

    eventually(is_another, seconds=60)
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    assert (
        web.run(["sh", "-c", "grep -c older /etc/systemd/system/essaim-php-8.2@.service"], check=False).stdout == b"0\n"
    )


REAP = """
from essaim.agent import reaper
from essaim.agent.machine import Config, Machine
reaper.LOOKS = 1
print(*reaper.Reaper(Machine(Config(machine="", roles=("web",)))).look())
"""


def test_idle_php_is_put_to_sleep_and_the_next_request_wakes_it(web: Machine, visit: Visit) -> None:
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    eventually(
        lambda: b"essaim-php-8.2@bob.service" in web.run([*AGENT, "-c", REAP]).stdout, seconds=120
    )  # FPM lets its processes go after 20 s
    assert web.run(["pgrep", "-u", "22002"], check=False).stdout == b""
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200


def test_after_a_reboot_sites_answer_without_the_agent(web: Machine, visit: Visit) -> None:
    web.reboot()
    eventually(lambda: visit(f"http://{A}/").status == 200)
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=1").status == 200
    assert web.run(["systemctl", "is-active", "essaim-agent"], check=False).stdout.strip() != b"active"


def test_a_home_is_kept_until_it_is_erased(web: Machine, visit: Visit) -> None:
    apply(web, "web", account("leaver", 22_006), site("leaver", "leaver.test"))
    remove(web, "leaver.test", "leaver", is_erased=False)
    gone = visit("http://leaver.test/")
    assert (gone.status, gone.state) == (410, "closed")
    assert web.run(["stat", "-c", "%u %a", "/srv/essaim/accounts/leaver"]).stdout == b"22006 710\n"
    assert web.run(["getent", "passwd", "leaver"], check=False).returncode != 0
    remove(web, "leaver.test", "leaver", is_erased=True)
    assert web.run(["ls", "-A", "/srv/essaim/accounts"]).stdout.decode().count("leaver") == 0
    left = "ls -d /etc/userdb/*leaver* /etc/userdb/22006* /etc/systemd/system/*leaver* /etc/essaim/accounts/leaver* 2>/dev/null | wc -l"
    assert web.run(["bash", "-c", left]).stdout.strip() == b"0"


def test_a_home_is_not_given_to_another_account_of_its_login(web: Machine, visit: Visit) -> None:
    login, name = "heir", "heir.test"
    own, other = account(login, 22_007), account(login, 22_008)
    files, archive = f"/srv/essaim/accounts/{login}/sites/{name}", zip_of(index_html="of the other")
    apply(web, "web", own, site(login, name))
    web.write_file(f"{files}/mine.html", b"mine", owner=f"{login}:{login}")

    put_blob(web, "r" * 26, archive)
    refused = [other, site(login, "other.heir.test"), content(login, name, "r" * 26, archive)]
    assert [told.code for told in apply(web, "web", *refused)] == ["account.home_of_another"] * 3
    erase(web, "web", ("content", name), ("site", name), ("account", login))  # of the account that was refused
    assert web.run(["stat", "-c", "%u", files]).stdout == b"22007\n"
    assert visit(f"http://{name}/mine.html").text == "mine"

    assert apply(web, "web", own, site(login, name))[0].code == ""
    assert visit(f"http://{name}/.well-known/essaim/php?nonce=1").status == 200
    erase(web, "web", ("site", name), ("account", login))
    assert web.run(["test", "-e", f"/srv/essaim/accounts/{login}"], check=False).returncode == 1


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
    assert quickest(lambda: lane(web, "apply", site("alice", A, f"www.{A}"))[1], under=0.05) < 0.05


def test_the_web_daemons_are_confined(web: Machine) -> None:
    def exposure(unit: str) -> Any:
        words = ["systemd-analyze", "security", "--no-pager", "--json=short", unit]
        return web.run(words, check=False).stdout

    limits = web.run(
        ["systemctl", "show", "-p", "NoNewPrivileges,ProtectSystem,CapabilityBoundingSet", "essaim-php-8.2@bob.service"]
    )
    assert b"NoNewPrivileges=yes" in limits.stdout
    assert b"ProtectSystem=strict" in limits.stdout
    assert b"CapabilityBoundingSet=\n" in limits.stdout + b"\n"
    assert exposure("essaim-php-8.2@bob.service")
