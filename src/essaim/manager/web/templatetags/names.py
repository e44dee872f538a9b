"""Names of sites on pages: as people read them, where only the form that DNS has is at hand."""

from django import template

from essaim.manager.hosting.names import as_read

register = template.Library()


@register.filter
def read(fqdn: str) -> str:
    """The name as a person reads it; a page shows `fqdn` beside it where the two differ."""
    return as_read(fqdn)
