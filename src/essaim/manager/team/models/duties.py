"""What the association must be able to do, and who can."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Duty(models.Model):
    """One thing somebody must be able to do: pay the hosting bill, answer the registry, open the office."""

    name = models.CharField(_("duty"), max_length=120)
    what = models.TextField(_("what it takes"), blank=True)
    """How it is done, or where that is written."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="duty_once")]

    def __str__(self) -> str:
        return self.name


class DutyHolder(models.Model):
    """A person who can do a duty now, without asking anybody."""

    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="holders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duties")
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ["person__name"]
        constraints = [models.UniqueConstraint(fields=["duty", "person"], name="duty_holder_once")]

    def __str__(self) -> str:
        return f"{self.person_id} can {self.duty_id}"
