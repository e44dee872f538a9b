"""The vault room: secrets of the house, sealed for the people who may read them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VaultConfig(AppConfig):
    name = "essaim.manager.vault"
    label = "vault"

    def ready(self) -> None:
        """Somebody who leaves loses their key, and the house knows who can open what."""
        from essaim import contract
        from essaim.manager.core import continuity, leaving
        from essaim.manager.fleet import reactions
        from essaim.manager.vault import break_glass, doors

        leaving.register("vault", label=_("secrets of the vault"), count=doors.count_readable, close=doors.close_for)
        reactions.on_told(contract.GlassUses, break_glass.take_uses)
        continuity.register("secrets", _("Secrets"), doors.matters)
