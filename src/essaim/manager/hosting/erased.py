"""What was erased: its row is gone, its story stays under its name, for the team to read."""

from contextlib import suppress
from typing import NamedTuple

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine
from essaim.manager.hosting.names import as_read, parse_name
from essaim.manager.hosting.queries import sees_all, story_of_name
from essaim.manager.people.models import Person

ACTS = ("hosting.site_erased", "hosting.account_erased")
"""A site is erased by itself or with its account."""


class Erased(NamedTuple):
    """A site or an account that was, under the name that it had."""

    name: str
    act: AuditLine
    """Who erased it, when and why."""
    story: list[StoryLine]


def erased_site(name: str, *, seen_by: Person, limit: int = 200) -> Erased | None:
    """The erased site of that name; None if there was none, and for anyone but the team."""
    fqdn = name.lower().removesuffix(".")
    with suppress(EssaimError):  # what cannot be parsed was never a site's name, or is reserved since
        fqdn = parse_name(name).fqdn
    found = _erased("site", fqdn, seen_by, limit)
    return found._replace(name=as_read(fqdn)) if found else None


def erased_account(login: str, *, seen_by: Person, limit: int = 200) -> Erased | None:
    """The erased account of that login; None if there was none, and for anyone but the team."""
    return _erased("account", login.lower(), seen_by, limit)


def _erased(kind: str, key: str, person: Person, limit: int) -> Erased | None:
    """Two queries. Where several of one name were erased, the last one's act and the story of all."""
    if not sees_all(person):
        return None
    lines = StoryLine.objects.select_related("audit").filter(about_kind=kind, about_key=key, audit__code__in=ACTS)
    last = lines.first()
    if last is None or last.audit is None:
        return None
    return Erased(key, last.audit, story_of_name(key, kind=kind, seen_by=person, limit=limit))
