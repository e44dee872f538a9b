"""When people are there: zone, working hours, absences, and the address of their calendar."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

DAY_MINUTES = 24 * 60
MINUTES_TEXT = "{:02d}:{:02d}"


class Zone(models.Model):
    """Where a person's clock stands (a name of the IANA time zone database). Who has none lives by the house's."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="zone")
    name = models.CharField(_("time zone"), max_length=64)

    def __str__(self) -> str:
        return self.name


class WorkingHours(models.Model):
    """A stretch of one weekday in which a person is usually there, by their own clock. Minutes since midnight; the end is not in it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(_("day"))
    """Monday is 0."""
    begins = models.PositiveSmallIntegerField(_("from"))
    ends = models.PositiveSmallIntegerField(_("to"))

    class Meta:
        ordering = ["weekday", "begins"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_weekday"),
            models.CheckConstraint(
                condition=Q(begins__lt=F("ends"), ends__lte=DAY_MINUTES), name="working_hours_order"
            ),
            models.UniqueConstraint(fields=["person", "weekday", "begins"], name="working_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{MINUTES_TEXT.format(*divmod(self.begins, 60))}-{MINUTES_TEXT.format(*divmod(self.ends, 60))}"


class Absence(models.Model):
    """Days on which a person is not there, whole days by their own clock; the last one is in it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=160, blank=True)
    """What the others may read."""

    class Meta:
        ordering = ["first_day", "id"]
        indexes = [models.Index(fields=["last_day"], name="absence_last_day")]
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="absence_order"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} away {self.first_day} to {self.last_day}"


class Feed(models.Model):
    """The secret address of a person's calendars (RFC 5545). Only its SHA-256 is stored; a new one ends the one before."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    last_read_at = models.DateTimeField(_("last read"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(revoked_at=None), name="feed_open_once"),
        ]

    def __str__(self) -> str:
        return f"feed of {self.person_id}"
