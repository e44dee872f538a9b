"""Persons, clients, who belongs to which, and API tokens."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from essaim.manager.core import masks, seeing
from essaim.manager.people.client_models import Contact
from essaim.manager.people.email_change_model import EmailChange
from essaim.manager.people.folding import FoldedField
from essaim.manager.people.grant_models import Grant
from essaim.manager.people.handover_models import Handover
from essaim.manager.people.lost_factor_model import LostFactor
from essaim.manager.people.merge_models import Apart, Merge
from essaim.manager.people.registration_models import Registration
from essaim.manager.people.team_models import Ending, EndingDocument, Note

__all__ = [
    "LANGUAGES",
    "Apart",
    "ApiToken",
    "Client",
    "Contact",
    "EmailChange",
    "Ending",
    "EndingDocument",
    "Grant",
    "Handover",
    "Invitation",
    "KnownDevice",
    "LostFactor",
    "Membership",
    "Merge",
    "Note",
    "Person",
    "PersonManager",
    "Registration",
    "SignInFailure",
]

LANGUAGES = [("fr", "français"), ("en", "English")]
"""Each in its own words, for who reads no other."""
ERASED_AT = "@erased.invalid"
"""Where the address of who was erased ends: nobody's (RFC 2606)."""


class PersonManager(BaseUserManager["Person"]):
    """Finds a person by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        from essaim.manager.people.emails import one_form  # which needs translated sentences, as models do not

        return self.get(email=one_form(username or ""))

    def team(self) -> "models.QuerySet[Person]":
        """Who holds some group of the team now, and may sign in."""
        return self.filter(pk__in=Grant.objects.in_force().values("person"), is_active=True)


class Person(masks.MaskedRows, AbstractBaseUser):
    """One sign-in. May belong to several clients, and hold groups of the team."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"email": masks.email, "name": masks.name}

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fr")
    groups = models.JSONField(_("groups of the team"), default=dict, editable=False)
    """Groups held and until when (ISO 8601, or null), as the rows of Grant say: `people.grants` keeps both alike."""
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
    agreement_due = models.BooleanField(default=False)
    """Of the team's confidentiality agreement, what is in force is not signed: see `confidentiality`."""
    folded = FoldedField(of=["name", "email"])
    clients: "models.ManyToManyField[Client, Membership]" = models.ManyToManyField(
        "people.Client", through="people.Membership", related_name="people"
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        ordering = ["email"]
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="person_email_lower")]

    def __str__(self) -> str:
        return self.email

    def is_about_others(self, who: masks.Reader) -> bool:
        """Everybody but the reader and those of the team, whom all of the team know."""
        return (
            self.pk != who.pk
            and self.pk not in who.people
            and not (isinstance(self.__dict__.get("groups"), dict) and self.is_team)
        )

    @property
    def groups_in_force(self) -> list[str]:
        """Groups of the team that the person holds at this moment; of one who may not sign in, or sees as a client, none."""
        if seeing.of(self.pk) is not None:
            return []
        now = timezone.now()
        held = [name for name, until in self.groups.items() if until is None or datetime.fromisoformat(until) > now]
        return held if self.is_active else []

    @property
    def is_erased(self) -> bool:
        """Nothing but the row's number is left of this person: `people.personal` says what stands there instead."""
        return self.email.endswith(ERASED_AT)

    @property
    def is_team(self) -> bool:
        """The person holds some group of the team. What they may is asked by name: `rights.may`."""
        return bool(self.groups_in_force)


class Client(masks.MaskedRows):
    """A person or organisation that buys services. What is not known is empty."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ORGANISATION = "organisation", _("organisation")

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ENDING = "winding_up", _("being wound up")
        CLOSED = "closed", _("closed")
        MERGED = "merged", _("merged into another")

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": masks.name,
        "legal_name": masks.name,
        **dict.fromkeys(
            ("street", "postal_code", "city", "siren", "siret", "vat", "reference", "folded"),
            masks.gone,
        ),
    }

    slug = models.SlugField(_("identifier"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ORGANISATION)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    street = models.CharField(_("street"), max_length=300, blank=True)
    """At most three lines, as on an envelope."""
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    area = models.CharField(_("province or state"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    """ISO 3166-1, two letters."""
    siren = models.CharField("SIREN", max_length=9, blank=True, db_index=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    rna = models.CharField("RNA", max_length=10, blank=True, db_index=True)
    vat = models.CharField(_("VAT number"), max_length=20, blank=True, db_index=True)
    reference = models.CharField(_("number elsewhere"), max_length=64, blank=True)
    """What another register calls this client: an import finds it again by this."""
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fr")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris")
    created_at = models.DateTimeField(_("client since"), auto_now_add=True)
    spent_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    """Of a client who was erased: the hash of its identifier, which is never given again."""
    folded = FoldedField(of=["name", "legal_name", "slug", "city", "siren", "siret", "rna", "vat", "reference"])

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="client_reference_once")
        ]

    def __str__(self) -> str:
        return self.name

    def is_about_others(self, who: masks.Reader) -> bool:
        """Clients that are natural persons, but for the reader's own; what is written of organisations is public."""
        return self.__dict__.get("kind", self.Kind.PERSON) == self.Kind.PERSON and self.pk not in who.clients


class Membership(models.Model):
    """A person's place at a client."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MANAGER = "manager", _("manager")
        TECHNICIAN = "technician", _("technician")
        BILLING = "billing", pgettext_lazy("role", "billing")
        READER = "reader", _("reader")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OWNER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "client"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.client_id}"


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is stored; the token is shown once."""

    SCOPES: ClassVar[dict[str, Any]] = {
        "sites:read": _("see sites, accounts and their stories"),
        "sites:write": _("order, change, suspend, close sites and accounts; put content"),
        "sites:erase": _("erase closed sites and accounts for good"),
        "people:write": _("say who belongs to a client"),
        "keys:write": _("bring certificates with their keys; make further tokens"),
        "privacy:write": _("fetch or erase your own data, say yes and no"),
        "fleet:read": _("see machines (team)"),
        "fleet:write": _("add, drain, revoke machines (team)"),
        "team:read": _("see who is of the team, who holds what, cover and bus factor (team)"),
        "hours:write": _("say when you are there, and have the address of your calendars (team)"),
        "team:write": _(
            "propose, confirm, review and withdraw groups; duties, calls and candidates; close every door of who leaves (team)"
        ),
        "audit:read": _("read the audit trail"),
        "machines:enter": _("ask for keys to machines, for yourself (team)"),
        "openid:manage": _("say which tools of the house people sign in to (team)"),
        "vault:read": _("see the vault, take secrets that are sealed for you (team)"),
        "vault:write": _("add and replace secrets of the vault (team)"),
    }

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12)
    """First characters, shown in lists so that a person can tell tokens apart."""
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    told_at = models.DateTimeField(null=True)
    """When its person was told that it ends soon."""

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_over(self) -> bool:
        """Revoked, or expired."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= timezone.now())


class SignInFailure(models.Model):
    """One wrong password, kept for a quarter of an hour: see `throttle`."""

    origin = models.CharField(max_length=64)
    """An IPv4 address or an IPv6 /64."""
    email_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["origin", "at"], name="sign_in_failure_origin"),
            models.Index(fields=["email_sha256", "at"], name="sign_in_failure_email"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.at:%H:%M:%S}"


class Invitation(masks.MaskedRows):
    """A place at a client that somebody may take, by the link in a letter. Only the link's SHA-256 is stored."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"email": masks.email}

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"), max_length=254)
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role, default=Membership.Role.OWNER)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fr")
    invited_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("open until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    accepted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.client_id}"

    def is_about_others(self, who: masks.Reader) -> bool:
        """Every one but those to the reader's own clients."""
        return self.__dict__.get("client_id") not in who.clients


class KnownDevice(models.Model):
    """A browser from which a person has signed in: the first sign-in from another is told to them by a letter."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="devices")
    sha256 = models.CharField(max_length=64)
    """Of the browser's own word and the network it came from; neither is kept."""
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "sha256"], name="device_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.sha256[:8]}"
