"""A hostile tenant and a neighbour on the platform as it stands, and a world with services that must not be reached."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from essaim.agent.engines import php
from essaim.contract import Login
from essaim.contract.php import DEFAULT
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.hostile import attempts
from tests.lab.whole import Visitor, account, eventually, live, property_of, put, zip_of

SECRET = "what belongs to the neighbour"
QUOTA_BYTES, PROCESSES, MEMORY_BYTES = 50_000_000, 60, 512_000_000
PORT = 7777
WORLD4, WORLD6, METADATA, LINK6 = "198.51.100.7", "2001:db8:7::7", "169.254.169.254", "fe80::7"
KEPT = r"""<?php
file_put_contents('/dev/shm/of-the-neighbour', 'secret');
file_put_contents('/tmp/of-the-neighbour', 'secret');
echo json_encode(scandir('/tmp'));
"""
SERVICES = """
import select, socket, sys
def listen(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        sock.listen(50)
    return sock
kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
socks = [listen(kind, int(port)) for port in sys.argv[1:] for kind in kinds]
print("ready", flush=True)
while True:
    for sock in select.select(socks, [], [])[0]:
        if sock.type == socket.SOCK_DGRAM:
            sock.sendto(b"220 here", sock.recvfrom(100)[1])
        else:
            talk = sock.accept()[0]
            talk.send(b"220 here\\r\\n")
            talk.close()
"""
"""Answers everybody who comes, over TCP and UDP, on these ports."""


@dataclass(frozen=True)
class Names:
    """Who is who: the tenant `a` with the site `own`, the neighbour `b` with `site`."""

    a: str
    b: str
    own: str
    site: str

    @property
    def home(self) -> str:
        return f"/srv/essaim/accounts/{self.a}/sites/{self.own}"

    @property
    def neighbours_home(self) -> str:
        return f"/srv/essaim/accounts/{self.b}/sites/{self.site}"


class Tenant:
    """What the tenant puts into their own site, and asks for there."""

    def __init__(self, web: Machine, visitor: Visitor, names: Names) -> None:
        self.web, self.visitor, self.names = web, visitor, names

    def writes(self, name: str, text: str) -> None:
        """A file of the tenant's site."""
        self.web.write_file(f"{self.names.home}/{name}", text.encode(), owner=f"{self.names.a}:{self.names.a}")

    def runs(self, code: str, *, seconds: int = 55) -> str:
        """PHP in the tenant's site; what it prints."""
        self.writes("run.php", f"<?php set_time_limit({seconds}); {code}")
        answer = self.visitor.get(f"http://{self.names.own}/run.php", "--max-time", str(seconds + 5))
        assert answer.status == 200, answer
        return answer.text

    def neighbour_is_served(self) -> bool:
        """The neighbour's page and PHP answer."""
        page = self.visitor.get(f"http://{self.names.site}/", "--max-time", "10")
        php = self.visitor.get(f"http://{self.names.site}/.well-known/essaim/php?nonce=1", "--max-time", "10")
        return (page.status, page.text, php.status) == (200, SECRET, 200)

    def starts_anew(self) -> None:
        """Everything that the tenant runs has ended; its PHP answers again."""
        login = Login(self.names.a)
        socket, service = php.socket_unit(login, DEFAULT), php.service_unit(login, DEFAULT)
        self.web.run(["systemctl", "stop", socket, service])
        self.web.run(["systemctl", "start", socket])
        proof = f"http://{self.names.own}/.well-known/essaim/php?nonce=1"
        eventually(lambda: self.visitor.get(proof, "--max-time", "5").status == 200, seconds=120)


@pytest.fixture(scope="session")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture(scope="session")
def names(platform: Platform, run: str) -> Names:
    """Two accounts and their sites."""
    limits = {"quota_bytes": QUOTA_BYTES, "processes": PROCESSES, "memory_bytes": MEMORY_BYTES}
    a, b = account(platform, "mechant", **limits), account(platform, "voisin", **limits)
    names = Names(a, b, f"own-{run}.test", f"other-{run}.test")
    live(platform, a, names.own, https_only=False)
    live(platform, b, names.site, https_only=False)
    put(platform, names.own, zip_of(try_php=attempts.PHP, tenant_py=attempts.PYTHON))
    put(platform, names.site, zip_of(index_html=SECRET, kept_php=KEPT))
    return names


@pytest.fixture(scope="session")
def tenant(web: Machine, visitor: Visitor, names: Names) -> Tenant:
    return Tenant(web, visitor, names)


@pytest.fixture(scope="session")
def neighbour_awake(visitor: Visitor, web: Machine, names: Names) -> int:
    """The neighbour's PHP runs; its main process."""
    assert json.loads(visitor.get(f"http://{names.site}/kept.php").text)
    return int(property_of(web, php.service_unit(Login(names.b), DEFAULT), "MainPID"))


@pytest.fixture(scope="session")
def world(platform: Platform, web: Machine) -> Iterator[dict[str, Any]]:
    """Services in the world, in the house, and on the web machine itself; the addresses they are found at."""
    outside = platform.lab.machine("outside1")
    addresses = [f"{WORLD4}/32", f"{METADATA}/32", f"{WORLD6}/128", f"{LINK6}/64"]
    for address in addresses:
        outside.run(["ip", "address", "replace", address, "dev", "host0"])
    for family, route in (
        ("-4", f"{WORLD4}/32"),
        ("-4", f"{METADATA}/32"),
        ("-6", f"{WORLD6}/128"),
        ("-4", "224.0.0.0/4"),
    ):
        web.run(["ip", family, "route", "replace", route, "dev", "host0"])
    platform.lab.resolver.set("rebound.test", a=["127.0.0.1"])
    with listening(outside, 25, 80, 465, 587, 2525), listening(web, PORT):
        index = json.loads(web.run(["ip", "-json", "link", "show", "host0"]).stdout)[0]["ifindex"]
        yield {
            "world4": WORLD4, "world6": WORLD6, "house4": outside.address4, "house6": outside.address6,
            "manager4": platform.manager.address4, "manager6": platform.manager.address6,
            "machine4": web.address4, "machine6": web.address6, "port": PORT, "rebound": "rebound.test",
            "linklocal6": f"{LINK6}%{index}", "broadcast4": "10.77.0.255",
        }  # fmt: skip
    for address in addresses:
        outside.run(["ip", "address", "delete", address, "dev", "host0"], check=False)
    for route in (WORLD4, METADATA, WORLD6, "224.0.0.0/4"):
        web.run(["ip", "route", "delete", route, "dev", "host0"], check=False)


@contextmanager
def listening(machine: Machine, *ports: int) -> Iterator[None]:
    """Something on the machine answers everybody on these ports."""
    with machine.popen(["python3", "-u", "-c", SERVICES, *map(str, ports)]) as services:
        try:
            assert services.stdout is not None
            assert services.stdout.readline() == b"ready\n", services.communicate()
            yield
        finally:
            services.kill()


@pytest.fixture(scope="session")
def tried(platform: Platform, web: Machine, visitor: Visitor, names: Names, neighbour_awake: int) -> dict[str, Any]:
    """What came of every attempt by PHP."""
    query = "&".join(f"{name}={value}" for name, value in {**asdict(names), "pid": neighbour_awake}.items())
    answer = visitor.get(f"http://{names.own}/try.php?{query}", "--max-time", "55")
    assert answer.status == 200, answer
    told: dict[str, Any] = json.loads(answer.text)
    return told


@pytest.fixture(scope="session")
def called(
    web: Machine, tenant: Tenant, names: Names, world: dict[str, Any], neighbour_awake: int
) -> list[dict[str, Any]]:
    """What came of every attempt by system calls, and of what must succeed."""
    pids = {unit: int(property_of(web, f"essaim-{unit}.service", "MainPID")) for unit in ("web", "agent")}
    uid = int(web.run(["id", "-u", names.b]).stdout)
    see = {**asdict(names), **world, "pid": neighbour_awake, "uid": uid, "nginx": pids["web"], "agent": pids["agent"]}
    said = tenant.runs(f"passthru('python3 tenant.py ' . escapeshellarg({json.dumps(json.dumps(see))}) . ' 2>&1');")
    assert said.startswith("["), said
    told: list[dict[str, Any]] = json.loads(said)
    return told


def from_outside(machine: Machine, script: str, *arguments: str, seconds: float = 60) -> str:
    """What a script of Python prints on a machine outside."""
    argv = machine.argv_inside(["python3", "-c", script, *arguments])
    ran = subprocess.run(argv, capture_output=True, timeout=seconds, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()
