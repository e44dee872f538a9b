"""What belongs to certificates: the one that a client brought for a site, and an order to replace many."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OwnCertificate(models.Model):
    """A certificate that a client brought. Its key stands here sealed for the site's machine: the Manager cannot open it."""

    site = models.OneToOneField("hosting.Site", on_delete=models.CASCADE, related_name="own_certificate")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"), auto_now_add=True)
    chain = models.TextField()
    sealed_key = models.TextField()
    names = models.JSONField(_("names"), default=list)
    issuer = models.CharField(_("issuer"), max_length=200)
    serial = models.CharField(max_length=64)
    not_before = models.DateTimeField(_("from"))
    not_after = models.DateTimeField(_("until"))
    key_kind = models.CharField(_("key"), max_length=20)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    warnings = models.JSONField(default=list)
    told_days = models.PositiveSmallIntegerField(null=True)
    """How many days before its end its story told so last; null: not yet."""

    def __str__(self) -> str:
        return f"{self.site_id}: {self.issuer}"


class Reissue(models.Model):
    """An order to replace certificates before their time, as when an authority revokes what it signed."""

    number = models.BigIntegerField(unique=True)
    """What the wishes of its certificates carry: greater than any before."""
    machine = models.ForeignKey("fleet.Machine", on_delete=models.PROTECT, null=True, related_name="+")
    """Null: every machine."""
    authority = models.CharField(_("authority"), max_length=253, blank=True)
    """Host of the ACME directory that they came from; empty: any."""
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("when"), auto_now_add=True)
    told_at = models.DateTimeField(null=True)
    """When the last machine's last wish was decided; null: wishes are still being decided."""

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number} {self.authority}"
