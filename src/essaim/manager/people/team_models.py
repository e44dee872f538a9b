"""What the team keeps about a client: notes that the client does not see, and the procedure by which it comes to its end."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import masks


class Note(masks.MaskedRows):
    """A remark of the team about a client. Its people never see it, but may ask for what is held of them."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"text": masks.gone}

    client = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("written"), auto_now_add=True)
    text = models.TextField(_("note"))

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.client_id} {self.at:%Y-%m-%d}"

    def is_about_others(self, who: masks.Reader) -> bool:
        """Not who belongs to the client: they fetch all that is held of it."""
        return self.client_id not in who.clients


class Ending(masks.MaskedRows):
    """A client who died, an association that dissolved: proposed by one of the team with documents, approved by another."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"reason": masks.gone}

    class Cause(models.TextChoices):
        DEATH = "death", _("the person has died")
        DISSOLUTION = "dissolution", _("the organisation is dissolved")
        WISH = "wish", _("the client wishes it")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        DONE = "done", _("done")
        WITHDRAWN = "withdrawn", _("withdrawn")

    client = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="endings")
    cause = models.CharField(_("why"), max_length=11, choices=Cause)
    reason = models.TextField(_("what is known"))
    ends_on = models.DateField(_("services end on"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"), auto_now_add=True)
    approved_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(state__in=["proposed", "approved"]), name="ending_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.cause} {self.state}"


class EndingDocument(masks.MaskedRows):
    """A paper that shows it: a certificate of death, a notice of dissolution. Kept in the database, so that it is saved with it."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"filename": masks.gone}

    ending = models.ForeignKey(Ending, on_delete=models.CASCADE, related_name="documents")
    filename = models.CharField(_("file"), max_length=160)
    kind = models.CharField(max_length=40)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.filename
