"""Who may take a name. Called inside an action's transaction; every name in use stands in `TakenName`.

A name is free when nobody has it, no other client has names under the same registrable domain (or consented), and it is
not mistaken for another client's. Two people who order one name in the same instant are put in a row: SQLite's IMMEDIATE
transactions do that for all writers, PostgreSQL by an advisory lock on the registrable domain and the unique index.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Q

from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import access
from essaim.manager.hosting.errors import (
    NameBeingErased,
    NameResembles,
    NameUnderOthers,
    SiteTaken,
    SiteTakenByClient,
    SiteTakenByYou,
)
from essaim.manager.hosting.models import NameConsent, Site, TakenName
from essaim.manager.hosting.names import ParsedName, as_read
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Person

_LOCK_OF_NAMES = 715_518


def require_free(names: Iterable[ParsedName], *, client: Client, by: Person | None) -> None:
    """Refuse unless `client` may take every one of `names`. Three queries, however many names; two more to say to `by` whose
    a taken name is, if they may know.

    Raises:
        SiteTaken, NameBeingErased, NameUnderOthers, NameResembles: about the first name that is refused.
    """
    wanted = list(names)
    if not wanted:
        return
    _lock_domains({name.registrable for name in wanted})
    near = list(_near(wanted))
    consents = _consents_to(client) if any(other.client_id != client.pk for other in near) else set()
    for name in wanted:
        if any(other.fqdn == name.fqdn for other in near):
            raise _taken(name, by)
        _require_no_others(name, near, client, consents)
    _refuse_being_erased(wanted)


def take(site: Site, names: Iterable[ParsedName]) -> None:
    """Note that `site` has `names`, which `require_free` found free in this same transaction."""
    TakenName.objects.bulk_create(
        TakenName(fqdn=name.fqdn, registrable=name.registrable, skeleton=name.skeleton, site=site) for name in names
    )


def holds_under(client: Client, fqdn: str) -> bool:
    """`client` has a site or alias that is `fqdn` or stands under it."""
    names = TakenName.objects.filter(site__account__client=client)
    return names.filter(Q(fqdn=fqdn) | Q(fqdn__endswith=f".{fqdn}")).exists()


class _Near(NamedTuple):
    """A taken name and the client who has it."""

    fqdn: str
    registrable: str
    skeleton: str
    client_id: int


def _near(names: list[ParsedName]) -> Iterator[_Near]:
    """Names that are the same, under the same domain, or that look the same."""
    same = Q(fqdn__in=[name.fqdn for name in names])
    same |= Q(registrable__in={name.registrable for name in names})
    same |= Q(skeleton__in={name.skeleton for name in names})
    rows = TakenName.objects.filter(same).values_list("fqdn", "registrable", "skeleton", "site__account__client_id")
    return (_Near(*row) for row in rows)


def _taken(name: ParsedName, by: Person | None) -> SiteTaken:
    """The refusal of a name that somebody has, as `by` may hear it."""
    site = Site.objects.select_related("account__client").get(taken_names__fqdn=name.fqdn)
    holder = site.account.client
    if by is None or not access.may(by, "sites.see", site.account):
        return SiteTaken(name=name.unicode)
    facts = {"name": name.unicode, "site": str(site), "account": site.account.login}
    return SiteTakenByClient(client=holder.name, **facts) if rights.may(by, "clients.see") else SiteTakenByYou(**facts)


def _require_no_others(name: ParsedName, near: list[_Near], client: Client, consents: set[tuple[str, int]]) -> None:
    for other in near:
        if other.client_id == client.pk:
            continue
        if other.registrable == name.registrable and not _consented(name.fqdn, other.client_id, consents):
            raise NameUnderOthers(name=name.unicode, domain=name.registrable, guest=client.slug)
        looks_same = other.skeleton == name.skeleton and other.registrable != name.registrable
        if looks_same and not _consented(other.fqdn, other.client_id, consents):
            raise NameResembles(name=name.unicode, resembles=other.fqdn, guest=client.slug)


def _consents_to(client: Client) -> set[tuple[str, int]]:
    return set(NameConsent.objects.filter(guest=client).values_list("fqdn", "owner_id"))


def _consented(fqdn: str, owner_id: int, consents: set[tuple[str, int]]) -> bool:
    """The owner's consent for `fqdn` or for any name above it."""
    labels = fqdn.split(".")
    return any((".".join(labels[start:]), owner_id) in consents for start in range(len(labels)))


def _refuse_being_erased(names: list[ParsedName]) -> None:
    """The same name again before a machine has erased the former site would bring its files back, or lose the new ones."""
    erasing = Wanted.objects.filter(kind="site", key__in=[name.fqdn for name in names], spec__isnull=True, erase=True)
    erasing = erasing.filter(applied_revision__lt=F("revision")).exclude(machine__state=Machine.State.REVOKED)
    for key in erasing.values_list("key", flat=True)[:1]:
        raise NameBeingErased(name=as_read(key))


def _lock_domains(registrables: set[str]) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for registrable in sorted(registrables):
            key = zlib.crc32(registrable.encode()) & 0x7FFFFFFF
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_OF_NAMES, key])
