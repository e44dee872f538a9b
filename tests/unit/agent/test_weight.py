"""The agent stays small: 40 MB is what a machine gives for being looked after."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from essaim.agent import lean
lean.leave_out()
import essaim.agent.main
from essaim.agent.resources import resources_for
resources_for(("web", "prober"))
heavy = {"acme", "cryptography", "requests", "josepy", "OpenSSL", "django", "urllib3", "zipfile"} & set(sys.modules)
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * 4096, *heavy)
"""


def test_the_main_process_imports_nothing_heavy_and_fits() -> None:
    source = Path(__file__).parents[3] / "src"
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={"PYTHONPATH": str(source)}, capture_output=True, check=True
    )
    resident, *heavy = ran.stdout.decode().split()
    assert heavy == []
    assert int(resident) < 40 * 1024 * 1024
