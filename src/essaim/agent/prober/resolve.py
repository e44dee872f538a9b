"""A name's addresses, as the system's resolver tells them now: nothing is kept."""

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from essaim.agent.errors import Fact

Family = Literal["ipv4", "ipv6"]
FAMILIES: tuple[Family, ...] = ("ipv4", "ipv6")
TIMEOUT_S = 8.0
_NO_SUCH_NAME = {socket.EAI_NONAME, socket.EAI_NODATA}
_threads = ThreadPoolExecutor(12, thread_name_prefix="resolve")


class ResolverAway(Exception):
    """The resolver gave no answer: nothing is known of the name. `str()` is a sentence, `facts` what varies in it."""

    def __init__(self, sentence: str, **facts: Fact) -> None:
        super().__init__(sentence)
        self.facts = facts


@dataclass(frozen=True)
class Addresses:
    """Of one name. Addresses are in their shortest form."""

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()

    def of(self, family: Family) -> tuple[str, ...]:
        """The addresses of one family."""
        return self.ipv4 if family == "ipv4" else self.ipv6


async def resolve(name: str) -> Addresses:
    """The A and AAAA records of `name`; none of either when there is no such name.

    Raises:
        ResolverAway: no answer in time, or a failure of the resolver.
    """
    loop = asyncio.get_running_loop()
    try:  # getaddrinfo(3) asks for both families at once; the dot keeps the machine's search list out
        found = await asyncio.wait_for(loop.run_in_executor(_threads, _look_up, f"{name}."), TIMEOUT_S)
    except socket.gaierror as wrong:
        if wrong.errno in _NO_SUCH_NAME:
            return Addresses()
        sentence = f"The prober's resolver cannot answer for {name}: {wrong.strerror}."
        raise ResolverAway(sentence, name=name, detail=str(wrong.strerror)) from None
    except TimeoutError:
        sentence = f"The prober's resolver gave no answer for {name} in {TIMEOUT_S:g} s."
        raise ResolverAway(sentence, name=name, seconds=TIMEOUT_S) from None
    return sort_addresses(found)


def _look_up(name: str) -> list[str]:
    return [str(place[0]) for *_, place in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def sort_addresses(found: list[str] | tuple[str, ...]) -> Addresses:
    """`found` by family, each once, in its shortest form."""
    parsed = dict.fromkeys(ipaddress.ip_address(address) for address in found)
    return Addresses(
        tuple(str(address) for address in parsed if address.version == 4),  # noqa: PLR2004  # the versions of IP
        tuple(str(address) for address in parsed if address.version == 6),  # noqa: PLR2004  # the versions of IP
    )
