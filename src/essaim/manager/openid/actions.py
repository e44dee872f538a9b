"""Everything that can happen to tools: added, changed, given another secret, closed, signed in to."""

import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client, Token
from django.db import transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.openid import doors
from essaim.manager.openid.errors import (
    AddressRefused,
    GroupsMissing,
    GroupUnknown,
    LogoutAddressRefused,
    ToolClosed,
    ToolNameMissing,
)
from essaim.manager.openid.models import Tool, Visit
from essaim.manager.openid.provider import SCOPES
from essaim.manager.people import rights
from essaim.manager.people.models import Person

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_ADDRESSES = 20


@transaction.atomic
def create_tool(
    *, name: str, redirect_uris: Iterable[str], groups: Iterable[str], by: Person | None, logout_url: str = ""
) -> tuple[Tool, str]:
    """A tool, and its secret, which is not kept.

    Raises:
        ToolNameMissing, AddressRefused, GroupsMissing, GroupUnknown, RightMissing.
    """
    rights.require(by, "openid.manage")
    secret = secrets.token_urlsafe(32)
    client = Client(name=_name(name), type=Client.Type.CONFIDENTIAL)
    client.set_redirect_uris(_addresses(redirect_uris))
    client.set_scopes(list(SCOPES))
    client.set_default_scopes(["openid"])
    client.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    client.set_response_types([Client.ResponseType.CODE])
    client.set_secret(secret)
    client.save()
    tool = Tool.objects.create(client=client, groups=_groups(groups), logout_url=_logout(logout_url))
    facts = {"redirect_uris": client.get_redirect_uris(), "groups": tool.groups}
    audit.record("openid.tool_created", by=by, about=("tool", client.id), name=client.name, **facts)
    return tool, secret


@transaction.atomic
def change_tool(
    tool: Tool,
    *,
    by: Person | None,
    name: str | None = None,
    redirect_uris: Iterable[str] | None = None,
    groups: Iterable[str] | None = None,
    logout_url: str | None = None,
) -> Tool:
    """Change what is given. Whoever may no longer sign in is signed out.

    Raises:
        ToolClosed, ToolNameMissing, AddressRefused, GroupsMissing, GroupUnknown, RightMissing.
    """
    rights.require(by, "openid.manage")
    tool = _locked(tool)
    client = tool.client
    if name is not None:
        client.name = _name(name)
    if redirect_uris is not None:
        client.set_redirect_uris(_addresses(redirect_uris))
    if groups is not None:
        tool.groups = _groups(groups)
    if logout_url is not None:
        tool.logout_url = _logout(logout_url)
    client.save()
    tool.save()
    ended = 0
    over = [visit.pk for visit in tool.visits.select_related("person") if not doors.may_enter(visit.person, tool)]
    doors.close(over)
    ended = len(over)
    facts = {"name": client.name, "redirect_uris": client.get_redirect_uris(), "groups": tool.groups, "ended": ended}
    audit.record("openid.tool_changed", by=by, about=("tool", client.id), **facts)
    return tool


@transaction.atomic
def renew_secret(tool: Tool, *, by: Person | None) -> str:
    """Another secret; the one before opens nothing any more, and people stay signed in.

    Raises:
        ToolClosed, RightMissing.
    """
    rights.require(by, "openid.manage")
    tool = _locked(tool)
    secret = secrets.token_urlsafe(32)
    tool.client.set_secret(secret)
    tool.client.save(update_fields=["secret"])
    audit.record("openid.secret_renewed", by=by, about=("tool", tool.client.id), name=tool.client.name)
    return secret


@transaction.atomic
def close_tool(tool: Tool, *, by: Person | None, reason: str) -> Tool:
    """Nobody signs in to it any more, and everybody is signed out. Twice is once.

    Raises:
        ReasonMissing, RightMissing.
    """
    rights.require(by, "openid.manage")
    if not reason.strip():
        raise ReasonMissing
    tool = Tool.objects.select_for_update().select_related("client").get(pk=tool.pk)
    if tool.closed_at is not None:
        return tool
    tool.closed_at = timezone.now()
    tool.save(update_fields=["closed_at"])
    doors.close(tool.visits.values_list("pk", flat=True))
    Token.objects.filter(client=tool.client).delete()
    tool.client.set_secret(secrets.token_urlsafe(32))
    tool.client.save(update_fields=["secret"])
    about = ("tool", tool.client.id)
    audit.record("openid.tool_closed", by=by, about=about, reason=reason.strip(), name=tool.client.name)
    return tool


@transaction.atomic
def note_visit(tool: Tool, person: Person, *, sid: str, code: str) -> None:
    """`person` goes on to `tool` from the browser's session that tools know as `sid`, with a code by which it learns who they are."""
    visit, _is_new = Visit.objects.select_for_update(of=("self",)).get_or_create(tool=tool, person=person, sid=sid)
    kept = Token.objects.filter(user=person, client=tool.client, data__grant_id__in=visit.grants)
    grants = {token.get_grant_id() for token in [*kept, *Token.objects.by_value(code).filter(client=tool.client)]}
    visit.grants = sorted(grant for grant in grants if grant)
    visit.save()
    audit.record("openid.signed_in", by=person, about=("tool", tool.pk), name=tool.client.name)


def _locked(tool: Tool) -> Tool:
    tool = Tool.objects.select_for_update().select_related("client").get(pk=tool.pk)
    if tool.closed_at is not None:
        raise ToolClosed(name=tool.client.name)
    return tool


def _name(name: str) -> str:
    name = " ".join(name.split())[:100]
    if not name:
        raise ToolNameMissing
    return name


def _addresses(addresses: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(address.strip() for address in addresses if address.strip()))
    for address in found:
        if not _is_address(address):
            raise AddressRefused(address=address[:200])
    if not found or len(found) > MOST_ADDRESSES:
        raise AddressRefused(address="")
    return found


def _logout(address: str) -> str:
    if address.strip() and not _is_address(address.strip()):
        raise LogoutAddressRefused(address=address[:200])
    return address.strip()


def _is_address(address: str) -> bool:
    """Absolute, of HTTPS (of HTTP on this machine), compared as it stands: no fragment, wildcard, password, blank (RFC 9700, 2.1)."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_plain = all(33 <= ord(letter) < 127 for letter in address) and not set('*#\\<>"') & set(address)  # noqa: PLR2004 - printable ASCII
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return bool(is_plain and is_safe and host and "@" not in parts.netloc and len(address) <= 500)  # noqa: PLR2004 - of its column


def _groups(groups: Iterable[str]) -> list[str]:
    found = sorted(set(groups))
    for group in found:
        if group not in rights.GROUPS:
            raise GroupUnknown(group=group[:80])
    if not found:
        raise GroupsMissing
    return found
