"""Who may do what, asked by name. What each name lets one do, which group and which role has it, is data in `table`;
`asking` answers. Nothing else in the Manager decides what somebody may.

    rights.may(person, "sites.change", client)       a fact, for what a page shows
    rights.require(person, "sites.change", client)   the door of an action: RightMissing says what is missing and who gives it
    rights.clients_with(person, "sites.see")         the clients at which they may: what is not among them is absent

`person` None is the platform itself (periodic work, the first administrator): it may everything.
"""

from essaim.manager.people.rights.agreement import agreement
from essaim.manager.people.rights.asking import (
    clients_seen_by,
    clients_with,
    holders,
    masked_for,
    may,
    may_somewhere,
    require,
    require_scope,
    require_self,
    require_somewhere,
    scopes_offered_to,
)
from essaim.manager.people.rights.errors import RightMissing
from essaim.manager.people.rights.table import GROUPS, RIGHTS, ROLES, SCOPES, Group, Right, Role

__all__ = [
    "GROUPS",
    "RIGHTS",
    "ROLES",
    "SCOPES",
    "Group",
    "Right",
    "RightMissing",
    "Role",
    "agreement",
    "clients_seen_by",
    "clients_with",
    "holders",
    "masked_for",
    "may",
    "may_somewhere",
    "require",
    "require_scope",
    "require_self",
    "require_somewhere",
    "scopes_offered_to",
]
