"""What this room, the core and the packages for signing in hold of people."""

import hashlib
from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.models import AuditLine, IdempotencyKey, Mail
from essaim.manager.core.personal import Erase, Forget, Ground, declare, holds_nothing
from essaim.manager.people import personal_clients
from essaim.manager.people.models import (
    ERASED_AT,
    ApiToken,
    Client,
    EmailChange,
    Grant,
    Invitation,
    KnownDevice,
    LostFactor,
    Membership,
    Person,
    SignInFailure,
)

__all__ = ["personal_clients"]

YEAR = timedelta(days=365)
HASH = _("a hash, from which nothing can be read")
SECRET = _("a secret: shown once or never")

declare(
    Person,
    purpose=_("knowing who signs in, and writing to them in their language"),
    ground=Ground.CONTRACT,
    kept=_("as long as they sign in here; then their identity for five years, apart and sealed"),
    person=("",),
    hidden={"password": HASH},
    erase=Erase.BLANKED,
    blank={
        "email": lambda person: f"erased-{person.pk}{ERASED_AT}",
        "name": lambda _person: "",
        "password": lambda _person: "!",
        "is_active": lambda _person: False,
        "groups": lambda _person: {},
        "last_login": lambda _person: None,
        "folded": lambda _person: "",  # made anew from name and e-mail
    },
)
declare(
    Client,
    purpose=_("the contract: who buys what"),
    ground=Ground.CONTRACT,
    kept=_("as long as the contract, and five years"),
    client=("",),
    hidden={"spent_sha256": HASH},
    erase=Erase.CLIENTS,
    at_end=Erase.BLANKED,
)
declare(
    Membership,
    purpose=_("knowing who may decide for a client"),
    ground=Ground.CONTRACT,
    kept=_("as long as the person has that place"),
    person=("person",),
    client=("client",),
    erase=Erase.DELETED,
)
declare(
    Grant,
    purpose=_("knowing what each of the team may do, and who decided it"),
    ground=Ground.INTEREST,
    kept=_("five years after it ended"),
    person=("person",),
    acted=("granted_by", "confirmed_by", "ended_by", "reviewed_by"),
    erase=Erase.DELETED,
    forget=(Forget("ended_at", 5 * YEAR),),
)
declare(
    LostFactor,
    purpose=_("letting somebody in again who lost their second factor, by the decision of two"),
    ground=Ground.INTEREST,
    kept=_("a year after it was asked"),
    person=("person",),
    acted=("asked_by", "confirmed_by", "approved_by", "stopped_by"),
    hidden={"stop_sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("asked_at", YEAR),),
)
declare(
    ApiToken,
    purpose=_("letting a person's programs in, and showing them which"),
    ground=Ground.CONTRACT,
    kept=_("a year after it ended"),
    person=("person",),
    hidden={"sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("revoked_at", YEAR), Forget("expires_at", YEAR)),
)
declare(
    SignInFailure,
    purpose=_("slowing down who guesses passwords and codes"),
    ground=Ground.INTEREST,
    kept=_("a quarter of an hour"),
    also_person=lambda person: (
        Q(email_sha256=hashlib.sha256(person.email.encode()).hexdigest()) | Q(origin=f"codes of {person.pk}")
    ),
    hidden={"email_sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("at", timedelta(hours=1)),),
)
declare(
    Invitation,
    purpose=_("offering a place at a client to somebody, by letter"),
    ground=Ground.CONTRACT,
    kept=_("a year after it could last be accepted"),
    person=("accepted_by",),
    acted=("invited_by",),
    client=("client",),
    also_person=lambda person: Q(email=person.email),
    hidden={"sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("expires_at", YEAR),),
)
declare(
    EmailChange,
    purpose=_("changing an e-mail address with the consent of both, and proving it"),
    ground=Ground.CONTRACT,
    kept=_("a year"),
    person=("person",),
    also_person=lambda person: Q(new=person.email),
    hidden={"old_sha256": HASH, "new_sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("asked_at", YEAR),),
)
declare(
    KnownDevice,
    purpose=_("telling a person of a sign-in from a browser that was not seen before"),
    ground=Ground.INTEREST,
    kept=_("13 months after it was last seen"),
    person=("person",),
    hidden={"sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("seen_at", timedelta(days=396)),),
)
declare(
    AuditLine,
    purpose=_("proving who did what, so that an error or an intrusion can be found and explained"),
    ground=Ground.INTEREST,
    kept=_("as long as the trail: a line that was taken out would break its proof"),
    person=("person",),
    also_person=lambda person: Q(about_kind="person", about_key=person.email),
    also_client=lambda client: Q(client_slug=client.slug),
    hidden={"hash": HASH, "previous_hash": HASH, "salts": HASH, "sealed": HASH},
    erase=Erase.KEPT,
    at_end=Erase.KEPT,
    law_at_end=_("the proof that something was done, without the words that tell whose it was (GDPR, article 17.3.e)"),
    law=_(
        "the proof that something was done, without the words that tell who it was: those go, and are kept sealed with the identity for five years, for claims (Code civil, article 2224; GDPR, article 17.3.e)"
    ),
)
declare(
    IdempotencyKey,
    purpose=_("doing once what a program sent twice"),
    ground=Ground.CONTRACT,
    kept=_("a day"),
    person=("person",),
    hidden={"body": _("the answer to a program, perhaps with a secret"), "request_hash": HASH},
    erase=Erase.DELETED,
    forget=(Forget("at", timedelta(days=1)),),
)
declare(
    Mail,
    purpose=_("writing to people, and knowing that a letter arrived"),
    ground=Ground.CONTRACT,
    kept=_("90 days, without its text once it was sent"),
    also_person=lambda person: Q(to=person.email),
    erase=Erase.DELETED,
    forget=(Forget("created_at", timedelta(days=90), Q(due_at=None)),),
)
declare(
    UserSession,
    purpose=_("showing a person where they are signed in"),
    ground=Ground.CONTRACT,
    kept=_("as long as the session, a year at most"),
    person=("user",),
    hidden={"session_key": SECRET},
    erase=Erase.DELETED,
    forget=(Forget("last_seen_at", YEAR),),
)
declare(
    Session,
    purpose=_("knowing that a browser is signed in"),
    ground=Ground.CONTRACT,
    kept=_("two weeks; it ends with the person's other doors when they are erased"),
    hidden={"session_key": SECRET, "session_data": SECRET},
    erase=Erase.DELETED,
    forget=(Forget("expire_date", timedelta(days=1)),),
)
declare(
    Authenticator,
    purpose=_("signing in with a second factor"),
    ground=Ground.CONTRACT,
    kept=_("until the person takes it away"),
    person=("user",),
    hidden={"data": SECRET},
    erase=Erase.DELETED,
)
declare(
    EmailAddress,
    purpose=_("a table of the package for signing in, which stays empty here"),
    ground=Ground.CONTRACT,
    kept=_("as long as the sign-in"),
    person=("user",),
    erase=Erase.DELETED,
)
declare(
    EmailConfirmation,
    purpose=_("a table of the package for signing in, which stays empty here"),
    ground=Ground.CONTRACT,
    kept=_("a day"),
    person=("email_address__user",),
    hidden={"key": SECRET},
    erase=Erase.DELETED,
    forget=(Forget("created", timedelta(days=1)),),
)
holds_nothing(Group, Permission, ContentType, because=_("Django's own; nobody is in them here"))
