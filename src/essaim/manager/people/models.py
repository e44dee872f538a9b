"""Persons, clients, who belongs to which, and API tokens. The full scheme of people comes later; its doors are here."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("fr", "français"), ("en", "English")]
"""Each in its own words, for who reads no other."""


class PersonManager(BaseUserManager["Person"]):
    """Finds a person by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """One sign-in. May belong to several clients; `is_team` sees all."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fr")
    is_team = models.BooleanField(_("of the team"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
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


class Client(models.Model):
    """A person or organisation that buys services."""

    slug = models.SlugField(_("identifier"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=160)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fr")
    created_at = models.DateTimeField(_("client since"), auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place at a client."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MANAGER = "manager", _("manager")
        READER = "reader", _("reader")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.OWNER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "client"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.client_id}"


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is stored; the token is shown once."""

    SCOPES: ClassVar[dict[str, Any]] = {
        "sites:read": _("see sites, accounts and their stories"),
        "sites:write": _("order, change, suspend, close sites and accounts; put content"),
        "fleet:read": _("see machines (team)"),
        "fleet:write": _("add, drain, revoke machines (team)"),
        "audit:read": _("read the audit trail"),
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

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SignInFailure(models.Model):
    """One wrong password, kept for a quarter of an hour: see `throttle`."""

    origin = models.CharField(max_length=64)
    """An IPv4 address or an IPv6 /64."""
    email_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["origin", "at"], name="sign_in_failure_origin")]

    def __str__(self) -> str:
        return f"{self.origin} {self.at:%H:%M:%S}"
