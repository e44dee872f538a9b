"""The table of rights: what each lets one do, and which groups of the team and which roles at a client have it.

Data, read by `asking` and shown as it stands at `/team/rights/` and in the documentation. A room that wants a right of its own adds a
line to RIGHTS and its name to the groups and roles that have it.
"""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from essaim.manager.people.models import Grant, Membership

if TYPE_CHECKING:
    from django.db import models
    from django_stubs_ext import StrPromise

BOARD = ("board", "president")


class Right(NamedTuple):
    """One thing that somebody may do. `needs_agreement`: only who signed the confidentiality agreement; `granted_by`: groups whose
    people give a group that has it to others.
    """

    name: str
    lets: "str | StrPromise"
    needs_agreement: bool = True
    granted_by: tuple[str, ...] = BOARD


class Group(NamedTuple):
    """A set of rights that a person of the team holds, at every client. Groups are no ladder: who has two has both sets."""

    name: str
    label: "str | StrPromise"
    is_for: "str | StrPromise"
    rights: frozenset[str]


class Role(NamedTuple):
    """A set of rights that a person has at one client."""

    name: str
    label: "str | StrPromise"
    is_for: "str | StrPromise"
    rights: frozenset[str]


def _named(choice: "models.TextChoices") -> "tuple[str, str | StrPromise]":
    return choice.value, choice.label


_RIGHTS = (
    Right("clients.see", _("see clients and who belongs to them")),
    Right("clients.add", _("add a client")),
    Right("clients.change", _("change what is written of a client")),
    Right("clients.notes", _("read and write the team's notes about a client")),
    Right("clients.end", _("end what a client has who died or dissolved, with another who approves")),
    Right("clients.merge", _("merge two clients that are one, and undo it")),
    Right(
        "clients.see_as",
        _("see the Manager as an owner of a client does, for half an hour, with a reason that they read"),
    ),
    Right("clients.people", _("say who belongs to a client, and as what")),
    Right("sites.see", _("see accounts and sites: their states, stories, numbers and certificates")),
    Right(
        "sites.change", _("order, change, suspend, close and erase accounts and sites, put content, read their logs")
    ),
    Right("sites.hold", _("suspend in the name of the house what its client cannot resume, and resume it")),
    Right("sites.limits", _("give an account another offer or limits of its own")),
    Right("offers.see", _("see the offers and how many accounts have each")),
    Right("offers.change", _("make and change offers")),
    Right("certificates.reissue", _("see the certificates of all machines and have them replaced")),
    Right("fleet.see", _("see the machines and what each holds")),
    Right("fleet.change", _("add, check, drain and revoke machines")),
    Right("machines.enter", _("come into machines by SSH, as oneself or as root, and see who does")),
    Right("audit.see", _("read the audit trail")),
    Right("letters.see", _("see which letters go out and what became of them")),
    Right("design.see", _("see the components and the letters that pages are made of"), needs_agreement=False),
    Right("people.add", _("make a sign-in for somebody")),
    Right(
        "people.change",
        _(
            "give somebody a new password, take a lost second factor away with another, end their keys, close their sign-in"
        ),
    ),
    Right("people.see_personal", _("read names, addresses and e-mail addresses, instead of masked ones")),
    Right("openid.manage", _("say which tools of the house people sign in to with the Manager, and who may")),
    Right("vault.read", _("see the house's vault, and open the secrets that name one as a reader")),
    Right("vault.change", _("add, replace and close secrets of the vault, and say who reads them")),
    Right("privacy.keep", _("see what is forgotten each night, and what was")),
    Right("team.see", _("see who is of the team and what each may do"), needs_agreement=False),
    Right("team.grant", _("propose, confirm, review and withdraw the groups of others")),
    Right("team.manage", _("write down duties and who can do them, and close every door of who leaves")),
    Right("team.recruit", _("write campaigns and read who would join")),
    Right("team.agreement", _("write the confidentiality agreement and see its signatures")),
)
RIGHTS = {right.name: right for right in _RIGHTS}

_WATCHING = {
    "clients.see",
    "sites.see",
    "offers.see",
    "fleet.see",
    "audit.see",
    "letters.see",
    "design.see",
    "team.see",
}
_HELPING = _WATCHING | {
    "clients.see_as",
    "clients.add",
    "clients.change",
    "clients.notes",
    "clients.people",
    "people.add",
    "people.see_personal",
    "sites.change",
    "vault.read",
}
_GOVERNING = {
    "audit.see",
    "design.see",
    "letters.see",
    "people.see_personal",
    "team.agreement",
    "team.grant",
    "team.manage",
    "team.recruit",
    "team.see",
    "vault.read",
}

_GROUPS = (
    Group(*_named(Grant.Group.OBSERVER), _("Looks and learns; changes nothing."), frozenset(_WATCHING)),
    Group(*_named(Grant.Group.SUPPORTER), _("Answers clients and does what they ask."), frozenset(_HELPING)),
    Group(
        *_named(Grant.Group.ADMINISTRATOR),
        _("Looks after machines and what runs on them."),
        frozenset(
            _HELPING
            | {
                "certificates.reissue",
                "clients.end",
                "clients.merge",
                "fleet.change",
                "machines.enter",
                "offers.change",
                "people.change",
                "privacy.keep",
                "sites.hold",
                "sites.limits",
                "openid.manage",
                "vault.change",
            }
        ),
    ),
    Group(
        *_named(Grant.Group.BILLING),
        _("Looks after subscriptions and payments."),
        frozenset(
            {
                "clients.change",
                "clients.end",
                "clients.notes",
                "clients.see",
                "letters.see",
                "offers.change",
                "offers.see",
                "people.see_personal",
                "sites.see",
                "team.see",
                "vault.read",
            }
        ),
    ),
    Group(
        *_named(Grant.Group.COMMUNICATION),
        _("Writes to the public and to clients."),
        frozenset({"design.see", "letters.see", "offers.see", "team.see"}),
    ),
    Group(*_named(Grant.Group.BOARD), _("Decides who joins the team and what each may."), frozenset(_GOVERNING)),
    Group(
        *_named(Grant.Group.PRESIDENT),
        _("Answers for the association."),
        frozenset(
            _GOVERNING
            | _WATCHING
            | {
                "clients.add",
                "clients.change",
                "clients.end",
                "clients.merge",
                "clients.notes",
                "openid.manage",
                "people.change",
                "vault.change",
            }
        ),
    ),
)
GROUPS = {group.name: group for group in _GROUPS}

_AT_HOME = {"clients.see", "people.see_personal"}
_ROLES = (
    Role(
        *_named(Membership.Role.OWNER),
        _("Changes everything and says who belongs."),
        frozenset(_AT_HOME | {"clients.change", "clients.people", "sites.see", "sites.change"}),
    ),
    Role(
        *_named(Membership.Role.MANAGER),
        _("Changes everything."),
        frozenset(_AT_HOME | {"clients.change", "sites.see", "sites.change"}),
    ),
    Role(
        *_named(Membership.Role.TECHNICIAN),
        _("Changes the accounts that an owner gives them, and sees no others."),
        frozenset(_AT_HOME),  # of those accounts, the hosting room knows: `hosting.access`
    ),
    Role(
        *_named(Membership.Role.BILLING),
        _("Reads and changes address, numbers and contacts; sees no site."),
        frozenset(_AT_HOME | {"clients.change"}),
    ),
    Role(*_named(Membership.Role.READER), _("Looks."), frozenset(_AT_HOME | {"sites.see"})),
)
ROLES = {role.name: role for role in _ROLES}

SCOPES = {
    "team:read": "team.see",
    "team:write": "team.grant",
    "hours:write": "team.see",
    "fleet:read": "fleet.see",
    "fleet:write": "fleet.change",
    "machines:enter": "machines.enter",
    "openid:manage": "openid.manage",
    "vault:read": "vault.read",
    "vault:write": "vault.change",
}
"""Scopes that only who has that right may give to a token."""
