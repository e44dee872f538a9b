"""Extensions of PHP that an operator may offer beyond those that every tree has loaded, as data: both floors read this.

FPM loads extensions when its master starts, and an account has one master a version. So one is chosen for an account and a version, and
holds for all sites of the account that are in it. To add one is to add a line here, and to build the trees anew.
"""

from collections.abc import Iterable, Mapping

import msgspec

from essaim.contract.php import VERSIONS


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """One extension, as every release of Debian that carries a generation packages it (`php-NAME`)."""

    name: str
    needs: tuple[str, ...] = ()
    """Modules that have to be loaded before it."""
    priority: int = 20
    """Where it comes among the files that are read, as in Debian 13: the smallest first."""


EXTENSIONS = {
    extension.name: extension
    for extension in (
        Extension(name="apcu"),
        Extension(name="imagick"),
        Extension(name="redis", needs=("igbinary",), priority=25),
        Extension(name="soap"),
        Extension(name="xdebug"),
    )
}
"""By name: off in every tree until an account chooses it."""

NEEDED = tuple(sorted({name for extension in EXTENSIONS.values() for name in extension.needs}))
"""Modules that come along with those, and are off as well."""


def known(chosen: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Of what was chosen, by version, the extensions and versions that there are."""
    found = {
        version: tuple(sorted({name for name in names if name in EXTENSIONS}))
        for version, names in sorted(chosen.items())
        if version in VERSIONS
    }
    return {version: names for version, names in found.items() if names}


def files(names: Iterable[str]) -> tuple[str, ...]:
    """The files that load `names` and what they need, as PHP reads them one after the other: `20-igbinary.ini`, `25-redis.ini`."""
    chosen = [EXTENSIONS[name] for name in names]
    needed = {f"20-{name}.ini" for extension in chosen for name in extension.needs}
    return tuple(sorted(needed | {f"{extension.priority}-{extension.name}.ini" for extension in chosen}))
