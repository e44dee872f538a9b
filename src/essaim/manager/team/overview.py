"""What the team's first page says: each person's clock and state, and what waits for somebody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from essaim.manager.people import lost_factors
from essaim.manager.people.models import Grant, Person
from essaim.manager.people.rights import may
from essaim.manager.team import gate
from essaim.manager.team.models import Absence, Candidate
from essaim.manager.team.presence import Member

DAY = timedelta(days=1)


class Row(NamedTuple):
    """One of the team now."""

    member: Member
    local: datetime
    state: str
    """there, awake, asleep, away."""
    absence: Absence | None
    groups: list[str]

    @property
    def clock(self) -> str:
        """What their clock says."""
        return f"{self.local:%H:%M}"

    @property
    def place(self) -> str:
        """Where it stands: Montreal for America/Montreal."""
        return place_of(self.member.zone.key)


class Open(NamedTuple):
    """Something that waits for somebody."""

    words: "str | Promise"
    number: int
    url: str
    is_bad: bool = False


def place_of(zone: str) -> str:
    """America/Montreal as Montreal."""
    return zone.rpartition("/")[2].replace("_", " ")


def row_of(member: Member, now: datetime) -> Row:
    """`member` as they are at `now`."""
    absence = member.absence_at(now)
    state = "away" if absence else "there" if member.is_there(now) else "awake" if member.is_awake(now) else "asleep"
    groups = [str(Grant.Group(name).label) for name in member.person.groups_in_force]
    return Row(member, now.astimezone(member.zone), state, absence, groups)


def open_matters(person: Person, everybody: Sequence[Member]) -> list[Open]:
    """What waits, as far as `person` can do something about it or should know; nothing that does not wait. Four queries."""
    proposed, overdue = (
        Grant.objects.proposed().count(),
        sum(grant.is_review_overdue for grant in Grant.objects.in_force()),
    )
    lost = lost_factors.waiting_count() if may(person, "people.change") else 0
    unsigned = sum(member.person.agreement_due for member in everybody)
    without_hours = sum(not member.hours for member in everybody)
    found = [
        Open(
            ngettext_lazy(
                "%(count)s group waits for a second person", "%(count)s groups wait for a second person", proposed
            ),
            proposed,
            reverse("people:grants"),
        ),
        Open(
            ngettext_lazy(
                "%(count)s lost second factor waits for two of the team",
                "%(count)s lost second factors wait for two of the team",
                lost,
            ),
            lost,
            reverse("people:lost_factors"),
        ),
        Open(
            ngettext_lazy(
                "%(count)s group was not reviewed for half a year",
                "%(count)s groups were not reviewed for half a year",
                overdue,
            ),
            overdue,
            reverse("people:grants"),
            is_bad=True,
        ),
        Open(
            ngettext_lazy(
                "%(count)s person has not signed the agreement",
                "%(count)s people have not signed the agreement",
                unsigned,
            ),
            unsigned,
            reverse("team:versions"),
        ),
        Open(
            ngettext_lazy(
                "%(count)s person has not said their hours", "%(count)s people have not said their hours", without_hours
            ),
            without_hours,
            reverse("team:hours"),
        ),
    ]
    if gate.may(person, "team.recruit"):
        waiting = Candidate.objects.filter(state=Candidate.State.WAITING).count()
        words = ngettext_lazy(
            "%(count)s candidate waits for the board", "%(count)s candidates wait for the board", waiting
        )
        found.insert(0, Open(words, waiting, reverse("team:candidates")))
    return [one._replace(words=str(one.words) % {"count": one.number}) for one in found if one.number]
