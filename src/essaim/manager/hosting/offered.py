"""What is offered: the rows. What can happen to an offer is in `actions.offers`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import SETTINGS

USUAL = {"slug": "standard", "name": "Standard", "is_usual": True}
"""The offer that there always is, made again where somebody emptied the table."""


class Offer(models.Model):
    """What an account gets: its limits, how far its sites may set PHP, which extensions they may choose, and whether its PHP is kept awake."""

    slug = models.SlugField(_("identifier"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    quota_bytes = models.BigIntegerField(_("disk quota"), default=10 * 1024**3)
    processes = models.PositiveIntegerField(_("processes"), default=64)
    memory_bytes = models.BigIntegerField(_("memory"), default=512 * 1024**2)
    sites_max = models.PositiveIntegerField(_("most sites"), null=True, blank=True)
    """How many sites an account may have; null: as many as one likes."""
    php_ceilings = models.JSONField(_("ceilings of PHP settings"), default=dict)
    """The most of each number of `contract.php.SETTINGS` that differs from the usual, by its name."""
    php_extensions = models.JSONField(_("PHP extensions"), default=list)
    """Which of `contract.php_extensions.EXTENSIONS` its accounts may choose, by name."""
    is_warm = models.BooleanField(_("PHP always awake"), default=False)
    """Its accounts' PHP runs from the boot on and is never put to sleep."""
    is_usual = models.BooleanField(_("the usual one"), default=False)
    """The one that a new account gets."""
    revision = models.PositiveIntegerField(default=1)
    """Grows with each change; accounts that know a smaller one are given what it says now."""

    class Meta:
        ordering = ["name", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["is_usual"], condition=Q(is_usual=True), name="offer_usual_once")
        ]

    def __str__(self) -> str:
        return self.name

    def ceiling_of(self, name: str) -> int:
        """The most that a site's setting of this name may be."""
        return int(self.php_ceilings.get(name, SETTINGS[name].most))


def usual_offer() -> Offer:
    """The offer that a new account gets."""
    found = Offer.objects.filter(is_usual=True).first()
    return found or Offer.objects.get_or_create(slug=USUAL["slug"], defaults=USUAL)[0]
