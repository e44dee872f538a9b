"""Another e-mail address for a person, until both addresses have said yes."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EmailChange(models.Model):
    """Somebody wants another address. Of the links in the two letters only the SHA-256 is stored."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="email_changes")
    old = models.EmailField(_("from"), max_length=254)
    new = models.EmailField(_("to"), max_length=254)
    old_sha256 = models.CharField(max_length=64, unique=True)
    new_sha256 = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    expires_at = models.DateTimeField(_("open until"))
    old_agreed_at = models.DateTimeField(null=True)
    new_agreed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(stopped_at=None, done_at=None), name="email_change_once_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.old} to {self.new}"

    @property
    def is_open(self) -> bool:
        """Its links still do something."""
        return self.stopped_at is None and self.done_at is None and self.expires_at > timezone.now()
