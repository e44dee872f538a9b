"""The command `program-tree`: builds a machine's tree of runtimes for programs, or puts a former build back, and has it used."""

import sys
import time

from essaim.agent.engines import runtimes
from essaim.agent.engines.files import Files
from essaim.agent.errors import AgentError
from essaim.agent.install import main as install
from essaim.agent.machine import Paths
from essaim.contract.program import RUNTIMES


def main(*, use: str, roles: str, start: bool) -> int:
    """Build it, or take the build `use` that is there. Returns the exit status."""
    paths = Paths()
    build = use or time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    try:
        tree = runtimes.place(build, paths) if use else runtimes.build(build, paths)
    except AgentError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.advice}\n")
        return 1
    if not any((tree / kind.interpreter[1:]).exists() for kind in RUNTIMES.values()):
        sys.stderr.write(f"{tree} is no tree of runtimes.\n")
        return 1
    runtimes.choose(build, paths, Files())
    labels = ", ".join(RUNTIMES[name].label for name in runtimes.here(paths))
    sys.stdout.write(f"Programs start in {tree}: {labels}.\n")
    return install(roles, start=start)
