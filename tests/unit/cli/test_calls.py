"""What happens when nobody answers, or only the second time."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from essaim.cli import calls, profiles
from essaim.cli.errors import CommandError, Refused, Unreachable
from essaim.cli.profiles import Profile

PROFILE = Profile("http://manager.example.test", "token")


class Flaky:
    """Answers what it is given, in turn; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers: Iterator[httpx.Response | Exception] = iter(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def api(server: Flaky) -> calls.Api:
    return calls.Api(PROFILE, transport=httpx.MockTransport(server))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls.time, "sleep", lambda _seconds: None)


def test_a_request_without_an_answer_is_sent_again_with_the_same_key() -> None:
    server = Flaky(httpx.ReadError("gone"), httpx.Response(502), httpx.Response(201, json={"fqdn": "a.example.test"}))

    assert api(server).post("/sites", {"name": "a.example.test"}) == {"fqdn": "a.example.test"}

    assert len({request.headers["Idempotency-Key"] for request in server.seen}) == 1
    assert len({request.content for request in server.seen}) == 1


def test_two_requests_have_two_keys() -> None:
    server = Flaky(httpx.Response(200, json={}), httpx.Response(200, json={}))
    speaking = api(server)

    speaking.post("/sites")
    speaking.post("/sites")

    assert server.seen[0].headers["Idempotency-Key"] != server.seen[1].headers["Idempotency-Key"]


def test_a_busy_database_is_asked_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "RETRIED_FOR_S", 0.0)
    server = Flaky(*(httpx.Response(503, json={"code": "core.busy", "title": "Busy."}) for _each in range(9)))

    with pytest.raises(Refused, match="Busy"):
        api(server).post("/sites")


def test_a_manager_that_never_answers_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "RETRIED_FOR_S", -1.0)

    with pytest.raises(Unreachable, match=r"manager\.example\.test"):
        api(Flaky(httpx.ConnectError("refused"))).get("/me")


@pytest.mark.parametrize(
    ("demo", "hint"),
    [
        (PROFILE.url, "Start it: sudo ./essaim demo."),
        ("http://127.0.0.1:8000", "Is the address right"),
        ("", "Is the address right"),
        ('"', "Is the address right"),
    ],
)
def test_a_demo_that_has_ended_says_what_starts_it(
    demo: str, hint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(calls, "RETRIED_FOR_S", -1.0)
    monkeypatch.setenv("ESSAIM_LAB_DIR", str(tmp_path))
    if demo:
        profiles.demo_file().parent.mkdir(parents=True)
        profiles.demo_file().write_text(f'[profiles.default]\nurl = "{demo}"\ntoken = "t"\n')

    with pytest.raises(Unreachable) as told:
        api(Flaky(httpx.ConnectError("refused"))).get("/me")

    assert told.value.hint.startswith(hint)
    assert told.value.exit_code == 4


def test_a_refusal_is_not_sent_again() -> None:
    server = Flaky(httpx.Response(409, json={"code": "hosting.site_taken", "title": "Taken."}))

    with pytest.raises(Refused):
        api(server).post("/sites")

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, text="<html>"), httpx.Response(404, text="<html>"), httpx.Response(500, text="oops")]
)
def test_what_is_no_manager_is_told_so(answer: httpx.Response) -> None:
    with pytest.raises(CommandError) as told:
        api(Flaky(answer)).get("/me")

    assert told.value.exit_code == 1


def test_a_bug_of_the_manager_gives_the_reference_to_quote() -> None:
    body = {"code": "core.bug", "title": "Internal error", "reference": "cafe1234"}

    with pytest.raises(CommandError) as told:
        api(Flaky(httpx.Response(500, json=body))).get("/me")

    assert "cafe1234" in told.value.hint


def test_an_address_where_nothing_listens_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "RETRIED_FOR_S", -1.0)
    refused = httpx.ConnectError("[Errno 111] Connection refused")
    refused.__cause__ = ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(Unreachable) as told:
        api(Flaky(refused)).get("/me")

    assert str(told.value) == f"{PROFILE.url} does not answer: nothing listens there."
