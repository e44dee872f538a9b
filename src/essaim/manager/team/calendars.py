"""iCalendar feeds (RFC 5545): absences and cover, by an address that only its owner knows and may take back."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from essaim.manager.core import audit
from essaim.manager.people import confidentiality
from essaim.manager.people.models import Person
from essaim.manager.team import gate
from essaim.manager.team.cover import pieces
from essaim.manager.team.errors import FeedMissing
from essaim.manager.team.models import Feed
from essaim.manager.team.presence import Member, members

AHEAD = timedelta(weeks=8)
BEHIND = timedelta(weeks=4)
ABSENCES, COVER = "absences", "cover"
KINDS = (ABSENCES, COVER)
READ_NOTED_EVERY = timedelta(hours=1)


@transaction.atomic
def make_feed(person: Person, *, by: Person) -> str:
    """The secret part of the address of `person`'s calendars, shown this once. An address they had opens nothing any more.

    Raises:
        NotAllowed.
    """
    gate.require(by, "team.see" if by.pk == person.pk else "team.manage")
    Person.objects.select_for_update().get(pk=person.pk)
    person.feeds.filter(revoked_at=None).update(revoked_at=timezone.now())
    text = secrets.token_urlsafe(24)
    Feed.objects.create(person=person, sha256=_digest(text))
    audit.record("team.feed_made", by=by, about=("person", person.email))
    return text


def addresses(text: str) -> list[tuple[str, str]]:
    """Each kind of calendar, and its address with the secret part `text`."""
    return [(kind, settings.ORIGIN + reverse("team:feed", args=[text, kind])) for kind in KINDS]


@transaction.atomic
def revoke_feed(person: Person, *, by: Person) -> None:
    """The address opens nothing any more. Twice is once.

    Raises:
        NotAllowed.
    """
    gate.require(by, "team.see" if by.pk == person.pk else "team.manage")
    if person.feeds.filter(revoked_at=None).update(revoked_at=timezone.now()):
        audit.record("team.feed_revoked", by=by, about=("person", person.email))


def open_feed(text: str) -> Person:
    """Whose address it is. Its use is noted at most once an hour.

    Raises:
        FeedMissing: none of ours, taken back, or of somebody who left or has not signed the agreement.
    """
    feed = Feed.objects.select_related("person", "person__zone").filter(sha256=_digest(text), revoked_at=None).first()
    if feed is None or not (feed.person.is_active and feed.person.is_team) or confidentiality.is_missing(feed.person):
        raise FeedMissing
    now = timezone.now()
    if feed.last_read_at is None or now - feed.last_read_at > READ_NOTED_EVERY:
        Feed.objects.filter(pk=feed.pk).update(last_read_at=now)
    return feed.person


def calendar(kind: str, now: datetime) -> bytes:
    """The calendar of that kind, from four weeks ago to eight weeks ahead: three queries."""
    begins, ends = now - BEHIND, now + AHEAD
    team = members(absent_from=(begins - timedelta(days=1)).date())
    made = Calendar()
    made.add("prodid", f"-//{settings.HOUSE}//essaim//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{settings.HOUSE}: {_('absences') if kind == ABSENCES else _('cover')}")
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})  # RFC 7986, section 5.7
    events = _absences(team, now) if kind == ABSENCES else _cover(team, begins, ends, now)
    for event in events:
        made.add_component(event)
    return bytes(made.to_ical())


def _absences(team: list[Member], now: datetime) -> list[Event]:
    found = []
    for member in team:
        for absence in member.absences:
            event = _event(f"absence-{absence.pk}", now)
            event.add("summary", _("%(name)s is away") % {"name": member.person.name})
            event.add("dtstart", absence.first_day)
            event.add("dtend", absence.last_day + timedelta(days=1))  # the end is not in it (RFC 5545, 3.6.1)
            event.add("transp", "TRANSPARENT")
            if absence.note:
                event.add("description", absence.note)
            found.append(event)
    return found


def _cover(team: list[Member], begins: datetime, ends: datetime, now: datetime) -> list[Event]:
    found = []
    for piece in pieces(team, begins, ends):
        event = _event(f"cover-{piece.begins:%Y%m%dT%H%M}", now)
        names = ", ".join(member.person.name for member in piece.who)
        event.add("summary", names or _("nobody is there"))
        event.add("dtstart", piece.begins)
        event.add("dtend", piece.ends)
        event.add("transp", "TRANSPARENT")
        found.append(event)
    return found


def _event(uid: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else 'essaim'}")
    event.add("dtstamp", now.astimezone(UTC))
    return event


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
