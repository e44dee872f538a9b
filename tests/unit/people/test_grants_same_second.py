"""Two who may grant take each other's groups away in the same second: processes of their own, a database of its own,
of the kind that this run tests with: `./essaim test` runs this room with SQLite and with PostgreSQL.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.daemon
SRC = Path(__file__).resolve().parents[3]
ROUNDS = 12
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from essaim.manager.people.actions import create_person
for name in ("ada", "bo"):
    create_person(email=f"{name}@example.test", name=name, by=None)
"""
REMOVE = """
import json, sys
import django; django.setup()
from django.db import connection
from essaim.manager.core.errors import EssaimError
from essaim.manager.people import grants
from essaim.manager.people.models import Grant, Person
mine, other = sys.argv[1:3]
told = []
for number in range(int(sys.argv[3])):
    if mine == "ada":
        for name in ("ada", "bo"):
            grants.found(Person.objects.get(email=f"{name}@example.test"), ["board"], reason="again")
    print("ready", flush=True)
    sys.stdin.readline()
    by = Person.objects.get(email=f"{mine}@example.test")
    grant = Grant.objects.filter(person__email=f"{other}@example.test", ended_at=None).first()
    print("set", flush=True)
    sys.stdin.readline()
    try:
        grants.withdraw(grant, by=by, reason="you first")
        told.append("won")
    except EssaimError as refused:
        told.append(refused.code)
    print("done", flush=True)
    sys.stdin.readline()
print(json.dumps([told, Grant.objects.in_force().count(), connection.vendor]), flush=True)
"""


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", *arguments],
        env=environment,
        text=True,
        cwd=SRC,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def step(*processes: subprocess.Popen[str]) -> None:
    """Wait until each has said a word, then let all go at once."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline(), process.stderr.read() if process.stderr else ""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_one_wins_and_somebody_who_may_grant_stays(tmp_path: Path, own_database: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{SRC}/src:{SRC}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ESSAIM_STATE": str(tmp_path),
        "ESSAIM_DATABASE": own_database,
    }
    prepared = start(environment, PREPARE)
    _out, wrong = prepared.communicate()
    assert prepared.returncode == 0, wrong
    ada, bo = (start(environment, REMOVE, *names, str(ROUNDS)) for names in (("ada", "bo"), ("bo", "ada")))

    for _round in range(ROUNDS):
        for _moment in ("ready", "set", "done"):
            step(ada, bo)
    answers = [json.loads(process.communicate()[0]) for process in (ada, bo)]

    for one, other in zip(answers[0][0], answers[1][0], strict=True):
        assert sorted((one, other)) == ["people.right_missing", "won"]
    assert answers[0][1] >= 1
    assert answers[0][2] == connection.vendor  # not SQLite where the run is with PostgreSQL
