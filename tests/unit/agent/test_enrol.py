"""A token for credentials, and a sentence for whatever goes wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from essaim.agent.enrol import enrol
from essaim.agent.errors import AgentError
from essaim.agent.machine import Paths
from essaim.contract import Enrolled, MachineName, encode

ANSWER = encode(
    Enrolled(
        machine=MachineName("web1"), roles=("web",), credentials="jwt", bus_url="tls://bus.test:4222", bus_ca="pem"
    )
)


@contextmanager
def manager(status: int, body: bytes) -> Iterator[tuple[str, list[dict[str, str]]]]:
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            asked[-1]["path"] = self.path
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_credentials_are_written_and_the_seed_stays_here(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    with manager(201, ANSWER) as (url, asked):
        machine = enrol(f"{url}/", "token-1", paths)
    assert (machine.config.machine, machine.roles, machine.config.bus_url) == ("web1", ("web",), "tls://bus.test:4222")
    assert asked[0]["path"] == "/api/v1/enrolments"
    assert (asked[0]["token"], asked[0]["public_key"][0]) == ("token-1", "U")
    seed = (paths.etc / "agent.seed").read_text().strip()
    assert seed not in json.dumps(asked)
    assert (paths.etc / "agent.seed").stat().st_mode & 0o777 == 0o600
    assert (paths.etc / "agent.jwt").stat().st_mode & 0o777 == 0o600


def test_a_refusal_says_the_managers_own_words(tmp_path: Path) -> None:
    problem = json.dumps({"title": "No", "detail": "This token was used.", "hint": "Make another."}).encode()
    with manager(403, problem) as (url, _), pytest.raises(AgentError) as refused:
        enrol(url, "token", Paths(tmp_path))
    assert "This token was used." in refused.value.sentence
    assert refused.value.advice == "Make another."
    assert not (tmp_path / "etc/essaim/agent.toml").exists()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(201, b"<html>", "enrol.answer"), (201, b"{}", "enrol.answer"), (502, b"", "enrol.refused")],
)
def test_another_answer_is_told(tmp_path: Path, status: int, body: bytes, code: str) -> None:
    with manager(status, body) as (url, _), pytest.raises(AgentError) as wrong:
        enrol(url, "token", Paths(tmp_path))
    assert wrong.value.code == code


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://127.0.0.1:1", "enrol.manager_away"), ("manager.test", "enrol.address"), ("file:///etc", "enrol.address")],
)
def test_a_manager_that_cannot_be_reached_is_told(tmp_path: Path, url: str, code: str) -> None:
    with pytest.raises(AgentError) as wrong:
        enrol(url, "token", Paths(tmp_path))
    assert wrong.value.code == code


def test_the_same_key_is_used_again_after_a_refusal(tmp_path: Path) -> None:
    with manager(403, b"{}") as (url, asked):
        for _ in range(2):
            with pytest.raises(AgentError):
                enrol(url, "token", Paths(tmp_path))
    assert asked[0]["public_key"] == asked[1]["public_key"]
