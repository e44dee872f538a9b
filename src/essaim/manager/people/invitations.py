"""Invitations: a place at a client is offered by letter, and taken by whoever has the link and the address it was sent to."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import formats, timezone

from essaim.manager.core import audit, mail
from essaim.manager.people import actions, letters, rights
from essaim.manager.people.emails import one_form, read_email
from essaim.manager.people.errors import (
    InvitationAccepted,
    InvitationExpired,
    InvitationForAnother,
    InvitationMissing,
    InvitationWithdrawn,
    MemberAlready,
    PersonExists,
    RoleUnknown,
)
from essaim.manager.people.models import Client, Invitation, Membership, Person

OPEN_FOR = timedelta(days=14)


@transaction.atomic
def invite(
    client: Client, *, email: str, by: Person, role: str = Membership.Role.OWNER, language: str = "fr"
) -> Invitation:
    """Offer a place at `client` by letter. A former invitation of that address that is still open no longer is.

    Raises:
        EmailMalformed, RoleUnknown, MemberAlready, NotAllowed.
    """
    rights.require(by, "clients.people", client)
    email = read_email(email)
    if role not in Membership.Role.values:
        raise RoleUnknown(role=role)
    if client.memberships.filter(person__email=email, role=role).exists():
        raise MemberAlready(email=email, client=client.name)
    Client.objects.select_for_update().get(pk=client.pk)
    client.invitations.filter(email=email, accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    text = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        client=client,
        email=email,
        role=role,
        language="en" if language == "en" else "fr",
        invited_by=by,
        sha256=_digest(text),
        expires_at=timezone.now() + OPEN_FOR,
    )
    url = settings.ORIGIN + reverse("people:invitation", args=[text])
    mail.write(
        "invitation",
        to=email,
        language=invitation.language,
        letter=lambda: letters.invitation(
            client=client.name,
            role=str(invitation.get_role_display()),
            by=by.name or by.email,
            url=url,
            until=invitation.expires_at,
        ),
    )
    audit.record(
        "people.invited", by=by, about=("client", client.slug), client=client.slug, email=email, role=invitation.role
    )
    return invitation


def find(text: str) -> Invitation:
    """The invitation that the link opens.

    Raises:
        InvitationMissing: there is none; InvitationAccepted, InvitationWithdrawn, InvitationExpired.
    """
    found = Invitation.objects.select_related("client", "invited_by").filter(sha256=_digest(text)).first()
    if found is None:
        raise InvitationMissing
    by = found.invited_by.name if found.invited_by else settings.HOUSE
    if found.accepted_at is not None:
        raise InvitationAccepted(client=found.client.name)
    if found.withdrawn_at is not None:
        raise InvitationWithdrawn(client=found.client.name, by=by)
    if found.expires_at <= timezone.now():
        until = formats.date_format(timezone.localtime(found.expires_at), "j F Y, H:i")
        raise InvitationExpired(client=found.client.name, until=until, by=by)
    return found


def taken_by(text: str, person: Person) -> Invitation | None:
    """The invitation that `person` took by this very link: who opens it again is where they wanted to be."""
    return Invitation.objects.select_related("client").filter(sha256=_digest(text), accepted_by=person).first()


@transaction.atomic
def accept(text: str, *, by: Person) -> Membership:
    """Take the place. Opened by two at once, one gets it.

    Raises:
        InvitationMissing, InvitationGone (one of its three); InvitationForAnother: `by` signs in with another address.
    """
    found = _locked(text)
    if by.email != found.email:
        raise InvitationForAnother(email=found.email, yours=by.email)
    return _take(found, by)


@transaction.atomic
def accept_anew(text: str, *, name: str, password: str) -> Person:
    """Take the place with a sign-in that is made for it.

    Raises:
        InvitationMissing, InvitationGone (one of its three), NameMissing, PasswordRefused; PersonExists: they have a sign-in and use that.
    """
    found = _locked(text)
    if Person.objects.filter(email=found.email).exists():
        raise PersonExists(email=found.email)
    person = actions.create_person(
        email=found.email, name=name, language=found.language, password=actions.require_password(password), by=None
    )
    _take(found, person)
    return person


def _locked(text: str) -> Invitation:
    Invitation.objects.select_for_update().filter(sha256=_digest(text)).first()
    return find(text)


def _take(found: Invitation, person: Person) -> Membership:
    found.accepted_at, found.accepted_by = timezone.now(), person
    found.save(update_fields=["accepted_at", "accepted_by"])
    membership = actions.add_member(found.client, person, role=found.role, by=None)
    slug = found.client.slug
    audit.record("people.invitation_accepted", by=person, about=("client", slug), client=slug, role=found.role)
    return membership


@transaction.atomic
def withdraw(invitation: Invitation, *, by: Person) -> None:
    """The link opens nothing any more. Twice is once."""
    rights.require(by, "clients.people", invitation.client)
    open_still = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
    if open_still.update(withdrawn_at=timezone.now()):
        slug = invitation.client.slug
        audit.record("people.invitation_withdrawn", by=by, about=("client", slug), client=slug, email=invitation.email)


@transaction.atomic
def withdraw_of(client: Client, email: str, *, by: Person) -> None:
    """As `withdraw`, for the open invitation of an address, if there is one.

    Raises:
        RightMissing.
    """
    rights.require(by, "clients.people", client)
    for found in client.invitations.select_related("client").filter(
        email=one_form(email), accepted_at=None, withdrawn_at=None
    ):
        withdraw(found, by=by)


def open_invitations(client: Client) -> list[Invitation]:
    """Those that may still be accepted."""
    now = timezone.now()
    return list(client.invitations.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
