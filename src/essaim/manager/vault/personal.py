"""What the vault holds of people: their keys, and which secrets they may read. Values are the house's, and sealed."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Ground, declare, holds_nothing
from essaim.manager.vault.models import Key, Reader, Secret, Version

declare(
    Key,
    purpose=_("sealing the house's secrets for who may read them"),
    ground=Ground.INTEREST,
    kept=_("as long as they are of the team; the ended key as long as a value is sealed for it"),
    person=("person",),
    erase=Erase.DELETED,
)
declare(
    Reader,
    purpose=_("knowing who may read which of the house's secrets"),
    ground=Ground.INTEREST,
    kept=_("as long as they are of the team"),
    person=("person",),
    erase=Erase.DELETED,
)
declare(
    Version,
    purpose=_("knowing who put which value"),
    ground=Ground.INTEREST,
    kept=_("as long as the secret"),
    acted=("by",),
    hidden={"sealed": _("the house's secret, sealed for its readers")},
    erase=Erase.CLIENTS,
)
holds_nothing(Secret, because=_("names of the house's own secrets, their notes and dates"))
