"""Who is being answered at a Unix socket just now, as the kernel tells it (proc(5), /proc/net/unix)."""

from pathlib import Path

_CONNECTED = "03"
"""Accepted. One that waits to be is 02: whoever listens next answers it."""


def to(listening: Path, *, proc: Path = Path("/proc")) -> frozenset[str]:
    """The accepted connections to `listening`, by number. No two have the same at one time."""
    found = set()
    with (proc / "net/unix").open() as lines:
        for line in lines:
            if str(listening) in line:
                words = line.split(maxsplit=7)
                if words[5] == _CONNECTED and words[-1].strip() == str(listening):
                    found.add(words[6])
    return frozenset(found)
