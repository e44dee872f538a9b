"""The fleet's way to the bus' keys."""

from functools import cache

from django.conf import settings

from essaim.bus.authority import Authority


@cache
def authority() -> Authority:
    """The keys of this installation's bus, made by `essaim bus init`."""
    return Authority(settings.BUS_DIR)
