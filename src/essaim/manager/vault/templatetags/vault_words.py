"""Words of the vault in its templates."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.vault import rights

register = template.Library()
ACTS: "dict[str, Promise]" = {
    "vault.secret_created": _("added"),
    "vault.secret_changed": _("changed"),
    "vault.secret_closed": _("closed"),
    "vault.value_put": _("new value"),
    "vault.secret_opened": _("read on a page"),
    "vault.secret_taken": _("taken sealed, to be read elsewhere"),
    "vault.sealed_anew": _("sealed anew"),
    "vault.kit_taken": _("in a break-glass kit"),
}


@register.filter
def group_words(group: str) -> str:
    """A group's name as people say it."""
    return str(rights.GROUPS.get(group, group))


@register.filter
def act_words(code: str) -> str:
    """What an audit line says, in a word or two."""
    return str(ACTS.get(code, code))
