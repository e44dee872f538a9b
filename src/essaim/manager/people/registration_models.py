"""Somebody who asked to become a client and has not yet shown that the address is theirs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Registration(models.Model):
    """What was typed, kept for a day until the letter's link is opened. Nobody signs in by it and no client is made before."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    client_name = models.CharField(_("client"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12)
    language = models.CharField(max_length=2, default="fr")
    sha256 = models.CharField(max_length=64, unique=True)
    """Of the letter's link."""
    form = models.CharField(max_length=64, unique=True)
    """Of the form that was sent: each is good once."""
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    expires_at = models.DateTimeField(_("open until"))
    used_at = models.DateTimeField(_("used"), null=True)

    def __str__(self) -> str:
        return f"{self.client_name}: {self.email}"
