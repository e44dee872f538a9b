"""What neighbours get from a client with bad intentions, on a machine of its own. `tests.lab.hostile` tries more, on a whole platform."""

from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, erase, site
from tests.lab.web.serving import HOME_A, HOME_B, A, Answer, B, Visit, php
from tests.lab.whole import eventually

LOOK = """header("Content-Type: text/plain");
foreach (["/srv/essaim/accounts/bob", "/srv/essaim/accounts/bob/sites/bob.test/index.html", "/srv/essaim/sites/bob.test/proof",
          "/srv/essaim/tls", "/etc/essaim/agent.seed", "/etc/essaim/accounts/bob.env", "/var/lib/essaim", "/run/essaim/php/bob.8.2.sock",
          "/opt/essaim/src", "/root", "/proc/1/environ", "/run/systemd/private", "/run/dbus/system_bus_socket"] as $path)
    if (@file_get_contents($path) !== false || @scandir($path) !== false || @stat("$path/.") !== false
        || @stream_socket_client("unix://$path")) echo "$path\\n";
foreach (glob("/proc/[0-9]*") as $p) if (@fileowner($p) !== posix_geteuid()) echo "$p\\n";
echo shell_exec("cat /srv/essaim/accounts/bob/sites/bob.test/index.html 2>/dev/null; ls /srv/essaim/accounts | grep -v alice");"""


def test_one_accounts_php_sees_nothing_of_another_nor_of_the_machine(web: Machine, visit: Visit) -> None:
    php(web, HOME_A, "look.php", LOOK)
    assert visit(f"http://{A}/look.php") == Answer(200, "")


def test_a_link_to_a_neighbour_is_not_followed_and_one_to_an_own_file_is(web: Machine, visit: Visit) -> None:
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


def test_a_client_who_swaps_the_own_directory_for_a_neighbours_is_refused(web: Machine, visit: Visit) -> None:
    php(web, HOME_A, "swap.php", f'rename(__DIR__, __DIR__ . ".was"); symlink("{HOME_B}", __DIR__);')
    visit(f"http://{A}/swap.php")
    try:
        assert web.run(["readlink", HOME_A]).stdout.decode().strip() == HOME_B
        for path in ("", "index.html", "swap.php"):
            answer = visit(f"http://{A}/{path}")
            assert answer.status in (403, 404)
            assert "bob" not in answer.text
    finally:
        web.run(["bash", "-c", f"rm {HOME_A} && mv {HOME_A}.was {HOME_A}"])


def test_a_fork_bomb_stays_below_its_limit_and_the_neighbour_answers(web: Machine, visit: Visit) -> None:
    bomb = "shell_exec(\"bash -c 'for i in $(seq 500); do sleep 60 & done; wait' >/dev/null 2>&1 &\");"
    php(web, HOME_A, "bomb.php", bomb)

    def count() -> int:
        return int(web.run(["bash", "-c", "pgrep -u 22001 | wc -l"]).stdout)

    visit(f"http://{A}/bomb.php")
    try:
        eventually(lambda: count() > 25, seconds=50)
        assert count() <= 50
        assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    finally:
        web.run(["systemctl", "stop", "essaim-php-8.2@alice.service"])


def test_a_memory_hog_ends_and_the_neighbour_answers(web: Machine, visit: Visit) -> None:
    hog = "ini_set('memory_limit', -1); $a = []; while (true) { $a[] = str_repeat('x', 1 << 20); }"
    php(web, HOME_A, "hog.php", f"{hog}")
    # memory_limit is the platform's: raising it is refused
    assert visit(f"http://{A}/hog.php").status == 500
    shell = "shell_exec('perl -e \"print length(q(x) x 700000000)\" 2>&1')"
    php(web, HOME_A, "shell.php", f"echo {shell};")
    assert "Out of memory" in visit(f"http://{A}/shell.php").text
    assert visit(f"http://{B}/.well-known/essaim/php?nonce=1").status == 200
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=1").status == 200


def test_a_disk_quota_holds_and_may_grow(web: Machine, visit: Visit) -> None:
    small, large = account("quota", 22_005, 20_000_000), account("quota", 22_005, 60_000_000)
    erase(web, "web", ("site", "quota.test"), ("account", "quota"))
    apply(web, "web", small, site("quota", "quota.test"))
    home = "/srv/essaim/accounts/quota/sites/quota.test"
    php(web, home, "fill.php", 'set_time_limit(100); $d = random_bytes(1 << 20); $n = 0; $f = fopen("big", "w"); '
        'while ($n < 40 && @fwrite($f, $d) === 1 << 20 && @fsync($f)) $n++; fclose($f); echo $n;')  # fmt: skip
    assert int(visit("http://quota.test/fill.php").text) < 25  # btrfs counts when it commits
    apply(web, "web", large)
    assert int(visit("http://quota.test/fill.php").text) == 40
