"""What belongs to a client beside its own row: whom to write to, and the numbers by which the state knows it."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import masks


class Contact(masks.MaskedRows):
    """Whom the house writes to or calls about one side of a client; not a sign-in."""

    class Kind(models.TextChoices):
        OWNER = "owner", _("owner")
        TECHNICAL = "technical", _("technical")
        BILLING = "billing", _("billing")

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": masks.name,
        "email": masks.email,
        "phone": masks.gone,
    }

    client = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(_("about"), max_length=9, choices=Kind)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("telephone"), max_length=16, blank=True)
    """E.164: a plus sign and at most fifteen digits."""

    class Meta:
        ordering = ["client", "kind"]
        constraints = [models.UniqueConstraint(fields=["client", "kind"], name="contact_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"

    def is_about_others(self, who: masks.Reader) -> bool:
        """Every one but those of the reader's own clients."""
        return self.__dict__.get("client_id") not in who.clients
