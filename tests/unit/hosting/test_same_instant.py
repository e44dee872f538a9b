"""Two people who order the same name, or names under the same domain, in the same instant: processes of their own, a database file of its own.

The suite's own database lives in memory and in one transaction, where nobody meets anybody; so this test starts Django
anew, with a database of the kind that this run tests with.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.daemon
SRC = Path(__file__).resolve().parents[3]
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from tests.unit.factories import make_account, make_machine
make_machine("web1")
for number in range(4):
    make_account(login=f"account{number}")
"""
ORDER = """
import json, sys
import django; django.setup()
from essaim.manager.core.errors import EssaimError
from essaim.manager.hosting.actions import create_account, create_site
from essaim.manager.hosting.models import Account
account = Account.objects.get(login=sys.argv[1])
told = []
for number in range(12):
    print("ready", flush=True)
    sys.stdin.readline()
    label = "www" if number % 2 == 0 else account.login
    try:
        create_site(account=account, name=f"{label}.same{number}.org", by=None)
        told.append("won")
    except EssaimError as refused:
        told.append(refused.code)
    create_account(client=account.client, by=None)
print(json.dumps(told), flush=True)
"""


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", *arguments]
    return subprocess.Popen(
        command,
        env=environment,
        text=True,
        cwd=SRC,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_one_wins_and_the_others_are_told(tmp_path: Path, own_database: str) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "essaim.manager.web.settings",
        "PYTHONPATH": f"{SRC / 'src'}:{SRC}",
        "ESSAIM_STATE": str(tmp_path),
        "ESSAIM_DATABASE": own_database,
    }
    prepared = start(environment, PREPARE)
    _out, wrong = prepared.communicate()
    assert prepared.returncode == 0, wrong

    people = [start(environment, ORDER, f"account{number}") for number in range(4)]
    for _ in range(12):
        for person in people:
            assert person.stdout is not None
            assert person.stdout.readline() == "ready\n"
        for person in people:
            assert person.stdin is not None
            person.stdin.write("go\n")
            person.stdin.flush()
    answers = [person.communicate()[0] for person in people]

    assert [person.returncode for person in people] == [0, 0, 0, 0]
    rounds = list(zip(*map(json.loads, answers), strict=True))
    assert [sorted(told) for told in rounds[::2]] == [["hosting.site_taken"] * 3 + ["won"]] * 6
    assert [sorted(told) for told in rounds[1::2]] == [["hosting.name_under_others"] * 3 + ["won"]] * 6
