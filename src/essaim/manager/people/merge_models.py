"""Two clients that are one: what was merged, and what is needed to undo it exactly."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Apart(models.Model):
    """Two clients that are not one, though they have something in common: somebody looked, and said so."""

    first = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="+")
    """The older of the two: a pair is kept once."""
    second = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("said"), auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="apart_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="apart_older_first"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class Merge(models.Model):
    """`gone` became part of `kept`. Its row stays, without what moved, so that its identifier is never another's."""

    kept = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="merges")
    gone = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="merged_into")
    by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("merged"), auto_now_add=True)
    reason = models.TextField(_("reason"))
    moved = models.JSONField(default=dict)
    """By part (see `merging`): the numbers of the rows that moved."""
    gone_state = models.CharField(max_length=10)
    """What `gone` was before."""
    filled = models.JSONField(default=dict)
    """Details of `kept` that were empty and were taken from `gone`."""
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.kept_id}"
