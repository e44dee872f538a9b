"""What can happen to the extensions of an account's PHP."""

from collections.abc import Iterable

from django.db import transaction

from essaim.contract.php_extensions import EXTENSIONS
from essaim.manager.core import audit
from essaim.manager.fleet import actions as fleet
from essaim.manager.hosting import php_errors as errors
from essaim.manager.hosting.actions.locks import lock_account, require_active
from essaim.manager.hosting.extensions import choices_of, here
from essaim.manager.hosting.models import Account
from essaim.manager.hosting.php import parse_php
from essaim.manager.hosting.wanted import wanted_account
from essaim.manager.people.models import Person


@transaction.atomic
def choose_extensions(account: Account, *, version: str, names: Iterable[str], by: Person | None) -> Account:
    """The account's PHP of `version` loads these extensions, for all of its sites in it, and no other. The same once more has those tried
    again with which that PHP did not stay up.

    Raises:
        NotAllowed, AccountNotActive, PhpUnknown, ExtensionUnknown, ExtensionNotOffered, ExtensionNotHere.
    """
    account = lock_account(account, by)
    require_active(account)
    version = parse_php(version, account.machine)
    chosen = sorted({name.strip().lower() for name in names if name.strip()})
    before = account.php_extensions.get(version, [])
    for name in chosen:
        _require(name, version, account, was_chosen=name in before)
    if chosen == before and not chosen:
        return account
    if chosen == before:
        account.php_extensions_again += 1
    others = {other: names for other, names in account.php_extensions.items() if other != version}
    account.php_extensions = dict(sorted((others | {version: chosen} if chosen else others).items()))
    account.save(update_fields=["php_extensions", "php_extensions_again"])
    about, client = ("account", account.login), account.client.slug
    facts = {"php": version, "extensions": ", ".join(chosen)}
    line = audit.record("hosting.extensions_chosen", by=by, about=about, client=client, **facts)
    fleet.want(account.machine, wanted_account(account), account.login, audit=line)
    return account


def _require(name: str, version: str, account: Account, *, was_chosen: bool) -> None:
    """What was chosen before and is no longer to be had is left out by itself, and may stay."""
    choices = ", ".join(choices_of(account, version)) or "–"
    if name not in EXTENSIONS:
        raise errors.ExtensionUnknown(name=name[:40], allowed=choices)
    if was_chosen:
        return
    if name not in account.offer.php_extensions:
        raise errors.ExtensionNotOffered(name=name, offer=account.offer.name, allowed=choices)
    if name not in here(account.machine).get(version, ()):
        raise errors.ExtensionNotHere(name=name, php=version, machine=account.machine.name, allowed=choices)
