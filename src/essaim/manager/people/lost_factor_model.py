"""A second factor that its person lost, until two of the team have let it go."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LostFactor(models.Model):
    """Somebody cannot show their second factor any more. Of the link that stops it only the SHA-256 is stored."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="lost_factors")
    reason = models.CharField(_("what was lost"), max_length=400)
    asked_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    """The person themselves, once their password was shown, or one of the team who heard from them."""
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    expires_at = models.DateTimeField(_("open until"))
    stop_sha256 = models.CharField(max_length=64, unique=True)
    confirmed_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("identity confirmed"), null=True)
    known_by = models.CharField(_("how it is known that it is them"), max_length=400, blank=True)
    approved_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True)
    stopped_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    """Null with `stopped_at`: by the link of the letter, or because its time was over."""
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    stopped_reason = models.CharField(_("reason"), max_length=400, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(approved_at=None, stopped_at=None), name="lost_factor_once_open"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(confirmed_by=None) | ~Q(approved_by=F("confirmed_by")),
                name="lost_factor_by_two",
            ),
            models.CheckConstraint(
                condition=(Q(approved_by=None) | ~Q(approved_by=F("person")))
                & (Q(confirmed_by=None) | ~Q(confirmed_by=F("person"))),
                name="lost_factor_not_by_self",
            ),
        ]

    def __str__(self) -> str:
        return f"second factor of {self.person_id}"

    @property
    def is_open(self) -> bool:
        """Waits for somebody of the team."""
        return self.approved_at is None and self.stopped_at is None and self.expires_at > timezone.now()

    @property
    def state(self) -> str:
        """In one word."""
        if self.approved_at:
            return "approved"
        if not self.is_open:
            return "stopped" if self.stopped_at else "lapsed"
        return "confirmed" if self.confirmed_at else "asked"
