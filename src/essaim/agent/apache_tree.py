"""The command `apache-tree`: builds a machine's tree of Apache, or puts a former build back, and has it used."""

import sys
import time

from essaim.agent.engines import apache_tree
from essaim.agent.engines.files import Files
from essaim.agent.errors import AgentError
from essaim.agent.install import main as install
from essaim.agent.machine import Paths


def main(*, use: str, roles: str, start: bool) -> int:
    """Build a tree, or take the build `use` that is there. Returns the exit status."""
    paths = Paths()
    build = use or time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    try:
        tree = apache_tree.place(build, paths) if use else apache_tree.build(build, paths)
    except AgentError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.advice}\n")
        return 1
    if not (tree / "usr/sbin/apache2").is_file():
        sys.stderr.write(f"{tree} is no tree of Apache.\n")
        return 1
    apache_tree.choose(build, paths, Files())
    sys.stdout.write(f"Apache starts in {tree}.\n")
    return install(roles, start=start)
