"""The menu: one list of places, drawn at the side, in the menu of a phone and along its foot."""

from typing import Any, NamedTuple

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


class Place(NamedTuple):
    """One entry. It is the current one on every page whose address is named as a word of `covers` begins; the longest match
    wins.
    """

    name: str
    covers: str
    icon: str
    label: "str | Promise"
    is_team: bool = False
    is_foot: bool = False


PLACES = (
    Place("web:home", "web:home", "home", _("Home"), is_foot=True),
    Place("hosting:sites", "hosting:", "site", _("Sites"), is_foot=True),
    Place("hosting:accounts", "hosting:account", "account", _("Accounts"), is_foot=True),
    Place("people:clients", "people:client people:add hosting:consent", "users", _("Clients"), is_team=True),
    Place("fleet:machines", "fleet:", "machine", _("Machines"), is_team=True, is_foot=True),
    Place("web:audit", "web:audit", "log", _("Audit trail"), is_team=True),
    Place("people:tokens", "people:", "key", _("Access")),
    Place("web:design", "web:design", "palette", _("Design"), is_team=True),
)


@register.simple_tag(takes_context=True)
def places(context: Context, *, foot: bool = False) -> list[dict[str, Any]]:
    """The places this visitor may go to, the current one marked; with `foot`, the few that fit along a phone's foot."""
    request = context["request"]
    match = getattr(request, "resolver_match", None)
    here = _place_of(match.view_name if match else "")
    is_team = getattr(request.user, "is_team", False)
    return [
        {"url": reverse(place.name), "icon": place.icon, "label": place.label, "is_here": place is here}
        for place in PLACES
        if (is_team or not place.is_team) and (place.is_foot or not foot)
    ]


def _place_of(view_name: str) -> Place | None:
    covering = [(len(word), place) for place in PLACES for word in place.covers.split() if view_name.startswith(word)]
    return max(covering, key=lambda match: match[0], default=(0, None))[1]
