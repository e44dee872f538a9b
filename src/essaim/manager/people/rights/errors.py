"""The refusal of who may see a thing and not do that with it."""

from django.utils.text import get_text_list
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import NotAllowed
from essaim.manager.people.models import Client
from essaim.manager.people.rights.table import GROUPS, RIGHTS, ROLES


class RightMissing(NotAllowed):
    """Seen, but not for this person to do. Says which right is missing and who can give it."""

    code = "people.right_missing"
    message = _("You may not do this. It takes the right “{right}”: {lets}.")
    hint = _("Who can give it to you: {granters}.")

    def __init__(self, *, right: str = "sites.change", client: Client | None = None) -> None:
        super().__init__(right=right, lets=RIGHTS[right].lets, granters=_granters(right, client))


def _granters(right: str, client: Client | None) -> str:
    if client is not None and any(right in role.rights for role in ROLES.values()):
        return gettext("an owner of %(client)s") % {"client": client.name}
    groups = [str(GROUPS[name].label) for name in RIGHTS[right].granted_by]
    return gettext("the team (%(groups)s)") % {"groups": get_text_list(groups, pgettext("groups", "or"))}
