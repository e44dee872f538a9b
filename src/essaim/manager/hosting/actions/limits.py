"""How much an account may be given at all."""

from collections.abc import Mapping

from essaim.manager.hosting.errors import LimitRefused

LIMITS = {
    "quota_bytes": (16 * 1024**2, 16 * 1024**4),
    "processes": (4, 4096),
    "memory_bytes": (64 * 1024**2, 256 * 1024**3),
}
"""Least and most."""


def check_limits(given: Mapping[str, int]) -> None:
    """Each limit is between its bounds.

    Raises:
        LimitRefused.
    """
    for name, value in given.items():
        least, most = LIMITS[name]
        if not least <= value <= most:
            raise LimitRefused(limit=name, value=value, least=least, most=most)
