"""What pages, API and command line show of certificates: of one site, and of the fleet."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting.actions.certificates import OWN
from essaim.manager.hosting.health import moment_of
from essaim.manager.hosting.jobs import QUEUED
from essaim.manager.hosting.models import OwnCertificate, Reissue, Site
from essaim.manager.hosting.own_certificates import PRIVATE_ROOT, uncovered
from essaim.manager.hosting.wanted import tls_of

LINES = 20


class Shown(NamedTuple):
    """The certificate of one site. Empty and None: there is none, or nothing is known."""

    own: OwnCertificate | None
    issuer: str
    directory: str
    """Host of the authority's directory, or `own`."""
    names: tuple[str, ...]
    not_before: datetime | None
    not_after: datetime | None
    serial: str
    renewal_at: datetime | None
    """When its machine orders the next one, as far as that is known."""
    window_start: datetime | None
    window_end: datetime | None
    """Between these its authority asks for the next order (RFC 9773); None: it suggests nothing, or was not asked yet."""
    window_why: str
    """Address of a page on which it says why; empty: it does not."""
    fingerprint: str
    """SHA-256, as browsers show it."""
    turn: datetime | None
    is_ordered_anew: bool
    """Another one was asked for, and is not in place yet."""
    uncovered: tuple[str, ...]
    """Names of the site that it is not for."""
    tls: str
    """modern or intermediate: the site's choice, or the house's."""

    @property
    def is_private(self) -> bool:
        """Browsers do not know where it comes from; whoever visits has to."""
        return self.own is not None and PRIVATE_ROOT in self.own.warnings


def shown(site: Site, wishes: Mapping[str, Wanted]) -> Shown:
    """The certificate of `site`. `wishes`: those about it."""
    own = OwnCertificate.objects.select_related("person").filter(site=site).first() if site.certificate_own else None
    wish = wishes.get("certificate")
    facts = wish.facts if wish is not None and wish.spec is not None else {}
    names = tuple(own.names) if own else tuple(str(facts.get("names", "")).split())
    every = [site.fqdn, *(alias.fqdn for alias in site.aliases.all())]
    waits = wish is not None and wish.code == QUEUED
    return Shown(
        own=own,
        issuer=own.issuer if own else str(facts.get("issuer", "")),
        directory=OWN if own else str(facts.get("directory", "")),
        names=names,
        not_before=own.not_before if own else moment_of(facts.get("not_before")),
        not_after=own.not_after if own else moment_of(facts.get("not_after")),
        serial=own.serial if own else str(facts.get("serial", "")),
        renewal_at=None if own else moment_of(facts.get("renew_at")),
        window_start=None if own else moment_of(facts.get("window_start")),
        window_end=None if own else moment_of(facts.get("window_end")),
        window_why="" if own else _address(facts.get("window_why", "")),
        fingerprint=own.fingerprint if own else str(facts.get("fingerprint", "")),
        is_ordered_anew=_is_ordered_anew(wish),
        turn=wish.retry_at if waits and wish is not None else None,
        uncovered=tuple(uncovered(every, names)) if names else (),
        tls=tls_of(site),
    )


def _is_ordered_anew(wish: Wanted | None) -> bool:
    return wish is not None and bool((wish.spec or {}).get("reissue")) and wish.applied_revision < wish.revision


def _address(text: object) -> str:
    """What is shown as a link: an authority's page is over HTTPS, or none."""
    return str(text)[:500] if str(text).startswith("https://") else ""


class Queue(NamedTuple):
    """What waits for the budget of authorities on one machine."""

    waiting: int
    last_turn: datetime | None


def queue_of(machine: Machine) -> Queue:
    """How many certificates wait for their turn on `machine`, and when the turn of the last one comes: one query."""
    waits = Wanted.objects.filter(machine=machine, kind="certificate", code=QUEUED, retry_at__gt=timezone.now())
    return Queue(**waits.aggregate(waiting=Count("id"), last_turn=Max("retry_at")))


def history(site: Site) -> list[StoryLine]:
    """What happened to the certificate of `site`, newest first: one query."""
    lines = StoryLine.objects.select_related("audit__person").filter(
        about_kind="site", about_key=site.fqdn, kind="certificate", at__gte=site.created_at
    )
    return list(lines[:LINES])


class OfMachine(NamedTuple):
    """The certificates that one machine has from one authority."""

    machine: str
    authority: str
    certificates: int


class Progress(NamedTuple):
    """How far an order to replace certificates is."""

    order: Reissue
    total: int
    done: int
    queued: int
    failing: int
    last_turn: datetime | None
    """When the turn of the last one comes that waits for its authority's budget."""

    @property
    def is_over(self) -> bool:
        return self.order.told_at is not None and self.done >= self.total


def of_fleet() -> list[OfMachine]:
    """How many certificates each machine has from each authority: one query."""
    rows = Wanted.objects.filter(kind="certificate", applied_revision__gt=0).exclude(spec=None)
    counted = rows.values("machine__name", "facts__directory").annotate(number=Count("id"))
    found = [OfMachine(row["machine__name"], row["facts__directory"] or "", row["number"]) for row in counted]
    return sorted(found)


def progress(order: Reissue) -> Progress:
    """How far `order` is: one query."""
    wishes = Wanted.objects.filter(kind="certificate", spec__reissue=order.number)
    waits = Q(applied_revision__lt=F("revision"))
    counts = wishes.aggregate(
        total=Count("id"),
        done=Count("id", filter=~waits),
        queued=Count("id", filter=waits & Q(code=QUEUED)),
        failing=Count("id", filter=waits & Q(outcome=Wanted.Outcome.FAILED) & ~Q(code=QUEUED)),
        last_turn=Max("retry_at", filter=waits & Q(code=QUEUED)),
    )
    return Progress(order, **counts)


def last_reissue() -> Progress | None:
    """The newest order to replace certificates: two queries."""
    order = Reissue.objects.select_related("machine", "person").first()
    return progress(order) if order else None


def web_machines() -> list[Machine]:
    """Those that may have certificates."""
    return [machine for machine in Machine.objects.exclude(state=Machine.State.EXPECTED) if "web" in machine.roles]
