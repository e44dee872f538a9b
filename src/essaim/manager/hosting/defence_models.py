"""What was held back for a site, as its machine says."""

from django.db import models


class Defence(models.Model):
    """What a site's machine held back for it: sums since the shield was last raised or taken down, and whether it is flooded."""

    site = models.OneToOneField("hosting.Site", on_delete=models.CASCADE, related_name="defence")
    counters = models.JSONField(default=dict)
    """By name of the site, what its machine last said: the run of nginx it is about, then its three sums."""
    since = models.DateTimeField()
    """Since when the sums below count."""
    limited = models.PositiveBigIntegerField(default=0)
    held = models.PositiveBigIntegerField(default=0)
    networks = models.PositiveBigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    """When its machine last counted something."""
    flooded_since = models.DateTimeField(null=True)
    """So much has been limited without a pause since then."""
    per_second = models.FloatField(default=0)
    """Requests that were limited or held back, in the newest stretch."""

    def __str__(self) -> str:
        return f"{self.site_id}: {self.limited + self.held}"


class DefenceSample(models.Model):
    """What was held back in one stretch, kept for two days and drawn on the site's page."""

    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="defence_samples")
    at = models.DateTimeField()
    seconds = models.FloatField()
    limited = models.PositiveBigIntegerField()
    held = models.PositiveBigIntegerField()
    networks = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["at"]
        indexes = [
            models.Index(fields=["site", "at"], name="defence_site_at"),
            models.Index(fields=["at"], name="defence_at"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id}: {self.limited + self.held}"
