"""The menu: one list of places, drawn at the side, in the menu of a phone and along its foot."""

from typing import Any, NamedTuple

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.people.models import Person
from essaim.manager.people.rights import may

register = template.Library()


class Place(NamedTuple):
    """One entry. Shown to who has `right`. It is the current one on every page whose address is named as a word of `covers` begins; the longest match
    wins.
    """

    name: str
    covers: str
    icon: str
    label: "str | Promise"
    right: str = ""
    is_foot: bool = False


AT_A_CLIENT = (
    "people:client people:add people:import people:invit people:place people:leave people:hand people:ending people:note "
    "people:see hosting:consent hosting:technician privacy:erase_client"
)
PLACES = (
    Place("web:home", "web:home", "home", _("Home"), is_foot=True),
    Place("hosting:sites", "hosting:", "site", _("Sites"), is_foot=True),
    Place("hosting:accounts", "hosting:account", "account", _("Accounts"), is_foot=True),
    Place("people:clients", AT_A_CLIENT, "users", _("Clients")),
    Place("people:search", "people:search people:end_sign_in", "search", _("Search"), right="people.see_personal"),
    Place("people:duplicates", "people:duplicates people:merge", "copy", _("Duplicates"), right="clients.merge"),
    Place("hosting:offers", "hosting:offer", "book", _("Offers"), right="offers.see"),
    Place("fleet:machines", "fleet:", "machine", _("Machines"), right="fleet.see", is_foot=True),
    Place("keys:keys", "keys:", "unlock", _("Keys"), right="machines.enter"),
    Place("team:team", "team:", "users", _("The team"), right="team.see"),
    Place("people:rights", "people:rights people:grant", "lock", _("Rights"), right="team.see"),
    Place("people:lost_factors", "people:lost_factor", "key", _("Lost factors"), right="people.change"),
    Place("vault:secrets", "vault:", "archive", _("Vault"), right="vault.read"),
    Place("openid:tools", "openid:", "external", _("Tools"), right="openid.manage"),
    Place("web:audit", "web:audit", "log", _("Audit trail"), right="audit.see"),
    Place("web:mail_queue", "web:mail web:email", "mail", _("Letters"), right="letters.see"),
    Place("mfa_index", "people: mfa_ account_", "key", _("Access")),
    Place("privacy:mine", "privacy:", "lock", _("Your data")),
    Place("privacy:retention", "privacy:retention", "archive", _("Retention"), right="privacy.keep"),
    Place("web:design", "web:design", "palette", _("Design"), right="design.see"),
)


@register.simple_tag(takes_context=True)
def places(context: Context, *, foot: bool = False) -> list[dict[str, Any]]:
    """The places this visitor may go to, the current one marked; with `foot`, the few that fit along a phone's foot."""
    request = context["request"]
    match = getattr(request, "resolver_match", None)
    here = _place_of(match.view_name if match else "")
    person = request.user if isinstance(request.user, Person) else None
    return [
        {"url": reverse(place.name), "icon": place.icon, "label": place.label, "is_here": place is here}
        for place in PLACES
        if (not place.right or (person and may(person, place.right))) and (place.is_foot or not foot)
    ]


def _place_of(view_name: str) -> Place | None:
    covering = [(len(word), place) for place in PLACES for word in place.covers.split() if view_name.startswith(word)]
    return max(covering, key=lambda match: match[0], default=(0, None))[1]
