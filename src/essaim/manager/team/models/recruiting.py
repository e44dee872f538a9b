"""How people join: campaigns, candidates, what the team noted of them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import masks
from essaim.manager.people.models import LANGUAGES


class Campaign(models.Model):
    """A call for volunteers, with a public page while it is open."""

    slug = models.SlugField(_("address"), max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"))
    """Markdown."""
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fr")
    first_day = models.DateField(_("open from"))
    last_day = models.DateField(_("open until"), null=True, blank=True)
    """Null: until somebody ends it."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="campaign_order")
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, today: date) -> bool:
        """Somebody may apply on that day."""
        return self.first_day <= today and (self.last_day is None or today <= self.last_day)


class Candidate(masks.MaskedRows):
    """Somebody who would join. Unproved until they opened the link of the letter; forgotten if they never do."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": masks.name,
        "email": masks.email,
        "would_do": masks.gone,
        "decision": masks.words,
    }

    class State(models.TextChoices):
        UNPROVED = "unproved", _("address not proved")
        WAITING = "waiting", _("waiting for the board")
        ACCEPTED = "accepted", _("accepted as observer")
        DECLINED = "declined", _("declined")
        JOINED = "joined", _("joined")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="candidates")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), max_length=254)
    zone = models.CharField(_("time zone"), max_length=64)
    would_do = models.TextField(_("what they would do"))
    language = models.CharField(max_length=2, choices=LANGUAGES, default="fr")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.UNPROVED)
    sha256 = models.CharField(max_length=64, unique=True)
    """Of the link that proves the address, then of the one that lets them join."""
    link_until = models.DateTimeField()
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    proved_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decision = models.TextField(_("decision"), blank=True)
    """Where the board wrote it down, and why."""
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="candidacy"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="candidate_email_lower"),
            models.UniqueConstraint(fields=["campaign", "email"], name="candidate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.campaign_id})"

    def is_about_others(self, who: masks.Reader) -> bool:
        """Not who applied themselves."""
        return self.__dict__.get("email") != who.email


class CandidateNote(masks.MaskedRows):
    """What somebody of the team wrote about a candidate."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"text": masks.gone}

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(_("note"))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"note on {self.candidate_id}"

    def is_about_others(self, who: masks.Reader) -> bool:
        """Not who applied themselves: they fetch all that is held of them."""
        return not Candidate.objects.filter(pk=self.candidate_id, email=who.email).exists()
