"""What a site has beyond files and PHP: nginx reads its record, and hands its visitors to an engine of the account's own."""

import json
from collections.abc import Iterator

import pytest

from essaim.lab.machine import Machine
from tests.lab.applying import apply, site
from tests.lab.web.serving import A, Visit

SOCKET = "/run/essaim/program/alice.test.sock"
ECHO = """
import http.server, json, os, socketserver
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def address_string(self): return "-"
    def do_GET(self):
        said = json.dumps({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(said)))
        self.send_header("X-Accel-Redirect", "/index.html"); self.end_headers(); self.wfile.write(said)
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer): daemon_threads = True
path = "/run/essaim/program/alice.test.sock"
os.makedirs(os.path.dirname(path), exist_ok=True)
server = Server(path, Echo); os.chmod(path, 0o666); server.serve_forever()
"""


@pytest.fixture
def program(web: Machine) -> Iterator[None]:
    """The site's visitors are another program's."""
    web.run(["systemd-run", "--unit=echo", "--collect", "/usr/bin/python3", "-c", ECHO])
    apply(web, "web", site("alice", A, f"www.{A}", engine="program"))
    web.run(["ln", "-sfn", SOCKET, f"/srv/essaim/programs/{A}"])  # as its program does once it answers
    web.run(["sh", "-c", f"for n in $(seq 100); do [ -S {SOCKET} ] && exit; sleep 0.05; done; exit 1"])
    yield
    web.run(["systemctl", "stop", "echo"])
    web.run(["rm", "-f", SOCKET, f"/srv/essaim/programs/{A}"])
    apply(web, "web", site("alice", A, f"www.{A}"))


def test_what_an_engine_is_told_of_a_visit_is_nginx_own_word(program: None, visit: Visit) -> None:
    lies = (
        "X-Forwarded-For: 192.0.2.1",
        "X-Real-IP: 192.0.2.1",
        "X-Forwarded-Proto: gopher",
        "Forwarded: for=192.0.2.1",
    )
    told = json.loads(visit(f"http://www.{A}/a%20b?c=d", *(word for lie in lies for word in ("-H", lie))).text)
    assert told["path"] == "/a%20b?c=d"
    assert told["host"] == f"www.{A}"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-forwarded-for"] == told["x-real-ip"] != "192.0.2.1"
    assert "forwarded" not in told
    assert "upgrade" not in told


def test_an_engine_cannot_have_nginx_send_another_file(program: None, visit: Visit) -> None:
    assert '"path"' in visit(f"http://{A}/x").text


def test_the_platforms_own_doors_stay_nginx_own(program: None, visit: Visit) -> None:
    assert '"path"' not in visit(f"http://{A}/.well-known/essaim/proof").text


def test_an_engine_that_is_not_there_is_said_and_a_site_without_one_is_served_at_once(
    web: Machine, visit: Visit
) -> None:
    apply(web, "web", site("alice", A, f"www.{A}", engine="program"))
    assert visit(f"http://{A}/").status == 502
    apply(web, "web", site("alice", A, f"www.{A}"))
    assert visit(f"http://{A}/").status == 200


def test_text_is_sent_smaller_to_who_reads_brotli(web: Machine, visit: Visit) -> None:
    home = f"/srv/essaim/accounts/alice/sites/{A}"
    web.write_file(f"{home}/long.css", b"p{margin:0}" * 1000, owner="alice:alice")
    shown = visit(
        f"http://{A}/long.css", "-H", "Accept-Encoding: br", "--include", "--output", "/dev/null", "--dump-header", "-"
    ).text
    assert "content-encoding: br" in shown.lower()
