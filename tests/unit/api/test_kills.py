"""A process killed on the way neither loses nor doubles what was asked: real processes, real SIGKILL, a real database."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

pytestmark = pytest.mark.daemon
CHECKOUT = Path(__file__).resolve().parents[3]


SERVER = os.environ.get("ESSAIM_DATABASE", "")
ON_POSTGRESQL = SERVER.startswith("postgresql:")


def database(state: Path, *, template: Path | None = None) -> str:
    """A database of this state's own; on PostgreSQL a copy of the template's, made on the server of the test run."""
    if not ON_POSTGRESQL:
        return f"sqlite://{state}/essaim.sqlite3"
    name = f"killed_{abs(hash(str(state)))}"
    if template is not None:
        import psycopg

        with psycopg.connect(SERVER, autocommit=True) as connection:
            origin = f"killed_{abs(hash(str(template)))}" if template != state else "template1"
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{origin}"')  # type: ignore[call-overload]
    parts = urlsplit(SERVER)
    return urlunsplit(parts._replace(path=f"/{name}"))


def start(state: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}",
        "ESSAIM_STATE": str(state),
        "ESSAIM_BUS_DIR": str(state / "bus"),
        "ESSAIM_WAKE_SOCKET": str(state / "wake"),
        "ESSAIM_HOSTS": "testserver",
        "ESSAIM_DATABASE": database(state),
    }
    program = [sys.executable, "-m", "tests.unit.api.killed", *arguments]
    return subprocess.Popen(
        program, env=environment, cwd=CHECKOUT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    answer: dict[str, Any] = json.loads(out)
    return answer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("made")
    database(state, template=state)
    process = start(state, "make")
    _out, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    return state


@pytest.fixture
def state(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "state")
    database(tmp_path / "state", template=made)
    return tmp_path / "state"


@pytest.mark.parametrize("point", ["in_act", "before_commit", "after_commit"])
def test_an_order_whose_process_was_killed_is_sent_again_and_happens_once(state: Path, point: str) -> None:
    killed = start(state, "order", point)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL

    again = result(start(state, "order", "never"))

    assert again["status"] == 201
    assert again["replay"] == ("true" if point == "after_commit" else "")
    assert (again["sites"], again["orders"], again["wishes"], again["keys"]) == (1, 1, 1, 1)


def test_one_order_sent_by_four_at_once_happens_once_and_all_get_the_same_answer(state: Path) -> None:
    processes = [start(state, "order", "never") for _each in range(4)]

    answers = [result(process) for process in processes]

    assert [answer["status"] for answer in answers] == [201] * 4
    assert sorted(answer["replay"] for answer in answers) == ["", "true", "true", "true"]
    assert all(answer["body"] == answers[0]["body"] for answer in answers)
    assert answers[0]["sites"] == answers[0]["orders"] == 1
