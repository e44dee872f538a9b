"""What closes when somebody leaves, and who can open what."""

from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core.continuity import Matter
from essaim.manager.people.models import Person
from essaim.manager.vault import queries
from essaim.manager.vault.models import Key, Reader, Secret, Version


def readable_by(person: Person) -> QuerySet[Secret]:
    """Secrets whose present value is sealed for a key of `person`, and which they may therefore have copied."""
    newest = Version.objects.filter(secret=OuterRef("pk")).order_by("-number").values("pk")[:1]
    sealed = Version.objects.filter(keys__person=person).values("pk")
    secrets = Secret.objects.filter(closed_at=None).annotate(newest=Subquery(newest))
    return secrets.filter(newest__in=sealed)


def count_readable(person: Person) -> int:
    """How many secrets `person` still opens, and which must be replaced once they left."""
    if not Key.objects.filter(person=person, ended_at=None).exists():
        return 0
    return readable_by(person).count()


def close_for(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """End the person's key and their places among the readers; what they could read is to be replaced, and the vault says so."""
    now = timezone.now()
    had = Key.objects.filter(person=person, ended_at=None)
    if had.exists():
        pks = list(readable_by(person).values_list("pk", flat=True))
        Secret.objects.filter(pk__in=pks, exposed_at=None).update(exposed_at=now, exposed_why=person.name[:120])
    had.update(ended_at=now, locked="")
    Reader.objects.filter(person=person).delete()


def matters() -> Iterable[Matter]:
    """Each secret, with those who can open its present value: a constant number of queries."""
    for row in queries.rows(queries.with_parts(Secret.objects.filter(closed_at=None)), asker=None):
        if row.version is not None:
            who = frozenset(key.person_id for key in row.holders if key.person_id and not key.ended_at)
            yield Matter(
                f"secret:{row.secret.name}", row.secret.name, who, reverse("vault:secret", args=[row.secret.name])
            )
