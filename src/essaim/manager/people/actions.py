"""Everything that can happen to persons, clients, memberships and API tokens, from top to bottom."""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.text import slugify
from django.utils.translation import get_language, gettext

from essaim.manager.core import audit, leaving, mail
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import confidentiality, grants, letters, rights
from essaim.manager.people.emails import one_form, read_email
from essaim.manager.people.errors import (
    ClientExists,
    LastOwner,
    LinkGone,
    NameMissing,
    PasswordRefused,
    PasswordWrong,
    PersonExists,
    RoleUnknown,
    SlugMalformed,
)
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.sign_in_errors import PersonErased

FIRST_GROUPS = ("president", "administrator")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-))*(?<!-)")


@transaction.atomic
def create_person(*, email: str, name: str, by: Person | None, language: str = "fr", password: str = "") -> Person:
    """A new sign-in. Without a password nobody signs in until one is set.

    Raises:
        EmailMalformed, NameMissing, PersonExists, PasswordRefused, NotAllowed.
    """
    rights.require(by, "people.add")
    email = read_email(email)
    if not name.strip():
        raise NameMissing
    if Person.objects.filter(email=email).exists():
        raise PersonExists(email=email)
    person = Person(email=email, name=" ".join(name.split())[:120], language=language)
    person.agreement_due = confidentiality.is_due_for_the_new()
    _set_password(person, password)
    person.save()
    audit.record("people.person_created", by=by, about=("person", email))
    return person


@transaction.atomic
def create_administrator(*, email: str, name: str, language: str = "fr", password: str = "") -> Person:
    """The first of the team, made by the platform itself: president and administrator, until others share the work.

    Raises:
        EmailMalformed, NameMissing, PersonExists, PasswordRefused.
    """
    person = create_person(email=email, name=name, language=language, password=password, by=None)
    grants.found(person, FIRST_GROUPS, reason=gettext("Made on the Manager's own machine."))
    person.refresh_from_db()
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


def require_password(password: str) -> str:
    """`password`, which may not be empty: where somebody chooses their first one.

    Raises:
        PasswordRefused.
    """
    if not password:
        raise PasswordRefused(why="")
    return password


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
    _tell_of_password(person)
    return person


def _tell_of_password(person: Person) -> None:
    now, url = timezone.now(), settings.ORIGIN + reverse("people:forgotten")
    _write("password changed", person, lambda: letters.password_changed(name=person.name, at=now, url=url))


@transaction.atomic
def ask_for_password(email: str) -> None:
    """Write a letter with which a forgotten password is replaced. Whoever asks learns nothing of who signs in here: an address
    that nobody has gets a letter, too, which says so.
    """
    email = one_form(email)
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None:
        url = settings.ORIGIN + reverse("people:forgotten")
        mail.write("no sign-in", to=email, language=get_language() or "fr", letter=lambda: letters.no_sign_in(url=url))
        return
    url, minutes = _password_link(person), settings.PASSWORD_RESET_TIMEOUT // 60
    _write("new password", person, lambda: letters.new_password(name=person.name, url=url, minutes=minutes))
    audit.record("people.password_asked", by=None, about=("person", person.email))


def _password_link(person: Person) -> str:
    """Where `person` chooses a new password: good once."""
    opens = [urlsafe_base64_encode(force_bytes(person.pk)), default_token_generator.make_token(person)]
    return settings.ORIGIN + reverse("people:new_password", args=opens)


def who_opens(uid: str, token: str) -> Person:
    """Whose link it is.

    Raises:
        LinkGone: used, too old, or not one of ours.
    """
    with suppress(ValueError, OverflowError, Person.DoesNotExist):
        person = Person.objects.get(pk=int(urlsafe_base64_decode(uid)), is_active=True)
        if default_token_generator.check_token(person, token):
            return person
    raise LinkGone


@transaction.atomic
def replace_password(uid: str, token: str, *, password: str) -> Person:
    """Set a new password by the link of a letter. Every session of the person ends, and a second factor stays one.

    Raises:
        LinkGone, PasswordRefused.
    """
    person = Person.objects.select_for_update().get(pk=who_opens(uid, token).pk)
    _set_password(person, require_password(password))
    person.save(update_fields=["password"])
    audit.record("people.password_changed", by=person, about=("person", person.email))
    _tell_of_password(person)
    return person


@transaction.atomic
def change_language(person: Person, *, language: str) -> Person:
    """The language in which the Manager speaks to `person`: their own choice, not worth a line of the trail."""
    person.language = "en" if language == "en" else "fr"
    person.save(update_fields=["language"])
    return person


@transaction.atomic
def deactivate_person(person: Person, *, by: Person | None, reason: str) -> Person:
    """Let `person` sign in no more, take their groups away and close every door that a room registered (`core.leaving`). What they did
    stays in the trail; a letter tells them. Who is deactivated already: only doors that are open after all close.

    Raises:
        RightMissing, LastGrantor; ReasonMissing: they hold groups.
    """
    rights.require(by, "people.change")
    grants.withdraw_all(person, by=by, reason=reason)
    person = Person.objects.select_for_update().get(pk=person.pk)
    closed = leaving.close_all(person, by)
    was_active = person.is_active
    if not was_active and not closed:
        return person
    person.is_active = False
    person.save(update_fields=["is_active"])
    about = ("person", person.email)
    audit.record("people.person_deactivated", by=by, about=about, reason=reason, closed=closed)
    if was_active:
        _write("sign-in ended", person, lambda: letters.sign_in_ended(name=person.name, reason=reason))
    return person


@transaction.atomic
def reactivate_person(person: Person, *, by: Person | None, reason: str) -> Person:
    """Let `person` sign in again, by a password that they choose with the link of a letter: the one from before opens nothing any
    more. Their doors stay closed, their second factor stays one. Who may sign in already changes nothing.

    Raises:
        RightMissing, ReasonMissing; PersonErased: nobody is left to write to.
    """
    rights.require(by, "people.change")
    if not reason.strip():
        raise ReasonMissing
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.is_erased:
        raise PersonErased
    if person.is_active:
        return person
    leaving.close_all(person, by)  # what opened after the end opens nothing now
    person.is_active = True
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password"])
    audit.record("people.person_reactivated", by=by, about=("person", person.email), reason=reason.strip())
    url, minutes = _password_link(person), settings.PASSWORD_RESET_TIMEOUT // 60
    _write("sign-in back", person, lambda: letters.sign_in_back(name=person.name, url=url, minutes=minutes))
    return person


def _write(kind: str, to: Person, letter: Callable[[], mail.Letter]) -> None:
    mail.write(kind, to=to.email, language=to.language, letter=letter)


@transaction.atomic
def create_client(
    *, name: str, by: Person | None, slug: str = "", language: str = "fr", owner: Person | None = None
) -> Client:
    """A new client, with its owner if given. Without `slug` one is made from the name.

    Raises:
        NameMissing, SlugMalformed, ClientExists, NotAllowed.
    """
    rights.require(by, "clients.add")
    name = name.strip()[:160]
    if not name:
        raise NameMissing
    slug = slug.strip().lower()
    if slug and (len(slug) > 64 or not _SLUG.fullmatch(slug)):  # noqa: PLR2004 - length of the column
        raise SlugMalformed(slug=slug[:80])
    if slug and _is_spent(slug):
        raise ClientExists(slug=slug)
    client = Client.objects.create(slug=slug or _free_slug(name), name=name, language=language)
    audit.record("people.client_created", by=by, about=("client", client.slug), client=client.slug, name=name)
    if owner is not None:
        add_member(client, owner, by=by)
    return client


def _is_spent(slug: str) -> bool:
    """A client has this identifier, or one who was erased had it: lines of the trail may still say it."""
    digest = hashlib.sha256(slug.encode()).hexdigest()
    return Client.objects.filter(Q(slug=slug) | Q(spent_sha256=digest)).exists()


def _free_slug(name: str) -> str:
    wished = slugify(name)[:56].strip("-") or "client"
    wished = re.sub("-{2,}", "-", wished.replace("_", "-")).strip("-") or "client"
    taken = set(Client.objects.filter(slug__startswith=wished).values_list("slug", flat=True))
    number = 2
    slug = wished
    while slug in taken or _is_spent(slug):
        slug, number = f"{wished}-{number}", number + 1
    return slug


@transaction.atomic
def add_member(client: Client, person: Person, *, by: Person | None, role: str = Membership.Role.OWNER) -> Membership:
    """Give `person` a place at `client`, or another role there.

    Raises:
        RoleUnknown, LastOwner, NotAllowed.
    """
    if role not in Membership.Role.values:
        raise RoleUnknown(role=role)
    Client.objects.select_for_update().get(
        pk=client.pk
    )  # before the right is asked: an owner may just be removed by another
    rights.require(by, "clients.people", client)
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
    rights.require(by, "people.add")
    person = Person.objects.filter(email=one_form(email)).first()
    if person is None:
        person = create_person(email=email, name=name, language=language, password=password, by=by)
    return add_member(client, person, role=role, by=by)


@transaction.atomic
def remove_member(client: Client, person: Person, *, by: Person | None) -> None:
    """Take `person`'s place at `client` away. Who has none there changes nothing.

    Raises:
        LastOwner, NotAllowed.
    """
    Client.objects.select_for_update().get(pk=client.pk)
    rights.require(by, "clients.people", client)
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
