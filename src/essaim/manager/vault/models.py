"""Secrets of the house, the keys they are sealed for, and who may read which. No value stands here in the clear."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SOON = timedelta(days=14)


class Key(models.Model):
    """The public half of an age key. `locked` is the other half under its owner's passphrase; empty: they keep it themselves.

    A key without a person is the house's break-glass key: everything is sealed for it, too.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="vault_keys"
    )
    recipient = models.CharField(_("public key"), max_length=80, unique=True)
    is_break_glass = models.BooleanField(default=False)
    holders = models.JSONField(default=list, blank=True)
    """Of the break-glass key: who keeps a sheet."""
    locked = models.TextField(blank=True)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="vault_key_one_open"),
            models.UniqueConstraint(
                fields=["is_break_glass"],
                condition=Q(ended_at=None, is_break_glass=True),
                name="vault_break_glass_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.recipient


class Secret(models.Model):
    """One secret: what it is for, how often it is to be replaced. Its values are its versions."""

    class Kind(models.TextChoices):
        PASSWORD = "password", _("password")
        KEY = "key", _("key of a registry or an API")
        FILE = "file", _("private key or certificate")
        NOTE = "note", _("note")

    name = models.CharField(_("name"), max_length=80, unique=True)
    folder = models.CharField(_("folder"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PASSWORD)
    login = models.CharField(_("user name"), max_length=200, blank=True)
    url = models.CharField(_("where it is used"), max_length=300, blank=True)
    note = models.TextField(_("what others must know"), blank=True)
    rotate_days = models.PositiveIntegerField(_("to be replaced every"), null=True)
    rotated_at = models.DateTimeField(_("last replaced"), null=True)
    """When its newest value was put; null: it has none yet."""
    exposed_at = models.DateTimeField(_("to be replaced since"), null=True)
    exposed_why = models.CharField(max_length=200, blank=True)
    """Somebody who could read it left: it is to be replaced whatever its date says."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        ordering = ["folder", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def due_at(self) -> datetime | None:
        """When it is to be replaced; None: whenever somebody thinks so."""
        if self.exposed_at is not None:
            return self.exposed_at
        if self.rotate_days is None or self.rotated_at is None:
            return None
        return self.rotated_at + timedelta(days=self.rotate_days)

    @property
    def state(self) -> str:
        """`closed`, `empty`, `exposed`, `overdue`, `due` (within two weeks) or `kept`."""
        if self.closed_at is not None:
            return "closed"
        if self.rotated_at is None:
            return "empty"
        if self.exposed_at is not None:
            return "exposed"
        due, now = self.due_at, timezone.now()
        if due is None or due > now + SOON:
            return "kept"
        return "overdue" if due <= now else "due"


class Reader(models.Model):
    """A person, or everybody of a group, may read a secret."""

    secret = models.ForeignKey(Secret, on_delete=models.CASCADE, related_name="readers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    group = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["group", "person__email"]
        constraints = [
            models.UniqueConstraint(fields=["secret", "person"], condition=~Q(person=None), name="vault_reader_once"),
            models.UniqueConstraint(fields=["secret", "group"], condition=~Q(group=""), name="vault_group_once"),
            models.CheckConstraint(
                condition=Q(person=None) & ~Q(group="") | ~Q(person=None) & Q(group=""), name="vault_reader_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.group or str(self.person)


class Version(models.Model):
    """One value, sealed. The newest is sealed anew when its readers change; older ones stay as they were."""

    secret = models.ForeignKey(Secret, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sealed = models.TextField()
    keys: "models.ManyToManyField[Key, Any]" = models.ManyToManyField(Key, related_name="versions")
    """Whose keys open it."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("put"), auto_now_add=True)
    sealed_at = models.DateTimeField(_("sealed"))

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["secret", "number"], name="vault_version_once")]

    def __str__(self) -> str:
        return f"{self.secret_id} version {self.number}"
