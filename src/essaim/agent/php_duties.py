"""What a web machine does about PHP besides wishes: tells what PHP logs, and answers what a person asks of a site's PHP."""

from typing import Protocol

from essaim.agent.machine import Machine
from essaim.agent.php_asked import Asked
from essaim.agent.php_watch import Watch
from essaim.agent.store import Store
from essaim.agent.telling import Teller


class Duty(Protocol):
    """Something to do for ever."""

    async def run(self) -> None:
        """For ever."""
        ...


def php_duties(machine: Machine, store: Store, teller: Teller) -> tuple[Duty, ...]:
    """Those of a web machine."""
    return Watch(machine, store, told=teller.mail.set), Asked(machine, teller)
