"""Parts of ourselves that run in a process of their own: to stay small, or to be somebody else."""

import os
import sys

_CACHE = "PYTHONPYCACHEPREFIX"


def command(module: str) -> list[str]:
    """The argument list that runs `module` in this interpreter."""
    return [sys.executable, "-s", "-m", module]


def environment() -> dict[str, str]:
    """What makes the other process find the same sources, libraries and compiled forms of them."""
    found = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    return found | ({_CACHE: os.environ[_CACHE]} if _CACHE in os.environ else {"PYTHONDONTWRITEBYTECODE": "1"})
