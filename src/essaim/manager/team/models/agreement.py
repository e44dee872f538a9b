"""The confidentiality agreement, version by version, and who signed which."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreementVersion(models.Model):
    """One text of the agreement. Once in force it never changes: who wants another text writes the next version."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("text"))
    """Markdown."""
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the text's UTF-8 bytes; filled in when it comes into force."""
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(_("written"), auto_now=True)
    in_force_at = models.DateTimeField(_("in force since"), null=True)
    """Null: a draft."""

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    @property
    def is_draft(self) -> bool:
        """Nobody is asked to sign it yet."""
        return self.in_force_at is None


class Signature(models.Model):
    """One person's word on one version: what they typed, when, of which text, from where, and the PDF that says so."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="signatures")
    typed_name = models.CharField(_("name as typed"), max_length=160)
    text_sha256 = models.CharField(max_length=64)
    origin = models.CharField(_("from where"), max_length=64, blank=True)
    signed_at = models.DateTimeField(_("signed"))
    pdf_file = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-signed_at"]
        constraints = [models.UniqueConstraint(fields=["person", "version"], name="signature_once")]

    def __str__(self) -> str:
        return f"{self.person_id} signed {self.version_id}"
