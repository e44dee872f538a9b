"""The command line against the real API, in this process: what httpx sends goes straight to Django."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from django.test import Client as Browser

from essaim.cli import calls
from essaim.cli.root import main
from tests.unit.api.calling import token_for
from tests.unit.factories import make_account, make_client, make_machine, make_person, make_site


class Ended(SimpleNamespace):
    """How a command ended: exit code, what it printed where."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


def to_django(request: httpx.Request) -> httpx.Response:
    """One request of the command line, answered by the API."""
    headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
    kind = headers.pop("content-type", "")
    answer = Browser().generic(
        request.method, request.url.raw_path.decode(), request.read(), content_type=kind, headers=headers
    )
    return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content, request=request)


@pytest.fixture
def house(db: None) -> SimpleNamespace:
    """A client with an account and a site, and a person of the team."""
    make_machine("web1")
    client = make_client("garden")
    account = make_account(client, login="garden")
    site = make_site(account, "garden.example.test")
    return SimpleNamespace(
        client=client, account=account, site=site, owner=make_person(client=client), team=make_person(is_team=True)
    )


@pytest.fixture
def essaim(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Runs `essaim ...` as the team, or as whoever is given."""
    transport = httpx.MockTransport(to_django)
    real = calls.Api.__init__
    monkeypatch.setattr(calls.Api, "__init__", lambda self, profile: real(self, profile, transport=transport))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ESSAIM_URL", "http://testserver")
    monkeypatch.setenv("ESSAIM_TOKEN", token_for(house.team))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("ESSAIM_LAB_DIR", str(tmp_path / "no-demo"))

    def run(*arguments: str, **environment: Any) -> Ended:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        return Ended(code=int(ended.value.code or 0), out=printed.out, err=printed.err)

    return run
