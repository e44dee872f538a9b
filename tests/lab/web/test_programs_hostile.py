"""What a hostile client's program tries against its neighbours, nginx and the agent; each attempt is a test that fails if it succeeds."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from essaim.agent.engines.slots import Slot
from essaim.agent.machine import Paths
from essaim.contract import Fqdn
from essaim.lab.machine import Machine
from tests.lab.applying import apply, erase, site
from tests.lab.web.programs import NODE, look, program, put, run
from tests.lab.web.serving import A, B, Visit
from tests.lab.whole import eventually

PROCESSES = 50
SECRET = "what belongs to the neighbour"
TRY = r"""
import http.server, json, os, signal, socket, socketserver, sys, urllib.parse
signal.signal(signal.SIGTERM, signal.SIG_IGN)
see = json.loads(os.environ["SEE"])

def connect(path):
    socket.socket(socket.AF_UNIX).connect(path)
    return True
def tcp(address, port):
    socket.create_connection((address, port), 3)
    return True
def notify():
    talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    talk.sendto(b"STATUS=running 1 99999\nMAINPID=1\nSTOPPING=1", "/run/systemd/notify")
    return False  # what came of it is looked at from outside
def names(path):
    return [name for name in os.listdir(path) if name not in see["own"]]
def bind(path):
    socket.socket(socket.AF_UNIX).bind(path)
    return True
def port(number):
    talk = socket.socket(); talk.bind(("0.0.0.0", number)); talk.listen()
    return True

ATTEMPTS = {
    "see the sockets": lambda: names("/run/essaim"),
    "come to its own socket from inside": lambda: connect(see["own_socket"]),
    "come to the neighbour's program": lambda: connect(see["socket"]),
    "come to the neighbour's PHP": lambda: connect("/run/essaim/php/bob.8.2.sock"),
    "come to it through /proc": lambda: connect("/proc/1/root" + see["socket"]),
    "replace its own socket by a link": lambda: os.symlink(see["socket"], see["own_socket"] + ".link") or True,
    "remove its own socket": lambda: os.unlink(see["own_socket"]) or True,
    "bind beside the sockets": lambda: bind("/run/essaim/program/mine.sock"),
    "lead nginx elsewhere": lambda: os.symlink("/srv/home", "/srv/essaim/programs/alice.test.new") or True,
    "see the neighbour's links": lambda: os.readlink("/srv/essaim/programs/bob.test"),
    "read the neighbour's variables": lambda: open("/etc/essaim/programs/bob.test/1/environment").read(),
    "read variables by the folder of its own": lambda: open("/run/essaim/program/../../../etc/essaim/programs/bob.test/1/environment").read(),
    "change its own settings": lambda: open("/run/essaim/program/command", "w").write("x"),
    "read what the agent keeps": lambda: open("/run/essaim/program/spec").read(),
    "see the neighbour's home": lambda: os.listdir("/srv/essaim/accounts/bob"),
    "see the neighbour's processes": lambda: os.listdir(f"/proc/{see['pid']}"),
    "end the neighbour's program": lambda: os.kill(see["pid"], 9) or True,
    "listen on port 80": lambda: port(80),
    "come to nginx by the loopback": lambda: tcp("127.0.0.1", 80),
    "speak to systemd": lambda: connect("/run/systemd/private"),
    "speak by D-Bus": lambda: connect("/run/dbus/system_bus_socket"),
    "tell systemd lies": notify,
    "write into the tree": lambda: open("/usr/bin/node", "r+"),
    "change the platform's files": lambda: open("/usr/local/share/essaim/listen.js", "w"),
    "become root": lambda: os.setuid(0) or True,
    "keep what is executed in a set-uid file": lambda: os.chmod(open("mine", "w").name, 0o4755) or True,
}
def tried(name):
    try:
        return bool(ATTEMPTS[name]())
    except (OSError, ValueError):
        return False

class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def address_string(self): return "-"
    def log_message(self, *words): pass
    def do_GET(self):
        said = b"hello"
        if self.path == "/try":
            said = json.dumps({name: tried(name) for name in ATTEMPTS}).encode()
        elif self.path == "/bomb":
            forked = 0
            try:
                while forked < 500:
                    if os.fork() == 0:
                        while True: signal.pause()
                    forked += 1
            except OSError:
                pass
            said = str(forked).encode()
        elif self.path == "/hog":
            try:
                said = str(len(bytearray(900_000_000))).encode()
            except MemoryError:
                said = b"MemoryError"
        elif self.path == "/deaf":
            listening.shutdown(socket.SHUT_RDWR)
        elif self.path == "/kill":
            os.kill(os.getppid(), 9)
        elif self.path.startswith("/run?"):
            said = repr(eval(urllib.parse.unquote(self.path[5:]))).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(said))); self.end_headers(); self.wfile.write(said)

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer): daemon_threads = True
listening = socket.socket(fileno=3)
server = Server("", Answer, bind_and_activate=False)
server.socket = listening
server.serve_forever()
"""
NAMES = [
    line.split('"')[1]
    for line in TRY.split("ATTEMPTS = {")[1].split("\n}", maxsplit=1)[0].splitlines()
    if '": ' in line
]


@pytest.fixture(scope="module")
def see(web: Machine) -> Iterator[dict[str, Any]]:
    """The neighbour has a program with a secret; alice's is the hostile one."""
    put(web, "app.js", NODE, "bob", B)
    put(web, "try.py", TRY)
    apply(web, "web", site("alice", A, f"www.{A}", engine="program"), site("bob", B, engine="program"))
    neighbours = program(fqdn=Fqdn(B), account="bob", environment={"SECRET": SECRET}, always_on=True)
    assert apply(web, "web", neighbours)[0].code == ""
    paths = Paths()
    number = int(web.run(["sh", "-c", f"ls /etc/essaim/programs/{B} | grep -x '[0-9]*'"]).stdout)
    pid = web.run(["systemctl", "show", "--property=MainPID", "--value", Slot(Fqdn(B), number).service_unit]).stdout
    yield {
        "socket": str(Slot(Fqdn(B), number).socket_path(paths)),
        "own_socket": str(Slot(Fqdn(A), 1).socket_path(paths)),
        "own": ["program"],  # the folder with its own settings
        "pid": int(pid),
    }
    erase(web, "web", ("program", A), ("program", B))
    apply(web, "web", site("alice", A, f"www.{A}"), site("bob", B))


@pytest.fixture
def hostile(web: Machine, see: dict[str, Any]) -> None:
    apply(web, "web", site("alice", A, f"www.{A}", engine="program"))
    told = run(web, runtime="python", words=("try.py",), environment={"SEE": json.dumps(see)}, processes=PROCESSES)
    assert told.code == "", told


@pytest.fixture(scope="module")
def tried(web: Machine, see: dict[str, Any], visit: Visit) -> dict[str, bool]:
    """What came of every attempt."""
    told = run(web, runtime="python", words=("try.py",), environment={"SEE": json.dumps(see)}, processes=PROCESSES)
    assert told.code == "", told
    found: dict[str, bool] = json.loads(visit(f"http://{A}/try").text)
    return found


def neighbour_is_served(visit: Visit) -> bool:
    return json.loads(visit(f"http://{B}/", "--max-time", "10").text)["secret"] == SECRET


@pytest.mark.parametrize("attempt", NAMES)
def test_a_program_cannot(tried: dict[str, bool], attempt: str) -> None:
    assert tried[attempt] is False


def test_all_attempts_were_made_and_the_neighbour_answers(tried: dict[str, bool], visit: Visit) -> None:
    assert set(tried) == set(NAMES)
    assert len(NAMES) > 20
    assert neighbour_is_served(visit)


def test_what_systemd_is_told_by_a_program_is_not_heard(
    web: Machine, tried: dict[str, bool], see: dict[str, Any]
) -> None:
    spec = program(runtime="python", words=("try.py",), environment={"SEE": json.dumps(see)}, processes=PROCESSES)
    assert look(web, spec)[1]["restarts"] == 0


def test_a_fork_bomb_ends_at_its_limit(web: Machine, visit: Visit, hostile: None) -> None:
    assert int(visit(f"http://{A}/bomb").text) <= PROCESSES
    assert neighbour_is_served(visit)


def test_a_memory_hog_ends_at_its_limit(visit: Visit, hostile: None) -> None:
    assert visit(f"http://{A}/hog").text == "MemoryError"
    assert neighbour_is_served(visit)


def test_one_that_will_not_be_stopped_is_ended(web: Machine, visit: Visit, hostile: None) -> None:
    began = time.monotonic()
    assert run(web, stopped=True).facts["state"] == "stopped"
    assert time.monotonic() - began < 20
    assert web.run(["pgrep", "-u", "alice", "python3"], check=False).returncode == 1


def test_one_that_ends_who_watches_it_is_started_again(visit: Visit, hostile: None) -> None:
    visit(f"http://{A}/kill", "--max-time", "5")
    eventually(lambda: visit(f"http://{A}/", "--max-time", "5").status == 200, seconds=30)


def test_one_that_makes_its_own_socket_deaf_harms_itself_until_it_is_started_anew(
    web: Machine, visit: Visit, hostile: None, see: dict[str, Any]
) -> None:
    visit(f"http://{A}/deaf", "--max-time", "5")
    eventually(lambda: visit(f"http://{A}/", "--max-time", "3").status != 200, seconds=20)
    assert neighbour_is_served(visit)
    told = run(
        web,
        runtime="python",
        words=("try.py",),
        environment={"SEE": json.dumps(see)},
        processes=PROCESSES,
        generation=7,
    )
    assert told.code == ""
    assert visit(f"http://{A}/").status == 200


@pytest.mark.parametrize("target", ["/etc/shadow", "/srv/essaim/accounts/bob/logs/bob.test/program.log"])
def test_a_log_that_is_a_link_shows_and_changes_nothing_of_others(
    web: Machine, visit: Visit, hostile: None, see: dict[str, Any], target: str
) -> None:
    log = f"/srv/home/logs/{A}/program.log"
    before = web.run(["sha256sum", target]).stdout
    code = quote(f"os.unlink({log!r}) or os.symlink({target!r}, {log!r})")
    assert visit(f"http://{A}/run?{code}").text == "None"
    spec = program(runtime="python", words=("try.py",), environment={"SEE": json.dumps(see)}, processes=PROCESSES)
    assert look(web, spec)[1]["lines"] == ""
    assert run(web, runtime="python", words=("try.py",), environment={"SEE": json.dumps(see)}, generation=9).code == ""
    assert web.run(["sha256sum", target]).stdout == before
    assert neighbour_is_served(visit)
    web.run(["rm", "-rf", f"/srv/essaim/accounts/alice/logs/{A}"])


def test_a_folder_of_logs_that_is_a_link_is_refused_in_words(web: Machine, hostile: None) -> None:
    logs = "/srv/essaim/accounts/alice/logs"
    web.run(["sh", "-c", f"mv {logs} {logs}.away && ln -s /etc {logs} && chown -h alice:alice {logs}"])
    told = run(web, generation=11)
    web.run(["sh", "-c", f"rm {logs} && mv {logs}.away {logs}"])
    assert told.code == "account.path_is_link"
    assert web.run(["test", "-e", f"/etc/{A}"], check=False).returncode == 1
