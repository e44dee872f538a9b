"""Names of sites on pages: as people read them where only the form that DNS has is at hand, and where they lead."""

from django import template
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from essaim.manager.hosting.names import as_read

register = template.Library()
SHORT = 32
"""Names up to here fit a column."""
LABEL_KEPT_WHOLE = 24
"""Longer labels may break at their hyphens, or the column would be too wide."""


@register.filter
def read(fqdn: str) -> str:
    """The name as a person reads it; a page shows `fqdn` beside it where the two differ."""
    return as_read(fqdn)


@register.filter
def fetched_by(fqdn: str) -> str:
    """In a demo, whose names no browser finds: the command that fetches the site. Empty anywhere else: a link leads there."""
    return settings.FETCH.replace("{name}", fqdn)


@register.filter
def by_labels(name: object) -> str | SafeString:
    """A name in a column: a long one breaks before its dots, and inside a label only where one alone is long."""
    text = str(name)
    if len(text) <= SHORT:
        return text
    first, *others = text.split(".")
    labels = [first, *(f".{label}" for label in others)]
    kinds = (("name-label" if len(label) <= LABEL_KEPT_WHOLE else "", label) for label in labels)
    return format_html_join(SafeString("<wbr>"), '<span class="{}">{}</span>', kinds)
