"""The command `php-tree`: builds a machine's tree of one PHP, or puts a former build back, and has it used."""

import sys
import time

from essaim.agent.engines import trees
from essaim.agent.engines.files import Files
from essaim.agent.errors import AgentError
from essaim.agent.install import main as install
from essaim.agent.machine import Paths
from essaim.contract.php import VERSIONS, generation


def main(version: str, *, use: str, roles: str, start: bool) -> int:
    """Build `version`, or take the build `use` that is there. Returns the exit status."""
    paths = Paths()
    found = generation(version)
    if found is None:
        sys.stderr.write(f"There is no PHP {version}: choose {', '.join(VERSIONS)}.\n")
        return 2
    build = use or time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    try:
        tree = trees.place(version, build, paths) if use else trees.build(found, build, paths)
    except AgentError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.advice}\n")
        return 1
    if not (tree / f"usr/sbin/php-fpm{version}").is_file():
        sys.stderr.write(f"{tree} is no tree of PHP {version}.\n")
        return 1
    trees.choose(version, build, paths, Files())
    sys.stdout.write(f"PHP {version} starts in {tree}.\n")
    return install(roles, start=start)
