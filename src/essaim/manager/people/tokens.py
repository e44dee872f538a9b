"""Tokens of the API: issued once in full, kept as a hash, told of before they end, revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail
from essaim.manager.people import letters, rights
from essaim.manager.people.errors import (
    ExpiryFar,
    ExpiryPast,
    NameMissing,
    ScopeUnknown,
)
from essaim.manager.people.models import ApiToken, Person

TOKEN_MARK = "essaim_"  # noqa: S105 - not a secret: it lets a scanner of leaked secrets recognise ours
TOKEN_LASTS = timedelta(days=90)
TOKEN_LONGEST = timedelta(days=366)
TOLD_BEFORE = timedelta(days=7)


@transaction.atomic
def issue_token(
    person: Person, *, name: str, scopes: list[str], by: Person | None, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A key to the API for `person`, and its text, which is shown this once and not stored.

    Raises:
        NameMissing, ScopeUnknown, ExpiryPast, ExpiryFar, NotAllowed.
    """
    rights.require_self(person, by)
    if not name.strip():
        raise NameMissing
    _require_scopes(person, scopes)
    now = timezone.now()
    expires_at = expires_at or now + TOKEN_LASTS
    if expires_at <= now:
        raise ExpiryPast
    if expires_at > now + TOKEN_LONGEST:
        raise ExpiryFar(days=TOKEN_LONGEST.days)
    text = TOKEN_MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person=person,
        name=name.strip()[:80],
        prefix=text[:12],
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    about = ("person", person.email)
    audit.record("people.token_issued", by=by, about=about, token=token.prefix, name=token.name, scopes=token.scopes)
    return token, text


def _require_scopes(person: Person, scopes: list[str]) -> None:
    offered = rights.scopes_offered_to(person)
    for scope in scopes or [""]:
        if scope not in ApiToken.SCOPES:
            raise ScopeUnknown(scope=scope, offered=", ".join(offered))
        if scope not in offered:
            raise rights.RightMissing(right=rights.SCOPES[scope])


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Person | None) -> ApiToken:
    """End a token at once. Revoking twice changes nothing."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("person").get(pk=token.pk)
    rights.require_self(token.person, by)
    if token.revoked_at is not None:
        return token
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record("people.token_revoked", by=by, about=("person", token.person.email), token=token.prefix)
    return token


def tell_of_ending_tokens() -> int:
    """A letter for each token that ends within a week, once; how many. One that was made for a week surprises nobody."""
    now = timezone.now()
    soon = ApiToken.objects.filter(
        told_at=None,
        revoked_at=None,
        person__is_active=True,
        expires_at__range=(now, now + TOLD_BEFORE),
        created_at__lt=now - TOLD_BEFORE,
    )
    return sum(_tell_of_end(pk) for pk in soon.values_list("pk", flat=True)[:200])


@transaction.atomic
def _tell_of_end(pk: int) -> bool:
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("person").get(pk=pk)
    ends = token.expires_at
    if token.told_at is not None or token.is_over or ends is None:
        return False
    token.told_at = timezone.now()
    token.save(update_fields=["told_at"])
    person, url = token.person, settings.ORIGIN + reverse("people:tokens")
    mail.write(
        "token ends",
        to=person.email,
        language=person.language,
        letter=lambda: letters.token_ends(name=person.name, token=token.name, at=ends, url=url),
    )
    return True
