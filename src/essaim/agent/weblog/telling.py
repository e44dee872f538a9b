"""What the agent is given to tell the manager: one file with the sums of the sites that changed, which the agent takes away when the bus has it.

One file at a time, of a bounded size: while the bus or the agent is away nothing piles up, and the next one says it all. With more sites than
fit they take turns, those that wait longest first.
"""

import uuid
from pathlib import Path

from essaim.agent.weblog.store import Store
from essaim.contract import Numbers, SiteNumbers, encode

EVERY_S = 60.0
MOST_BYTES = 256 * 1024
SITES_MOST = 2000
FOLDER = "var/lib/essaim/numbers/told"


def hand_over(store: Store, folder: Path) -> int:
    """Write the file, if the one before was taken away; how many sites are in it.

    Raises:
        OSError: the disk is full; it is done the next time.
    """
    if any(folder.glob("*.json")):
        return 0
    chosen: list[SiteNumbers] = []
    room = MOST_BYTES
    for fqdn in store.changed(limit=SITES_MOST):
        numbers = store.numbers_of(fqdn)
        room -= len(encode(numbers))
        if room < 0 and chosen:
            break
        chosen.append(numbers)
    if not chosen:
        return 0
    identity = uuid.uuid4().hex
    with store.transaction():
        store.told(one.fqdn for one in chosen)
        # before the commit: a process killed between the two tells all of it once more, which changes nothing
        _write(folder / f"{identity}.json", encode(Numbers(id=identity, sites=tuple(chosen))))
    return len(chosen)


def _write(path: Path, data: bytes) -> None:
    beside = path.with_suffix(".new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
