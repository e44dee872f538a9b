"""What the privacy room keeps itself: exports that were asked for, erasures under way, identities that the law has us keep, consents, nights."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """A file with everything that is held of a person, or of a client."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="exports")
    """Who asked, and may fetch it."""
    client = models.ForeignKey("people.Client", on_delete=models.CASCADE, null=True, related_name="exports")
    """Whose data it is; null: the person's own."""
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    file = models.CharField(max_length=64, unique=True)
    """Its name in the folder of exports, not to be guessed."""
    at_label = models.CharField(max_length=100, blank=True)
    """The model whose rows come next; empty: the first."""
    at_row = models.BigIntegerField(default=0)
    """The last row of it that is in the file."""
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    is_waited_for = models.BooleanField(default=False)
    """It is told by letter when it is ready: the page did not wait for it."""
    ready_at = models.DateTimeField(_("ready"), null=True)
    size_bytes = models.PositiveBigIntegerField(_("size"), default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["ready_at"], condition=Q(ready_at=None), name="export_unready")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.client_id or ''}"


class Erasure(models.Model):
    """A person asked to be erased. It is done after a while, in which they may think better of it."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="erasures")
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"))
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    counts = models.JSONField(default=dict)
    """Rows deleted, blanked and kept, by model."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(stopped_at=None, done_at=None), name="erasure_once_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.due_at:%Y-%m-%d}"

    @property
    def is_under_way(self) -> bool:
        """It will be done."""
        return self.stopped_at is None and self.done_at is None


class KeptIdentity(models.Model):
    """Who an erased person was, sealed: a host must be able to say for five years who its customers were (Décret 2021-1362, article 2)."""

    person = models.OneToOneField("people.Person", on_delete=models.CASCADE, related_name="kept_identity")
    sealed = models.TextField()
    """Name, e-mail, and what went out of the trail's lines with the salts that prove it, with the Manager's secret."""
    until = models.DateTimeField(_("until"), db_index=True)

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until:%Y-%m-%d}"


class ClientErasure(models.Model):
    """A client is to be erased as a whole, after its end. It is done after a while in which it can be stopped."""

    client = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="erasures")
    by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=400)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"))
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    counts = models.JSONField(default=dict)
    """Rows deleted, by model."""

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(stopped_at=None, done_at=None), name="client_erasure_once_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.client_id} at {self.due_at:%Y-%m-%d}"


class KeptClient(models.Model):
    """Who an erased client was, sealed, for as long as the law has us keep that (Décret 2021-1362, article 2)."""

    client = models.OneToOneField("people.Client", on_delete=models.CASCADE, related_name="kept")
    sealed = models.TextField()
    """Its details, contacts and people, and what went out of the trail, with the Manager's secret."""
    until = models.DateTimeField(_("until"), db_index=True)

    def __str__(self) -> str:
        return f"{self.client_id} until {self.until:%Y-%m-%d}"


class Consent(models.Model):
    """A person said yes to something beyond the contract, to a text of a version; and perhaps no again, later."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=32)
    version = models.PositiveSmallIntegerField(_("version of the text"))
    text = models.TextField(_("text"))
    """As it was read, in the language in which it was."""
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=Q(withdrawn_at=None), name="consent_given_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.purpose} {self.version}"


class RetentionNight(models.Model):
    """What was forgotten in one night, by model."""

    day = models.DateField(_("day"), unique=True)
    at = models.DateTimeField(auto_now_add=True)
    counts = models.JSONField(default=dict)
    is_whole = models.BooleanField(default=True)
    """False: there was more than one night forgets; the next one goes on."""

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
