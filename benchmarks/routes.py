"""Every address and operation asked by every role: how many questions, and how many were answered other than the table of rights says.

Needs no machines: the tests that ask are run as they stand.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.rows import Row, at_least, at_most

SIZE = 1
"""Runs of the tests."""
ON_MACHINES = False
CHECKOUT = Path(__file__).resolve().parents[1]
TESTS = ("tests/unit/pages/test_every_role.py", "tests/unit/api/test_every_role_by_api.py")
LISTED = (
    "tests/unit/pages/test_access.py::test_every_address_is_in_the_table",
    "tests/unit/api/test_door.py::test_every_operation_is_declared_and_every_declared_one_is_there",
)
COUNT = re.compile(r"^(\d+) (addresses|operations) × (\d+) askers", re.MULTILINE)
FAILED = re.compile(r"^FAILED ", re.MULTILINE)


def measure(_platform: object, size: int) -> list[Row]:
    """`size`: how often. Every run must find the same."""
    rows: list[Row] = []
    for _run in range(size):
        said = _pytest(*TESTS)
        rows = [
            at_least(
                f"{what} × {askers} roles and strangers", int(many) * int(askers), "", 1, compared=f"{many} {what}"
            )
            for many, what, askers in COUNT.findall(said)
        ]
        rows.append(
            at_most("roles that were answered other than the table of rights says", len(FAILED.findall(said)), "", 0)
        )
        rows.append(at_most("lists with an address or operation missing", len(FAILED.findall(_pytest(*LISTED))), "", 0))
    return rows


def _pytest(*tests: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-rf", "-p", "no:cacheprovider", *tests],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout
