"""An erased person leaves the trail: their words go out of its lines, the lines and their chain stay. What went out is kept, sealed with their
identity, as long as the law has us keep that; then it goes with it.
"""

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from essaim.manager.core import audit_words
from essaim.manager.core.audit_words import Words
from essaim.manager.core.models import AuditLine
from essaim.manager.people.models import Client, EmailChange, Person


class Known:
    """By what somebody is found in the trail, read before their rows are emptied."""

    def __init__(self, person: Person) -> None:
        self.pk = person.pk
        changes = EmailChange.objects.filter(person=person).exclude(done_at=None).values_list("old", "new")
        self.addresses = {person.email} | {address for pair in changes for address in pair}
        self.name = person.name if " " in person.name.strip() else ""
        """Of one word it could be anybody's, or a thing's."""

    def lines(self) -> "QuerySet[AuditLine]":
        """Lines that they wrote, that are about them, or in which an address of theirs stands."""
        found = Q(person=self.pk) | Q(about_key__in=self.addresses) | Q(who__in=self.addresses)
        for address in self.addresses:
            found |= Q(reason__icontains=address) | Q(facts_text__icontains=address)
        lines = AuditLine.objects.annotate(facts_text=Cast("facts", TextField()))
        return lines.filter(found, sealed__isnull=False).order_by("pk")

    def words(self, line: AuditLine) -> set[str]:
        """Which words of `line` tell who they are: their address, where they came from, what was said of them by name."""
        names = audit_words.names_in(line, said=(*self.addresses, self.name))
        if line.person_id == self.pk:
            names |= {"who", "origin"}
        if line.about_kind == "person" and line.about_key in self.addresses:
            names |= {"about_key", "reason"}
        return names


class KnownClient:
    """By what some clients are found in the trail, read before their rows are emptied."""

    def __init__(self, clients: list[Client]) -> None:
        self.slugs = {client.slug for client in clients}
        names = {text for client in clients for text in (client.name, client.legal_name, client.street) if text}
        reached = {
            text for one in clients for row in one.contacts.values_list("name", "email", "phone") for text in row
        }
        self.texts = tuple(names | {text for text in reached if text})

    def lines(self) -> "QuerySet[AuditLine]":
        """Lines about what was theirs."""
        found = Q(client_slug__in=self.slugs) | Q(about_kind="client", about_key__in=self.slugs)
        return AuditLine.objects.filter(found, sealed__isnull=False).order_by("pk")

    def words(self, line: AuditLine) -> set[str]:
        """The identifier, reasons, and what was written of the client and its people. Names of sites and accounts stay: machines knew them."""
        names = audit_words.names_in(line, said=(*self.slugs, *self.texts)) - {"who", "about_key"}
        names |= {"client_slug", "reason"}
        if line.code.startswith("people."):
            names |= {audit_words.FACT + key for key in line.facts}
        if line.about_kind == "client":
            names.add("about_key")
        return names


def forget_in_trail(known: Known | KnownClient) -> dict[str, Words]:
    """Take the words out, line by line; what was taken, by the line's number. In the caller's transaction."""
    taken: dict[str, Words] = {}
    for line in known.lines().iterator(chunk_size=1000):
        if went := audit_words.forget(line, known.words(line)):
            taken[str(line.pk)] = went
    return taken


def count_whole(known: Known) -> int:
    """Lines from before words could go: they stay as they are, since their hash covers them."""
    found = Q(person=known.pk) | Q(about_key__in=known.addresses)
    return AuditLine.objects.filter(found, sealed__isnull=True).count()
