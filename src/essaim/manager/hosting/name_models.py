"""Names: those that a site answers to beside its own, every one in use, and who lets whom use one. And numbers that only grow."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from essaim.manager.hosting.names import WILDCARD, as_read


class Alias(models.Model):
    """Another name of a site, answered with the same content."""

    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="aliases")
    fqdn = models.CharField(_("name"), max_length=253, unique=True)
    name_unicode = models.CharField(_("name as read"), max_length=253)

    class Meta:
        ordering = ["fqdn"]
        constraints = [models.CheckConstraint(condition=Q(fqdn=Lower("fqdn")), name="alias_fqdn_lower")]

    def __str__(self) -> str:
        return self.name_unicode

    @property
    def is_wildcard(self) -> bool:
        """It stands for every name one label below that is no site of its own."""
        return self.fqdn.startswith(WILDCARD)


class TakenName(models.Model):
    """Every name in use, of sites and aliases alike: the one place where two people cannot have the same name.

    `registrable` and `skeleton` find, each by an index, names under the same domain and names that look the same.
    """

    fqdn = models.CharField(max_length=253, unique=True)
    registrable = models.CharField(max_length=253, db_index=True)
    skeleton = models.CharField(max_length=253, db_index=True)
    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="taken_names")

    class Meta:
        ordering = ["fqdn"]
        constraints = [models.CheckConstraint(condition=Q(fqdn=Lower("fqdn")), name="taken_fqdn_lower")]

    def __str__(self) -> str:
        return self.fqdn


class Sequence(models.Model):
    """A number that only grows. User ids come from here: one is never given twice, also after its account was erased,
    because a file that outlived an account must not fall to another.
    """

    name = models.CharField(max_length=16, primary_key=True)
    last = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class NameConsent(models.Model):
    """A client lets another hang names under one of its own (`shop.example.org` under `example.org`), or take a name
    that looks like it.
    """

    fqdn = models.CharField(_("name"), max_length=253)
    owner = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="consents_given")
    guest = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="consents_received")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fqdn", "owner", "guest"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.fqdn}: {self.owner_id} to {self.guest_id}"

    @property
    def name_unicode(self) -> str:
        """The name as people read it."""
        return as_read(self.fqdn)
