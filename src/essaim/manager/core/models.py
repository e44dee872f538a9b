"""The audit trail and idempotency keys: what every room writes to. No domain word stands here."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditLine(models.Model):
    """One thing that a person or the platform did. Append-only: the database itself refuses update and delete
    (triggers in migration 0001), and each line carries the hash of the one before.
    """

    at = models.DateTimeField(_("when"))
    code = models.CharField(_("what"), max_length=64)
    """Dotted, room first: `hosting.site_created`."""
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """Null: the platform itself."""
    who = models.CharField(_("who"), max_length=254)
    """The person's e-mail at that time, or `essaim`."""
    about_kind = models.CharField(max_length=16)
    about_key = models.CharField(max_length=253)
    client_slug = models.CharField(max_length=64, blank=True)
    """The client whose thing it is; empty for what is the house's own."""
    origin = models.CharField(_("from where"), max_length=64, blank=True)
    """Address and way in: `web 203.0.113.7`, `api ...`, `cli`, `worker`."""
    reason = models.TextField(_("reason"), blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["about_kind", "about_key", "id"], name="audit_about"),
            models.Index(fields=["client_slug", "id"], name="audit_client"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.code} {self.about_key}"


class IdempotencyKey(models.Model):
    """An answer already given to a request: the same key from the same person gets it again, once a day is kept."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    """Null: the request is still under way, or its process was killed; the transaction that did it decides."""
    body = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
