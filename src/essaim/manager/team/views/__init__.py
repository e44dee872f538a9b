"""The pages of the team room. Hours are shown by the reader's own clock."""

from collections.abc import Mapping
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.pages import Request, show
from essaim.manager.people.models import Person
from essaim.manager.team import gate
from essaim.manager.team.presence import zone_of

TABS = (
    ("team:team", _("The team"), "team.see"),
    ("team:awake", _("Awake now"), "team.see"),
    ("team:cover", _("Cover"), "team.see"),
    ("team:windows", _("Best hours"), "team.see"),
    ("team:bus_factor", _("Bus factor"), "team.see"),
    ("team:duties", _("Duties"), "team.see"),
    ("team:versions", _("Agreement"), "team.see"),
    ("team:candidates", _("Candidates"), "team.recruit"),
    ("team:campaigns", _("Campaigns"), "team.recruit"),
    ("team:hours", _("My hours"), "team.see"),
)
"""Pages of the room: address, words, the right that opens it."""


def show_here(request: Request, template: str, context: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    """The page with every moment by the clock of who reads it."""
    zone = zone_of(request.user)
    with timezone.override(zone):
        whole = {**context, "reader_zone": zone.key, "team_tabs": tabs_of(request.user)}
        return show(request, template, whole, status=status)


def tabs_of(person: Person) -> list[tuple[str, str]]:
    """The room's pages that `person` may open."""
    return [(reverse(name), str(words)) for name, words, right in TABS if gate.may(person, right)]


def asked_day(request: HttpRequest, name: str) -> date:
    """The day in the address, else today; nonsense is today."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return timezone.localdate()
