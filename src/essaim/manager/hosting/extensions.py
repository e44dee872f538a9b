"""Extensions of an account's PHP: which its offer and its machine let it choose, what it chose, and both in words. No row is changed here."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import GENERATIONS
from essaim.contract.php_extensions import EXTENSIONS, known
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting.models import Account, Site

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

CRASH = "account.extensions_crash"
HELPS: dict[str, "str | StrPromise"] = {
    "apcu": _("keeps data of a program in memory between visits"),
    "imagick": _("makes and changes pictures with ImageMagick"),
    "redis": _("speaks to a Redis server"),
    "soap": _("speaks SOAP with other services"),
    "xdebug": _("shows developers what a program does; it makes pages slower"),
}


class OfVersion(NamedTuple):
    """The extensions of one version of an account's PHP, as its page shows them."""

    version: str
    sites: int
    loaded: list[str]
    left_out: list[str]
    """Chosen, and no longer offered or not on the machine."""
    choices: list[str]
    """What may be chosen."""
    trouble: Wanted | None
    """Its PHP did not stay up with them: the machine's words."""


def here(machine: Machine) -> dict[str, tuple[str, ...]]:
    """What `machine` said that it has, by version."""
    told = (word.partition(":") for word in str(machine.facts.get("php_extensions", "")).split())
    return known({version: names.split(",") for version, _colon, names in told})


def choices_of(account: Account, version: str) -> list[str]:
    """What its offer and its machine let the account choose for this version: fetch both with it."""
    offered = account.offer.php_extensions
    return [name for name in here(account.machine).get(version, ()) if name in offered]


def wanted_of(account: Account) -> dict[str, tuple[str, ...]]:
    """What the account chose and is still offered, by version. What its machine lacks, that leaves out itself."""
    offered = account.offer.php_extensions
    chosen: Mapping[str, Iterable[str]] = account.php_extensions
    return known({version: [name for name in names if name in offered] for version, names in chosen.items()})


def loaded_by(account: Account, version: str) -> list[str]:
    """What the PHP of this version loads, as far as its offer and its machine go."""
    choices = choices_of(account, version)
    return [name for name in account.php_extensions.get(version, ()) if name in choices]


def of_account(account: Account, sites: Iterable[Site]) -> list[OfVersion]:
    """Every version that sites of the account are in, or that it chose something for: from the oldest. At most one query."""
    of_sites = [site.php for site in sites if site.state != Site.State.CLOSED]
    found = [one.version for one in GENERATIONS if one.version in of_sites or account.php_extensions.get(one.version)]
    troubled = trouble_of(account)
    return [
        OfVersion(
            version=version,
            sites=of_sites.count(version),
            loaded=(loaded := loaded_by(account, version)),
            left_out=[name for name in account.php_extensions.get(version, ()) if name not in loaded],
            choices=choices_of(account, version),
            trouble=troubled if troubled and troubled.sentence_facts.get("version") == version else None,
        )
        for version in found
    ]


def trouble_of(account: Account) -> Wanted | None:
    """The account's wish, where its machine says that its PHP did not stay up with what was chosen: at most one query."""
    if not any(account.php_extensions.values()):
        return None
    wishes = Wanted.objects.filter(machine=account.machine, kind="account", key=account.login)
    return wishes.filter(outcome=Wanted.Outcome.FAILED, code=CRASH).first()


def label_of(name: str) -> "StrPromise | str":
    """An extension to choose, and what it is for, in the language of who reads it."""
    return format_lazy(_("{name}: {what}"), name=name, what=HELPS[name]) if name in HELPS else name


def all_names() -> tuple[str, ...]:
    """Every extension that an offer may have."""
    return tuple(EXTENSIONS)
