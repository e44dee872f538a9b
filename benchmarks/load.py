"""A visitor that asks a site again and again, from a machine outside, and counts what failed."""

import subprocess
from typing import NamedTuple

from essaim.lab.machine import Machine

SCRIPT = """
import http.client, sys, time
host, until, failed, asked = sys.argv[1], time.monotonic() + float(sys.argv[2]), 0, 0
while time.monotonic() < until:
    for path in sys.argv[3:]:
        asked += 1
        try:
            connection = http.client.HTTPConnection(host, timeout=5)
            connection.request("GET", path)
            failed += connection.getresponse().status != 200
            connection.close()
        except OSError:
            failed += 1
    time.sleep(0.005)
print(asked, failed)
"""


class Asked(NamedTuple):
    """Requests, and how many of them were not answered 200 within five seconds."""

    requests: int
    failed: int


class Load:
    """Asks `host` for each of `paths` in turn, over a new connection each, for `seconds`. Starts at once."""

    def __init__(self, outside: Machine, host: str, *paths: str, seconds: float) -> None:
        argv = ["python3", "-c", SCRIPT, host, str(seconds), *paths]
        self._process: subprocess.Popen[bytes] = outside.popen(argv)

    @property
    def is_on(self) -> bool:
        """It still asks."""
        return self._process.poll() is None

    def result(self) -> Asked:
        """What came of it, once it has ended."""
        said, _errors = self._process.communicate()
        return Asked(*map(int, said.split()))
