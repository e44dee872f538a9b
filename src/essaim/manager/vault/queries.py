"""Reads for the vault's screens. Nothing here opens anything: values are sealed."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Prefetch, Q, QuerySet

from essaim.manager.core.models import AuditLine
from essaim.manager.people.models import Person
from essaim.manager.vault import rights
from essaim.manager.vault.errors import SecretNotFound
from essaim.manager.vault.models import Key, Reader, Secret, Version

READ, SEALED_TEXT_READ = "vault.secret_opened", "vault.secret_taken"
"""Codes of the audit lines of who read what: on a page; sealed, to be opened on the reader's own machine."""


class Row(NamedTuple):
    """A secret as the list and its page show it."""

    secret: Secret
    version: Version | None
    readers: list[Reader]
    wanted: list[Key]
    """The keys of all who may read it now, with the break-glass key."""
    is_mine: bool
    """The asker may read it."""
    is_open_to_me: bool
    """The newest value is sealed for the asker's key."""
    is_stale: bool
    """It is sealed for others than may read it."""

    @property
    def holders(self) -> list[Key]:
        """Keys of people that open the newest value now."""
        return [key for key in self.version.keys.all() if key.person_id] if self.version else []

    @property
    def waiting(self) -> list[Key]:
        """Keys that are to open it and do not yet."""
        have = {key.pk for key in self.version.keys.all()} if self.version else set()
        return [key for key in self.wanted if key.pk not in have]


def open_keys() -> list[Key]:
    """Every key that values are sealed for now: one query."""
    of_people = Q(person__is_active=True, person__in=rights.may_be_readers())
    keys = Key.objects.filter(of_people | Q(is_break_glass=True), ended_at=None).select_related("person")
    return list(keys.order_by("is_break_glass", "person__name"))


def key_of(person: Person) -> Key | None:
    """The person's key, if they have one."""
    return Key.objects.filter(person=person, ended_at=None).first()


def break_glass_key() -> Key | None:
    """The house's sealed key, once it was made."""
    return Key.objects.filter(is_break_glass=True, ended_at=None).first()


def with_parts(secrets: QuerySet[Secret]) -> QuerySet[Secret]:
    """Secrets with what `rows` needs, in a number of queries that does not grow."""
    newest = Version.objects.order_by("secret_id", "-number").prefetch_related(
        Prefetch("keys", Key.objects.select_related("person"))
    )
    return secrets.prefetch_related(
        Prefetch("readers", Reader.objects.select_related("person")), Prefetch("versions", newest.select_related("by"))
    )


def rows(secrets: Iterable[Secret], *, asker: Person | None) -> list[Row]:
    """Each secret with who may read it."""
    keys = open_keys()
    groups = rights.members()
    return [_row(secret, keys, groups, asker) for secret in secrets]


def _row(secret: Secret, keys: list[Key], groups: dict[str, set[int]], asker: Person | None) -> Row:
    readers = list(secret.readers.all())
    people = {reader.person_id for reader in readers if reader.person_id}
    for reader in readers:
        people |= groups.get(reader.group, set())
    wanted = [key for key in keys if key.is_break_glass or key.person_id in people]
    version = next(iter(secret.versions.all()), None)
    have = {key.pk: key for key in version.keys.all()} if version else {}
    return Row(
        secret=secret,
        version=version,
        readers=readers,
        wanted=wanted,
        is_mine=asker is not None and asker.pk in people,
        is_open_to_me=asker is not None
        and any(one.person_id == asker.pk and not one.ended_at for one in have.values()),
        is_stale=version is not None and secret.closed_at is None and set(have) != {key.pk for key in wanted},
    )


def find_secrets(asker: Person, *, text: str = "", folder: str = "", only: str = "") -> list[Row]:
    """What is in the vault. `only`: `mine`, `rotate` (due, overdue, exposed), `closed`; else all that is not closed."""
    rights.require_see(asker)
    secrets = Secret.objects.filter(closed_at__isnull=only != "closed")
    if text.strip():
        words = text.strip()
        secrets = secrets.filter(Q(name__icontains=words) | Q(folder__icontains=words) | Q(note__icontains=words))
    if folder:
        secrets = secrets.filter(folder=folder)
    found = rows(with_parts(secrets), asker=asker)
    if only == "mine":
        return [row for row in found if row.is_mine]
    if only == "rotate":
        return [row for row in found if row.secret.state in ("due", "overdue", "exposed")]
    return found


def get_row(name: str, *, seen_by: Person) -> Row:
    """One secret, through the only door a page may use.

    Raises:
        SecretNotFound: absent, or hidden from `seen_by`.
    """
    if not rights.may_see(seen_by):
        raise SecretNotFound(name=name[:80])
    found = with_parts(Secret.objects.filter(name=name)).first()
    if found is None:
        raise SecretNotFound(name=name[:80])
    return rows([found], asker=seen_by)[0]


def stale_for(person: Person) -> list[Row]:
    """Secrets that `person` can open and that are to be sealed anew, for others than they are now."""
    secrets = with_parts(Secret.objects.filter(closed_at=None))
    return [row for row in rows(secrets, asker=person) if row.is_stale and row.is_open_to_me]


def folders() -> list[str]:
    """Folders in use."""
    return list(Secret.objects.exclude(folder="").order_by("folder").values_list("folder", flat=True).distinct())


def readings(secret: Secret, *, limit: int = 50) -> list[AuditLine]:
    """Who read or changed it, newest first."""
    return list(AuditLine.objects.filter(about_kind="secret", about_key=secret.name).order_by("-id")[:limit])
