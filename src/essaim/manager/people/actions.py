"""Everything that can happen to persons, clients, memberships and API tokens, from top to bottom."""

import hashlib
import re
import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from essaim.manager.core import audit
from essaim.manager.core.errors import NotAllowed
from essaim.manager.people import rights
from essaim.manager.people.errors import (
    ClientExists,
    EmailMalformed,
    ExpiryPast,
    LastOwner,
    NameMissing,
    PasswordRefused,
    PasswordWrong,
    PersonExists,
    RoleUnknown,
    ScopeUnknown,
    SlugMalformed,
)
from essaim.manager.people.models import ApiToken, Client, Membership, Person

TOKEN_MARK = "essaim_"  # noqa: S105 - not a secret: it lets a scanner of leaked secrets recognise ours
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-))*(?<!-)")


@transaction.atomic
def create_person(
    *, email: str, name: str, by: Person | None, language: str = "fr", is_team: bool = False, password: str = ""
) -> Person:
    """A new sign-in. Without a password nobody signs in until one is set. `by` None: the platform makes its first administrator.

    Raises:
        EmailMalformed, NameMissing, PersonExists, PasswordRefused, NotAllowed.
    """
    rights.require_team(by)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise EmailMalformed(email=email[:80]) from None
    if not name.strip():
        raise NameMissing
    if Person.objects.filter(email=email).exists():
        raise PersonExists(email=email)
    person = Person(email=email, name=name.strip()[:120], language=language, is_team=is_team)
    _set_password(person, password)
    person.save()
    audit.record("people.person_created", by=by, about=("person", email), is_team=is_team)
    return person


def _set_password(person: Person, password: str) -> None:
    if not password:
        person.set_unusable_password()
        return
    try:
        validate_password(password, person)
    except ValidationError as wrong:
        raise PasswordRefused(why=" ".join(wrong.messages)) from None
    person.set_password(password)


@transaction.atomic
def change_password(person: Person, *, password: str, by: Person | None, current_password: str = "") -> Person:
    """Set a new password. Who changes their own proves the present one; the team and the platform need not.

    Raises:
        PasswordWrong, PasswordRefused, NotAllowed.
    """
    rights.require_self(person, by)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if by is not None and by.pk == person.pk and not person.check_password(current_password):
        raise PasswordWrong
    if not password:
        raise PasswordRefused(why="")
    _set_password(person, password)
    person.save(update_fields=["password"])
    audit.record("people.password_changed", by=by, about=("person", person.email))
    return person


@transaction.atomic
def change_language(person: Person, *, language: str) -> Person:
    """The language in which the Manager speaks to `person`: their own choice, not worth a line of the trail."""
    person.language = "en" if language == "en" else "fr"
    person.save(update_fields=["language"])
    return person


@transaction.atomic
def deactivate_person(person: Person, *, by: Person | None, reason: str) -> Person:
    """Let `person` sign in no more, and end their tokens. What they did stays in the trail."""
    rights.require_team(by)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if not person.is_active:
        return person
    person.is_active = False
    person.save(update_fields=["is_active"])
    person.api_tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
    audit.record("people.person_deactivated", by=by, about=("person", person.email), reason=reason)
    return person


@transaction.atomic
def create_client(
    *, name: str, by: Person | None, slug: str = "", language: str = "fr", owner: Person | None = None
) -> Client:
    """A new client, with its owner if given. Without `slug` one is made from the name.

    Raises:
        NameMissing, SlugMalformed, ClientExists, NotAllowed.
    """
    rights.require_team(by)
    name = name.strip()[:160]
    if not name:
        raise NameMissing
    slug = slug.strip().lower()
    if slug and (len(slug) > 64 or not _SLUG.fullmatch(slug)):  # noqa: PLR2004 - length of the column
        raise SlugMalformed(slug=slug[:80])
    if slug and Client.objects.filter(slug=slug).exists():
        raise ClientExists(slug=slug)
    client = Client.objects.create(slug=slug or _free_slug(name), name=name, language=language)
    audit.record("people.client_created", by=by, about=("client", client.slug), client=client.slug, name=name)
    if owner is not None:
        add_member(client, owner, by=by)
    return client


def _free_slug(name: str) -> str:
    wished = slugify(name)[:56].strip("-") or "client"
    wished = re.sub("-{2,}", "-", wished.replace("_", "-")).strip("-") or "client"
    taken = set(Client.objects.filter(slug__startswith=wished).values_list("slug", flat=True))
    number = 2
    slug = wished
    while slug in taken:
        slug, number = f"{wished}-{number}", number + 1
    return slug


@transaction.atomic
def add_member(client: Client, person: Person, *, by: Person | None, role: str = Membership.Role.OWNER) -> Membership:
    """Give `person` a place at `client`, or another role there.

    Raises:
        RoleUnknown, LastOwner, NotAllowed.
    """
    rights.require_owner(by, client)
    if role not in Membership.Role.values:
        raise RoleUnknown(role=role)
    Client.objects.select_for_update().get(pk=client.pk)
    membership = Membership.objects.filter(client=client, person=person).first()
    if membership is not None and membership.role == role:
        return membership
    if membership is None:
        membership = Membership(client=client, person=person)
    else:
        _keep_an_owner(membership)
    membership.role = role
    membership.save()
    audit.record(
        "people.member_added", by=by, about=("client", client.slug), client=client.slug, member=person.email, role=role
    )
    return membership


@transaction.atomic
def add_person(
    client: Client,
    *,
    email: str,
    by: Person | None,
    name: str = "",
    language: str = "fr",
    role: str = Membership.Role.OWNER,
    password: str = "",
) -> Membership:
    """Give who has that e-mail address a place at `client`, or another role there; make the sign-in if there is none. A sign-in
    that is there already keeps its name, language and password.

    Raises:
        EmailMalformed, NameMissing, PasswordRefused, RoleUnknown, LastOwner, NotAllowed.
    """
    rights.require_team(by)
    person = Person.objects.filter(email=email.strip().lower()).first()
    if person is None:
        person = create_person(email=email, name=name, language=language, password=password, by=by)
    return add_member(client, person, role=role, by=by)


@transaction.atomic
def remove_member(client: Client, person: Person, *, by: Person | None) -> None:
    """Take `person`'s place at `client` away. Who has none there changes nothing.

    Raises:
        LastOwner, NotAllowed.
    """
    rights.require_owner(by, client)
    Client.objects.select_for_update().get(pk=client.pk)
    membership = Membership.objects.select_related("person", "client").filter(client=client, person=person).first()
    if membership is None:
        return
    _keep_an_owner(membership)
    membership.delete()
    audit.record("people.member_removed", by=by, about=("client", client.slug), client=client.slug, member=person.email)


def _keep_an_owner(membership: Membership) -> None:
    if membership.role != Membership.Role.OWNER:
        return
    others = Membership.objects.filter(client=membership.client, role=Membership.Role.OWNER).exclude(pk=membership.pk)
    if not others.exists():
        raise LastOwner(person=membership.person.email, client=membership.client.name)


@transaction.atomic
def issue_token(
    person: Person, *, name: str, scopes: list[str], by: Person | None, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A key to the API for `person`, and its text, which is shown this once and not stored.

    Raises:
        NameMissing, ScopeUnknown, ExpiryPast, NotAllowed.
    """
    rights.require_self(person, by)
    if not name.strip():
        raise NameMissing
    _require_scopes(person, scopes)
    if expires_at is not None and expires_at <= timezone.now():
        raise ExpiryPast
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
    offered = [scope for scope in ApiToken.SCOPES if person.is_team or scope not in rights.TEAM_SCOPES]
    for scope in scopes or [""]:
        if scope not in ApiToken.SCOPES:
            raise ScopeUnknown(scope=scope, offered=", ".join(offered))
        if scope not in offered:
            raise NotAllowed


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
