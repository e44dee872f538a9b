"""Tools of the house that people sign in to with the Manager. What OpenID Connect itself needs of a tool (secret, addresses, tokens)
stands in django-allauth's own rows.
"""

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Tool(models.Model):
    """A wiki, a forum, a cloud. Its key is the identifier by which it names itself."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="tool")
    groups = models.JSONField(_("groups that may sign in"), default=list)
    logout_url = models.URLField(_("address told of sign-outs"), max_length=500, blank=True)
    """OpenID Connect Back-Channel Logout 1.0; empty: the tool is not told."""
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        ordering = ["client__name"]

    def __str__(self) -> str:
        return str(self.client.name)


class Visit(models.Model):
    """A person has signed in to a tool from a browser that is signed in here, and may still be signed in there."""

    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="visits")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sid = models.CharField(max_length=32, blank=True)
    """By which the tool knows the browser's session here (OpenID Connect Back-Channel Logout 1.0, 2.1); empty: from before it was kept."""
    grants = models.JSONField(default=list)
    """django-allauth's marks of what was granted to the tool for it: its tokens carry them."""
    first_at = models.DateTimeField(_("first"), auto_now_add=True)
    last_at = models.DateTimeField(_("last"), auto_now=True)

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["tool", "person", "sid"], name="openid_visit_once")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.tool_id}"


class Farewell(models.Model):
    """A tool is to be told that somebody is signed out: of one session, or of all where `sid` is empty."""

    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="farewells")
    sub = models.CharField(max_length=64)
    sid = models.CharField(max_length=32, blank=True)
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tool", "sub", "sid"], name="openid_farewell_once")]

    def __str__(self) -> str:
        return f"{self.sub} at {self.tool_id}"
