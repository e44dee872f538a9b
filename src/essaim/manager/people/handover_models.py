"""Ownership of a client on its way from one person to another."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Handover(models.Model):
    """An owner offers their place, the other takes it or not: nothing changes before both have said yes."""

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    client = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="handovers")
    giver = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    taker = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    giver_leaves = models.BooleanField(default=False)
    """The giver keeps no place; otherwise they stay as manager."""
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OFFERED)
    offered_at = models.DateTimeField(_("offered"), auto_now_add=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "giver"], condition=Q(state="offered"), name="handover_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.giver_id} to {self.taker_id}"
