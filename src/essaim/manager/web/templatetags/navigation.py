"""The menu: one list of places, drawn at the side, in the menu of a phone and along its foot."""

from typing import Any, NamedTuple

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


class Place(NamedTuple):
    """One entry. `rooms` are the addresses' names under which it is the current one."""

    name: str
    icon: str
    label: Promise
    views: frozenset[str]
    is_team: bool = False
    is_foot: bool = False


def _place(name: str, icon: str, label: Promise, *more: str, is_team: bool = False, is_foot: bool = False) -> Place:
    return Place(name, icon, label, frozenset((name, *more)), is_team=is_team, is_foot=is_foot)


PLACES = (
    _place("web:home", "home", _("Home"), is_foot=True),
    _place("hosting:sites", "site", _("Sites"), "hosting:site", "hosting:order", is_foot=True),
    _place("hosting:accounts", "account", _("Accounts"), "hosting:account", is_foot=True),
    _place("people:clients", "users", _("Clients"), "people:client", is_team=True),
    _place("fleet:machines", "machine", _("Machines"), "fleet:machine", is_team=True, is_foot=True),
    _place("web:audit", "log", _("Audit trail"), is_team=True),
    _place("people:tokens", "key", _("API tokens"), is_foot=False),
    _place("web:design", "palette", _("Design"), is_team=True),
)


@register.simple_tag(takes_context=True)
def places(context: Context, *, foot: bool = False) -> list[dict[str, Any]]:
    """The places this visitor may go to, the current one marked; with `foot`, the few that fit along a phone's foot."""
    request = context["request"]
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match else ""
    is_team = getattr(request.user, "is_team", False)
    shown = [place for place in PLACES if (is_team or not place.is_team) and (place.is_foot or not foot)]
    return [entry for place in shown if (entry := _entry(place, here))]


def _entry(place: Place, here: str) -> dict[str, Any] | None:
    try:
        url = reverse(place.name)
    except NoReverseMatch:  # a room that this installation does not have
        return None
    return {
        "url": url,
        "icon": place.icon,
        "label": place.label,
        "is_here": here in place.views,
        "is_team": place.is_team,
    }


@register.simple_tag
def address(name: str) -> str:
    """The address called `name`, or an empty one (this page) where the room that has it is absent."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
