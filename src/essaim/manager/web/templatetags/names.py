"""Names of sites on pages: as people read them where only the form that DNS has is at hand, and where they lead."""

from django import template
from django.conf import settings

from essaim.manager.hosting.names import as_read

register = template.Library()


@register.filter
def read(fqdn: str) -> str:
    """The name as a person reads it; a page shows `fqdn` beside it where the two differ."""
    return as_read(fqdn)


@register.filter
def fetched_by(fqdn: str) -> str:
    """In a demo, whose names no browser finds: the command that fetches the site. Empty anywhere else: a link leads there."""
    return settings.FETCH.replace("{name}", fqdn)
