"""Reads for the hosting room's screens, the API and the CLI. Query counts are pinned in tests."""

from datetime import datetime
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Q, QuerySet

from essaim.contract.php import Generation
from essaim.manager.fleet.models import Machine, StoryLine
from essaim.manager.hosting import access
from essaim.manager.hosting.engines import engines_of
from essaim.manager.hosting.errors import AccountNotFound, ConsentNotFound, GuestUnknown, SiteNotFound, StateUnknown
from essaim.manager.hosting.models import Account, NameConsent, ProofLine, Site, Upload
from essaim.manager.hosting.names import reading_order
from essaim.manager.hosting.php import generations_of
from essaim.manager.hosting.steps import Step, steps_of_site, wishes_about
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Person
from essaim.manager.people.queries import findable

__all__ = [
    "Page",
    "Step",
    "accounts_visible_to",
    "aliases_of",
    "consents_of",
    "find_sites",
    "get_account",
    "get_consent",
    "get_guest",
    "get_site",
    "offered_to_order",
    "proofs_of",
    "public_site_count",
    "sees_all",
    "sites_of",
    "sites_visible_to",
    "steps_of_site",
    "story_of_account",
    "story_of_name",
    "story_of_site",
    "uploads_of",
    "wishes_about",
]

COUNT_KEPT_S = 5
LIMIT_MAX = 200


class Page(NamedTuple):
    """Some sites in the order of their names, and where the next page starts (empty: the end)."""

    sites: list[Site]
    next_cursor: str


def accounts_visible_to(person: Person) -> QuerySet[Account]:
    """The accounts `person` may see: every one for the team, their clients' own for anyone else."""
    accounts = Account.objects.select_related("client", "machine", "offer")
    return accounts if sees_all(person) else accounts.filter(access.seen_accounts(person))


def get_account(login: str, *, seen_by: Person) -> Account:
    """One account, through the only door a page may use.

    Raises:
        AccountNotFound: absent, or hidden from `seen_by`; the two are not told apart.
    """
    try:
        return accounts_visible_to(seen_by).get(login=login.lower())
    except Account.DoesNotExist:
        raise AccountNotFound(login=login) from None


def sites_visible_to(person: Person) -> QuerySet[Site]:
    """The sites `person` may see: every one for the team, their clients' own for anyone else."""
    sites = Site.objects.select_related("account__client", "account__machine")
    return sites if sees_all(person) else sites.filter(access.seen_accounts(person, "account__"))


def sees_all(person: Person) -> bool:
    """`person` sees the sites of every client."""
    return rights.may(person, "sites.see")


def get_site(fqdn: str, *, seen_by: Person) -> Site:
    """One site by its name as DNS has it or as a person reads it, through the only door a page may use.

    Raises:
        SiteNotFound: absent, or hidden from `seen_by`; the two are not told apart.
    """
    name = fqdn.lower().removesuffix(".")
    try:
        return sites_visible_to(seen_by).get(Q(fqdn=name) if name.isascii() else Q(name_unicode=name))
    except Site.DoesNotExist:
        raise SiteNotFound(fqdn=fqdn) from None


def find_sites(
    person: Person,
    *,
    text: str = "",
    state: str = "",
    client: str = "",
    php: str = "",
    after: str = "",
    limit: int = 50,
) -> Page:
    """Sites in the order of their names. `text` is looked for in names, clients and logins; `state` is a state or a health;
    `client` an identifier; `php` a version, of sites that are not closed; `after` the cursor of the page before. One query, however many sites there are.

    Raises:
        StateUnknown.
    """
    sites = sites_visible_to(person).order_by("fqdn").filter(_matching(text), _in_state(state))
    if client:
        sites = sites.filter(account__client__slug=client)
    if php:
        sites = sites.filter(php=php).exclude(state=Site.State.CLOSED)
    if after:
        sites = sites.filter(fqdn__gt=after)
    limit = max(1, min(limit, LIMIT_MAX))
    page = list(sites[: limit + 1])
    return Page(page[:limit], page[limit - 1].fqdn if len(page) > limit else "")


def _matching(text: str) -> Q:
    text = text.strip().lower()
    if not text:
        return Q()
    names = Q(fqdn__contains=text) | Q(name_unicode__contains=text)
    return (
        names
        | Q(account__login__startswith=text)
        | (Q(account__client__name__icontains=text) & findable("account__client__"))
    )


def _in_state(state: str) -> Q:
    if not state:
        return Q()
    if state in Site.State.values:
        return Q(state=state)
    if state in Site.Health.values:
        return Q(health=state)
    raise StateUnknown(state=state, allowed=", ".join([*Site.State.values, *Site.Health.values]))


def sites_of(account: Account, *, limit: int = 200) -> list[Site]:
    """The account's first sites, in the order of a dictionary: one query."""
    sites = account.sites.select_related("account__client", "account__machine")[:limit]
    return sorted(sites, key=lambda site: reading_order(site.name_unicode))


def aliases_of(site: Site) -> list[str]:
    """The site's other names as people read them."""
    return list(site.aliases.values_list("name_unicode", flat=True))


def uploads_of(site: Site, *, limit: int = 20) -> list[Upload]:
    """What was put as the site's content, newest first, with who did: one query."""
    return list(site.uploads.select_related("person")[:limit])


def proofs_of(site: Site) -> list[ProofLine]:
    """The newest result of each request of the site's proof: one query."""
    return list(site.proofs.all())


def offered_to_order() -> tuple[tuple[Generation, ...], tuple[str, ...]]:
    """The PHP, from the oldest, and the engines that machines in service have: one query."""
    active = [one for one in Machine.objects.filter(state=Machine.State.ACTIVE) if "web" in one.roles]
    return generations_of(active), engines_of(active)


def consents_of(client: Client) -> QuerySet[NameConsent]:
    """What `client` consented to and what others consented to for it."""
    both = Q(owner=client) | Q(guest=client)
    return NameConsent.objects.select_related("owner", "guest").filter(both).order_by("fqdn", "id")


def get_consent(pk: int, *, owner: Client) -> NameConsent:
    """One consent that `owner` gave.

    Raises:
        ConsentNotFound: absent, or another client's.
    """
    consent = NameConsent.objects.select_related("guest").filter(pk=pk, owner=owner).first()
    if consent is None:
        raise ConsentNotFound(client=owner.name)
    return consent


def get_guest(slug: str) -> Client:
    """The client that a consent is for. Its identifier is known to whoever consents; nothing is searched by it.

    Raises:
        GuestUnknown.
    """
    guest = Client.objects.filter(slug=slug.strip().lower()).first()
    if guest is None:
        raise GuestUnknown(guest=slug.strip())
    return guest


def story_of_site(site: Site, *, limit: int = 100) -> list[StoryLine]:
    """What happened to `site`, newest first, with who asked: one query. A former site of the same name is another story."""
    return _story("site", site.fqdn, site.created_at, limit)


def story_of_account(account: Account, *, limit: int = 100) -> list[StoryLine]:
    """What happened to `account`, newest first, with who asked: one query."""
    return _story("account", account.login, account.created_at, limit)


def _story(kind: str, key: str, since: datetime, limit: int) -> list[StoryLine]:
    lines = StoryLine.objects.select_related("audit__person").filter(about_kind=kind, about_key=key, at__gte=since)
    return list(lines[:limit])


def story_of_name(key: str, *, seen_by: Person, kind: str = "site", limit: int = 100) -> list[StoryLine]:
    """Everything ever told under a site's name or (`kind` account) a login, erased ones too: for the team only, empty for
    anyone else.
    """
    if not sees_all(seen_by):
        return []
    lines = StoryLine.objects.select_related("audit__person").filter(about_kind=kind, about_key=key)
    return list(lines[:limit])


def public_site_count() -> int:
    """Sites that are served now, for the front page; counted anew every few seconds at most."""
    count = cache.get("hosting.public_site_count")
    if count is None:
        count = Site.objects.filter(state=Site.State.ACTIVE, account__state=Account.State.ACTIVE).count()
        cache.set("hosting.public_site_count", count, COUNT_KEPT_S)
    return int(count)
