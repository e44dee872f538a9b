"""The command `php`: runs PHP on the command line for one site, as its account and behind its barriers. For root."""

import os
import sys
from collections.abc import Sequence

from essaim.agent.engines.commands import command
from essaim.agent.errors import AgentError
from essaim.agent.machine import Config, Machine, Paths
from essaim.contract import Fqdn
from essaim.contract.names import NameRefused


def main(site: str, arguments: Sequence[str]) -> int:
    """Become that command. Returns the exit status only where there is none to become."""
    try:
        words = command(Fqdn(site.lower()), list(arguments), Machine(Config(machine="", roles=()), Paths()))
    except (AgentError, NameRefused) as wrong:
        sentence = f"{wrong.sentence}\n{wrong.advice}" if isinstance(wrong, AgentError) else str(wrong)
        sys.stderr.write(f"{sentence}\n")
        return 1
    return os.execvp(words[0], words)  # noqa: S606  an argument list, and whoever stops this process stops that command
