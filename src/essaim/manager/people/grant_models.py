"""Groups of the team that people hold: each a row that says who gave it, why, since when and until when."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REVIEWED_EVERY = timedelta(days=183)
"""Half a year: who grants looks again at what each person holds."""


class GrantRows(models.QuerySet["Grant"]):
    """Grants by what they are worth."""

    def in_force(self) -> "GrantRows":
        """Confirmed, not ended, and not past their end."""
        unended = self.filter(confirmed_at__isnull=False, ended_at=None)
        return unended.filter(Q(until=None) | Q(until__gt=timezone.now()))

    def proposed(self) -> "GrantRows":
        """Waiting for a second person."""
        return self.filter(confirmed_at=None, ended_at=None)


class Grant(models.Model):
    """A group that somebody holds, or is to hold once a second person confirms it."""

    class Group(models.TextChoices):
        OBSERVER = "observer", _("observer")
        SUPPORTER = "supporter", _("supporter")
        ADMINISTRATOR = "administrator", _("administrator")
        BILLING = "billing", pgettext_lazy("group", "billing")
        COMMUNICATION = "communication", _("communication")
        BOARD = "board", _("board")
        PRESIDENT = "president", _("president")

    class Ended(models.TextChoices):
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        LAPSED = "lapsed", _("lapsed")

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="grants")
    group = models.CharField(_("group"), max_length=13, choices=Group)
    reason = models.CharField(_("reason"), max_length=400)
    granted_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    """Null: the platform itself, when the house was founded or by a command on its own machine."""
    granted_at = models.DateTimeField(_("proposed"), auto_now_add=True)
    confirmed_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("since"), null=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    ended_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_how = models.CharField(_("how it ended"), max_length=9, choices=Ended, blank=True)
    ended_reason = models.CharField(_("reason"), max_length=400, blank=True)
    reviewed_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)

    objects = GrantRows.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "group"], condition=Q(ended_at=None), name="grant_held_once"),
            models.CheckConstraint(
                condition=Q(granted_by=None) | Q(confirmed_by=None) | ~Q(granted_by=F("confirmed_by")),
                name="grant_by_two",
            ),
            models.CheckConstraint(condition=Q(granted_by=None) | ~Q(granted_by=F("person")), name="grant_not_to_self"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("person")), name="grant_not_by_self"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} of {self.person_id}"

    @property
    def is_in_force(self) -> bool:
        """Confirmed, not ended, and not past its end."""
        return self.confirmed_at is not None and self.ended_at is None and not self.is_past

    @property
    def is_past(self) -> bool:
        """Its end has come."""
        return self.until is not None and self.until <= timezone.now()

    @property
    def review_due_at(self) -> datetime | None:
        """When somebody has to look at it again; None while it waits for a second person."""
        since = self.reviewed_at or self.confirmed_at
        return since + REVIEWED_EVERY if since else None

    @property
    def is_review_overdue(self) -> bool:
        """Nobody has looked at it for half a year."""
        due = self.review_due_at
        return self.is_in_force and due is not None and due <= timezone.now()
