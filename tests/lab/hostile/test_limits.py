"""What a hostile tenant uses up: each attempt ends at the tenant's own limit, and the neighbour is served."""

import time
from collections.abc import Iterator

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.hostile.conftest import PROCESSES, QUOTA_BYTES, Names, Tenant
from tests.lab.load import visitors
from tests.lab.whole import Visitor, eventually

CHILDREN = 7
"""PHP's processes with these limits, beside their master."""
SLOW = """
import socket, sys, time
talks, address = [], socket.gethostbyname(sys.argv[1])
for _ in range(int(sys.argv[2])):
    talk = socket.create_connection((address, 80), 10)
    talk.sendall(b"POST /hello.php HTTP/1.1\\r\\nHost: " + sys.argv[1].encode() + b"\\r\\nContent-Length: 100000\\r\\n\\r\\nx")
    talks.append(talk)
print("all", flush=True)
time.sleep(300)
"""
"""So many visitors whose requests never end, from one address of IPv4; who looks meanwhile comes over IPv6."""


@pytest.fixture(autouse=True)
def clean(tenant: Tenant) -> Iterator[None]:
    """Afterwards nothing of the tenant's runs, nothing fills the disk."""
    yield
    tenant.web.run(["rm", "-rf", f"{tenant.names.home}/big", f"{tenant.names.home}/many"])
    tenant.starts_anew()


def count(web: Machine, names: Names, *pattern: str) -> int:
    return int(web.run(["sh", "-c", f"pgrep -u {names.a} {' '.join(pattern)} | wc -l"]).stdout)


def test_a_quota_ends_what_an_account_writes_and_the_neighbour_writes_on(
    tenant: Tenant, web: Machine, names: Names
) -> None:
    written = int(tenant.runs(
        "$block = random_bytes(1 << 20); $written = 0; $file = fopen('big', 'w');"
        "while ($written < 200 && @fwrite($file, $block) === 1 << 20 && @fsync($file)) $written++; echo $written;"
    ))  # fmt: skip
    assert 20 < written <= (QUOTA_BYTES >> 20) + 8  # btrfs counts when it commits
    as_neighbour = ["setpriv", f"--reuid={names.b}", f"--regid={names.b}", "--clear-groups"]
    web.run([*as_neighbour, "dd", "if=/dev/zero", f"of=/srv/essaim/accounts/{names.b}/more", "bs=1M", "count=5"])


def test_temporary_files_are_in_no_ones_way(tenant: Tenant) -> None:
    written = tenant.runs(
        "$block = random_bytes(1 << 20); foreach (['/tmp', '/dev/shm', '/var/tmp', '/dev', '/run'] as $place) { $n = 0;"
        "$file = @fopen(\"$place/big\", 'w'); while ($file && $n < 400 && @fwrite($file, $block) === 1 << 20) $n++; echo $n, ' ';"
        '@unlink("$place/big"); }'
    )
    tmp, shared, *elsewhere = map(int, written.split())
    assert (tmp, shared) == (128, 64)
    assert elsewhere == [0, 0, 0]


def test_a_hundred_thousand_files_hold_nobody_up(tenant: Tenant) -> None:
    made = int(tenant.runs(
        "mkdir('many'); $until = microtime(true) + 45; $n = 0;"
        "while ($n < 100000 && microtime(true) < $until && @touch(\"many/$n\")) $n++; echo $n;"
    ))  # fmt: skip
    assert made > 10_000
    assert tenant.neighbour_is_served()


def test_many_empty_files_in_memory_end_at_a_limit(tenant: Tenant) -> None:
    made = tenant.runs(
        "foreach (['/tmp', '/dev/shm'] as $in) { $n = 0; while ($n < 50000 && @touch(\"$in/n$n\")) $n++; echo $n, ' '; }"
    )
    assert all(int(n) < 21_000 for n in made.split())
    assert tenant.neighbour_is_served()


def test_a_fork_bomb_ends_at_its_limit_and_the_neighbour_is_served(tenant: Tenant, web: Machine, names: Names) -> None:
    tenant.runs(
        "shell_exec(\"bash -c 'for i in $(seq 400); do sleep 60 & done; wait' >/dev/null 2>&1 &\");".replace(
            "$(", "\\$("
        )
    )
    eventually(lambda: count(web, names) > PROCESSES // 2, seconds=50)
    assert count(web, names) <= PROCESSES
    assert tenant.neighbour_is_served()


def test_a_memory_hog_ends_and_the_neighbour_is_served(tenant: Tenant, visitor: Visitor, names: Names) -> None:
    tenant.writes("hog.php", "<?php $all = []; while (true) { $all[] = str_repeat('x', 1 << 20); }")
    assert visitor.get(f"http://{names.own}/hog.php").status == 500
    assert "MemoryError" in tenant.runs(
        "echo shell_exec(\"python3 -c 'x = bytearray(900000000); print(len(x))' 2>&1\");"
    )
    assert tenant.neighbour_is_served()


def test_locked_memory_ends_at_its_limit(tenant: Tenant) -> None:
    lock = "import ctypes, mmap; m = mmap.mmap(-1, 64 << 20); c = ctypes.CDLL(None); a = ctypes.addressof(ctypes.c_char.from_buffer(m))"
    said = tenant.runs(f"echo shell_exec(\"python3 -c '{lock}; print(c.mlock(ctypes.c_void_p(a), 64 << 20))'\");")
    assert said.strip() == "-1"


def test_a_client_whose_every_process_is_busy_slows_no_neighbour(
    platform: Platform, web: Machine, tenant: Tenant, names: Names
) -> None:
    # FPM makes a process for a connection that comes while it looks, and none for those that came before: of one burst it
    # may see the last alone. So the visitors go on asking; forty in one queue with the neighbour would hold them up for 20 s.
    tenant.writes("slow.php", "<?php sleep(4);")
    with visitors(platform.lab.machine("outside1"), f"http://{names.own}/slow.php", 40):
        eventually(lambda: count(web, names, "php-fpm") > CHILDREN)
        assert tenant.neighbour_is_served()
        assert count(web, names, "php-fpm") > CHILDREN


def test_requests_that_never_end_hold_no_neighbour_up(platform: Platform, tenant: Tenant, names: Names) -> None:
    tenant.writes("hello.php", "<?php echo 'hello';")
    with platform.lab.machine("outside1").popen(["python3", "-c", SLOW, names.own, "800"]) as slow:
        try:
            assert slow.stdout is not None
            assert slow.stdout.readline() == b"all\n"
            assert tenant.neighbour_is_served()
            assert tenant.runs("echo 'served';") == "served"  # nginx holds them, no process of PHP
        finally:
            slow.kill()


def test_a_thousand_sockets_each_hold_no_neighbour_up(tenant: Tenant) -> None:
    opened = int(tenant.runs(
        "$all = []; while (count($all) < 100000 && ($pair = @stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0))) $all[] = $pair;"
        "echo 2 * count($all);"
    ))  # fmt: skip
    assert opened < 16_384
    assert tenant.neighbour_is_served()


def test_a_flood_of_the_log_is_cut(tenant: Tenant, web: Machine, names: Names) -> None:
    since = f"@{int(time.time())}"
    tenant.runs(
        "openlog('sshd', LOG_PID, LOG_USER); for ($n = 0; $n < 50000; $n++) syslog(LOG_ERR, \"flood $n \" . str_repeat('x', 900));"
    )
    logged = ["sh", "-c", f"journalctl --since={since} --output=cat _UID=$(id -u {names.a}) | grep -c flood"]

    def lines() -> int:
        return int(web.run(logged, check=False).stdout)

    eventually(lines, seconds=60)  # journald writes when it gets to it
    assert lines() <= 4_000  # it allows a few times more when the disk is empty
    assert tenant.neighbour_is_served()


def test_a_processor_that_is_asked_for_all_the_time_is_shared(tenant: Tenant, web: Machine) -> None:
    tenant.runs(
        'shell_exec("bash -c \'for i in 1 2 3 4 5 6 7 8; do (timeout 20 sh -c \\"while :; do :; done\\") & done\' >/dev/null 2>&1 &");'
    )
    assert tenant.neighbour_is_served()
