"""What one account can reach of another's and of the machine's, tried by a client with bad intentions: PHP in their own site, on the
platform as it stands. One request makes every attempt; each is a test that fails if the attempt succeeds.
"""

import json
from typing import Any

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.load import visitors
from tests.lab.whole import Visitor, account, eventually, live, property_of, put, zip_of

SECRET = "what belongs to the neighbour"
QUOTA_BYTES, PROCESSES, MEMORY_BYTES = 50_000_000, 60, 512_000_000
CHILDREN = 7
"""PHP's processes with these limits, beside their master."""

PHP = r"""<?php
set_time_limit(50);
error_reporting(0);
$b = $_GET['b']; $home = "/srv/essaim/accounts/$b"; $site = $_GET['site']; $pid = (int) $_GET['pid'];
$secret = 'what belongs to the neighbour';

function reads($path) {  // by PHP's own functions, or by a program
    $file = escapeshellarg($path);
    $shell = shell_exec("head -c 1 $file 2>/dev/null; ls -A $file/ 2>/dev/null");
    return (string) @file_get_contents($path) !== '' || count(@scandir($path) ?: []) > 2 || trim((string) $shell) !== '';
}
function writes($path) { return @file_put_contents($path, 'x') !== false; }
function talks($address) {
    $talk = @stream_socket_client($address, $number, $text, 3);
    return $talk !== false;
}
function pings($host, $port, $say) {  // what the other side answers to what is said
    $talk = @stream_socket_client("tcp://$host:$port", $number, $text, 3);
    if ($talk === false) return '';
    stream_set_timeout($talk, 3);
    $told = (string) fgets($talk);
    fwrite($talk, $say);
    return $told . (string) fgets($talk) . (string) fgets($talk);
}

$me = posix_geteuid();
$found = [
    'read a file of the neighbour' => reads("$home/sites/$site/index.html"),
    'list the home of the neighbour' => reads($home),
    'list the sites of the neighbour' => reads("$home/sites"),
    'read the sessions of the neighbour' => reads("$home/.sessions"),
    'leave its home for the others' => count(@scandir('/srv/home/..') ?: []) > 4 || count(@scandir('/srv/essaim') ?: []) > 0,
    'see who has an account' => count(array_diff(@scandir('/srv/essaim/accounts') ?: [], ['.', '..', $_GET['a']])) > 0,
    'read the proofs of sites' => reads("/srv/essaim/sites/$site/proof"),
    'read the private key of the neighbour' => reads("/srv/essaim/tls/$site/key.pem"),
    'read an own private key' => reads("/srv/essaim/tls/{$_GET['own']}/key.pem"),
    'read the agent\'s seed' => reads('/etc/essaim/agent.seed'),
    'read the agent\'s settings' => reads('/etc/essaim/agent.toml'),
    'read the neighbour\'s settings' => reads("/etc/essaim/accounts/$b.env"),
    'read what the agent remembers' => reads('/var/lib/essaim/agent/agent.sqlite3'),
    'read the key for the authority' => reads('/var/lib/essaim/agent/acme'),
    'read the sources of the agent' => reads('/opt/essaim/src/essaim/agent/main.py'),
    'read the passwords of the machine' => reads('/etc/shadow'),
    'read the home of root' => reads((posix_getpwuid(0) ?: throw new Exception('who is root?'))['dir']),
    'read the journal' => reads('/run/log/journal') || reads('/var/log/journal'),
    'read the memory of the machine' => reads('/dev/mem') || reads('/proc/kcore'),
    'list the kernel\'s messages' => reads('/dev/kmsg') || trim((string) shell_exec('dmesg 2>/dev/null')) !== '',
    'connect to the PHP of the neighbour' => talks("unix:///run/essaim/php/$b.8.2.sock"),
    'connect to systemd' => talks('unix:///run/systemd/private'),
    'connect to the message bus' => talks('unix:///run/dbus/system_bus_socket') || talks('unix:///var/run/dbus/system_bus_socket'),
    'ask systemd for its units' => trim((string) shell_exec('systemctl list-units --no-legend 2>/dev/null')) !== '',
    'see a process of another' => array_filter(glob('/proc/[0-9]*'), fn($p) => @fileowner($p) !== false && @fileowner($p) !== $me) !== [],
    'see the command line of the first process' => reads('/proc/1/cmdline') || reads('/proc/1/environ'),
    'signal a process of the neighbour' => posix_kill($pid, 0),
    'signal the first process' => posix_kill(1, 0),
    'write into the home of the neighbour' => writes("$home/sites/$site/planted.html"),
    'write into another site of the machine' => writes("/srv/essaim/sites/$site/docroot/planted.html"),
    'write a link for a site' => @symlink($home, "/srv/essaim/sites/planted.test"),
    'write an answer to a challenge' => writes('/srv/essaim/challenges/planted'),
    'write beside the homes' => writes('/srv/essaim/accounts/planted') || writes('/srv/planted'),
    'write into the machine' => writes('/etc/planted') || writes('/usr/local/bin/planted') || writes('/var/planted') || writes('/run/planted'),
    'write a job for later' => writes('/var/spool/cron/crontabs/x') || writes('/etc/cron.d/x') || writes('/etc/systemd/system/x.service'),
    'write a user' => writes('/etc/userdb/planted.user') || writes('/run/userdb/planted.user'),
    'read what the neighbour shares with itself' => reads('/dev/shm/of-the-neighbour'),
    'list the users of the machine' => reads('/etc/userdb'),
    'make a file that runs as another' => (function () {
        @copy('/bin/true', 'own-true');
        return @chmod('own-true', 04755) && (fileperms('own-true') & 04000) !== 0;
    })(),
    'become root by a program of the machine' => trim((string) shell_exec('su -c "id -u" 2>/dev/null; mount --bind /etc /mnt 2>/dev/null && echo mounted')) !== '',
    'make a namespace' => trim((string) shell_exec('unshare --user --map-root-user id -u 2>/dev/null')) === '0',
    'trace another process' => trim((string) shell_exec("cat /proc/$pid/maps 2>/dev/null | head -c 10")) !== '',
    'change the clock' => trim((string) shell_exec('date --set=2001-01-01 >/dev/null 2>&1 && echo set')) !== '',
    'open a raw socket' => function_exists('socket_create') && @socket_create(AF_INET, SOCK_RAW, 1) !== false,
    'listen where the web does' => @stream_socket_server('tcp://0.0.0.0:443') !== false || @stream_socket_server('tcp://0.0.0.0:81') !== false,
    'use the bus without credentials' => strpos(pings('10.77.0.2', 4222, "CONNECT {\"verbose\":true}\r\nPING\r\n"), 'PONG') !== false,
    'raise the memory limit' => @ini_set('memory_limit', '-1') !== false && ini_get('memory_limit') === '-1',
];
header('Content-Type: application/json');
echo json_encode(['found' => $found, 'me' => posix_getpwuid($me)['name'], 'tmp' => @scandir('/tmp'), 'open' => array_filter(
    ['own file' => reads(__FILE__), 'own home' => writes("/srv/home/own"), 'tmp' => writes('/tmp/own-' . $_GET['a'])])]);
"""
ATTEMPTS = [
    line.strip().split("' =>")[0].strip("'").replace("\\'", "'")
    for line in PHP.splitlines()
    if line.startswith("    '") and "' =>" in line
]


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture(scope="module")
def names(platform: Platform, run: str) -> dict[str, str]:
    """Two accounts, their sites, and PHP of both awake."""
    limits = {"quota_bytes": QUOTA_BYTES, "processes": PROCESSES, "memory_bytes": MEMORY_BYTES}
    a, b = account(platform, "mechant", **limits), account(platform, "voisin", **limits)
    names = {"a": a, "b": b, "own": f"mechant-{run}.test", "site": f"voisin-{run}.test"}
    live(platform, a, names["own"], https_only=False)
    live(platform, b, names["site"], https_only=False)
    put(
        platform,
        names["own"],
        zip_of(try_php=PHP, fill_php=FILL, bomb_php=BOMB, hog_php=HOG, link_php=LINK, slow_php="<?php sleep(4);"),
    )
    put(platform, names["site"], zip_of(index_html=SECRET, kept_php=KEPT))
    return names


@pytest.fixture(scope="module")
def tried(platform: Platform, web: Machine, visitor: Visitor, names: dict[str, str]) -> dict[str, Any]:
    """What came of every attempt."""
    assert json.loads(visitor.get(f"http://{names['site']}/kept.php").text)
    pid = property_of(web, f"essaim-php-8.2@{names['b']}.service", "MainPID")
    query = "&".join(f"{name}={value}" for name, value in {**names, "pid": pid}.items())
    answer = visitor.get(f"http://{names['own']}/try.php?{query}", "--max-time", "50")
    assert answer.status == 200, answer
    told: dict[str, Any] = json.loads(answer.text)
    return told


def test_the_attempts_are_made_by_the_account_and_can_succeed_where_they_may(
    tried: dict[str, Any], names: dict[str, str]
) -> None:
    assert tried["me"] == names["a"]
    assert set(tried["open"]) == {"own file", "own home", "tmp"}
    assert set(tried["found"]) == set(ATTEMPTS)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_client_cannot(tried: dict[str, Any], attempt: str) -> None:
    assert tried["found"][attempt] is False


def test_temporary_files_are_each_accounts_own(
    visitor: Visitor, tried: dict[str, Any], names: dict[str, str], web: Machine
) -> None:
    assert f"own-{names['a']}" not in json.loads(visitor.get(f"http://{names['site']}/kept.php").text)
    assert web.run(["test", "-e", f"/tmp/own-{names['a']}"], check=False).returncode == 1  # noqa: S108


KEPT = r"""<?php
file_put_contents('/dev/shm/of-the-neighbour', 'secret');
echo json_encode(scandir('/tmp'));
"""
LINK = r"""<?php
$b = $_GET['b']; $home = "/srv/essaim/accounts/$b/sites/{$_GET['site']}";
foreach (['file.html' => "$home/index.html", 'folder' => $home, 'passwd' => '/etc/passwd', 'home' => "/srv/essaim/accounts/$b",
          'key.pem' => "/srv/essaim/tls/{$_GET['site']}/key.pem", 'seed' => '/etc/essaim/agent.seed'] as $name => $to) {
    @unlink($name);
    if (!symlink($to, $name)) echo "no link $name\n";
}
"""


@pytest.mark.parametrize("path", ["file.html", "folder/index.html", "passwd", "key.pem", "seed", "home/sites"])
def test_nginx_follows_no_link_to_what_is_not_the_clients(visitor: Visitor, names: dict[str, str], path: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in names.items())
    assert visitor.get(f"http://{names['own']}/link.php?{query}").text == ""
    answer = visitor.get(f"http://{names['own']}/{path}")
    assert answer.status in (403, 404)
    assert SECRET not in answer.text


# -- limits

FILL = r"""<?php
set_time_limit(50);
$block = random_bytes(1 << 20); $written = 0; $file = fopen('big', 'w');
while ($written < 200 && @fwrite($file, $block) === 1 << 20 && @fsync($file)) $written++;
fclose($file); unlink('big'); echo $written;
"""
BOMB = r"""<?php
shell_exec("bash -c 'for i in $(seq 400); do sleep 60 & done; wait' >/dev/null 2>&1 &");
echo 'started';
"""
HOG = r"""<?php
if (isset($_GET['shell'])) { echo shell_exec("perl -e 'print length(q(x) x 900000000)' 2>&1"); exit; }
$all = []; while (true) { $all[] = str_repeat('x', 1 << 20); }
"""


def test_a_quota_ends_what_an_account_writes_and_the_neighbour_writes_on(
    visitor: Visitor, web: Machine, names: dict[str, str]
) -> None:
    written = int(visitor.get(f"http://{names['own']}/fill.php", "--max-time", "110").text)
    assert 20 < written <= (QUOTA_BYTES >> 20) + 8  # btrfs counts when it commits
    as_neighbour = ["setpriv", f"--reuid={names['b']}", f"--regid={names['b']}", "--clear-groups"]
    web.run([*as_neighbour, "dd", "if=/dev/zero", f"of=/srv/essaim/accounts/{names['b']}/more", "bs=1M", "count=5"])


def test_a_fork_bomb_ends_at_its_limit_and_the_neighbour_is_served(
    visitor: Visitor, web: Machine, names: dict[str, str]
) -> None:
    def count() -> int:
        return int(web.run(["sh", "-c", f"pgrep -u {names['a']} | wc -l"]).stdout)

    visitor.get(f"http://{names['own']}/bomb.php")
    try:
        eventually(lambda: count() > PROCESSES // 2, seconds=50)
        assert count() <= PROCESSES
        assert visitor.get(f"http://{names['site']}/.well-known/essaim/php?nonce=1").status == 200
    finally:
        web.run(["systemctl", "stop", f"essaim-php-8.2@{names['a']}.service"])
    eventually(lambda: visitor.get(f"http://{names['own']}/.well-known/essaim/php?nonce=1").status == 200)


def test_a_memory_hog_ends_and_the_neighbour_is_served(visitor: Visitor, names: dict[str, str]) -> None:
    assert visitor.get(f"http://{names['own']}/hog.php").status == 500
    assert "Out of memory" in visitor.get(f"http://{names['own']}/hog.php?shell=1").text
    assert visitor.get(f"http://{names['site']}/.well-known/essaim/php?nonce=1").status == 200
    assert visitor.get(f"http://{names['own']}/.well-known/essaim/php?nonce=1").status == 200


def test_a_client_whose_every_process_is_busy_slows_no_neighbour(
    platform: Platform, web: Machine, visitor: Visitor, names: dict[str, str]
) -> None:
    unit = f"essaim-php-8.2@{names['a']}"
    count = ["sh", "-c", f"pgrep -u {names['a']} php-fpm | wc -l"]
    try:
        # FPM makes a process for a connection that comes while it looks, and none for those that came before: of one burst it
        # may see the last alone. So the visitors go on asking; forty in one queue with the neighbour would hold them up for 20 s.
        with visitors(platform.lab.machine("outside1"), f"http://{names['own']}/slow.php", 40):
            eventually(lambda: int(web.run(count).stdout) > CHILDREN)
            answer = visitor.get(f"http://{names['site']}/.well-known/essaim/php?nonce=1", "--max-time", "10")
            assert answer.status == 200, answer
            assert int(web.run(count).stdout) > CHILDREN
    finally:  # with the queue of who asked last
        web.run(["systemctl", "stop", f"{unit}.socket", f"{unit}.service"])
        web.run(["systemctl", "start", f"{unit}.socket"])
