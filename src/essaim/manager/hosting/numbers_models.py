"""What visitors asked of a site, as its machine summed it up; and the newest lines of its log, for as long as somebody reads them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Counted(models.Model):
    """Of an hour or a day of UTC. Nothing of a visitor is in it."""

    requests = models.BigIntegerField(_("requests"), default=0)
    received_bytes = models.BigIntegerField(default=0)
    sent_bytes = models.BigIntegerField(default=0)
    statuses = models.JSONField(default=dict)
    """By the first figure of the status; `0`: no answer."""
    times = models.JSONField(default=dict)
    """Steps of the histogram (`contract.numbers.step_of`), as text, to requests."""
    states = models.JSONField(default=dict)
    """Answered by the platform in the site's place, by why."""

    class Meta:
        abstract = True


class SiteHour(Counted):
    """Kept for eight days."""

    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="hours")
    start = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "start"], name="site_hour_once")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.start}"


class SiteDay(Counted):
    """Kept for 25 months."""

    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="days")
    day = models.DateField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="site_day_once")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day}"


class SiteTop(models.Model):
    """What was asked for most on a day; kept for 35 days."""

    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="tops")
    day = models.DateField(db_index=True)
    paths = models.JSONField(default=dict)
    referrers = models.JSONField(default=dict)
    missing = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="site_top_once")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day}"


class LogTail(models.Model):
    """The newest lines of a site's log, asked of its machine by somebody who looks. They hold whole addresses: gone after a quarter of an hour."""

    site = models.OneToOneField("hosting.Site", on_delete=models.CASCADE, related_name="log_tail")
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    """When the machine was asked; null: the worker has not done it yet."""
    told_at = models.DateTimeField(null=True)
    """When the machine answered last."""
    access = models.JSONField(default=list)
    refused = models.JSONField(default=list)
    errors = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=models.Q(sent_at__isnull=True), name="log_tail_unsent")]

    def __str__(self) -> str:
        return f"{self.site_id} asked {self.asked_at}"

    @property
    def is_waiting(self) -> bool:
        """The machine has not answered since it was last asked."""
        return self.told_at is None or self.told_at < self.asked_at
