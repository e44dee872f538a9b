"""What happened, as sentences: the codes of the audit trail and the lines of a story."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine
from essaim.manager.web import stories
from essaim.manager.web.templatetags.figures import number, size

register = template.Library()

FACTS: dict[str, str | Promise] = {
    "system": _("System"),
    "kernel": _("Kernel"),
    "cpus": _("Processors"),
    "memory_bytes": _("Memory"),
    "disk_bytes": _("Disk"),
    "php": _("PHP"),
    "php_versions": _("PHP"),
    "addresses": _("Addresses"),
    "hostname": _("Name it gives itself"),
    "agent": _("Agent"),
    "contract": _("Contract"),
}
TONES = {"sent": "going", "applied": "good", "proved": "good", "mended": "good", "failed": "bad", "drifted": "bad"}
ICONS = {
    "decided": "person",
    "sent": "send",
    "applied": "check",
    "proved": "eye",
    "failed": "cross-round",
    "drifted": "drift",
    "mended": "undo",
}


@register.filter
def act_words(line: AuditLine) -> str:
    """What the person did; a code without words is shown as it is."""
    return stories.act_words(line)


@register.filter
def kind_words(kind: str) -> str:
    """The noun of a kind."""
    return str(stories.KINDS.get(kind, kind))


@register.filter
def who(line: AuditLine) -> str:
    """Who did it, as others know them."""
    return stories.who(line)


@register.filter
def told(line: StoryLine) -> str:
    """What happened, as one sentence; the machine's own words stand below it."""
    return stories.told(line)


@register.filter
def tone(line: StoryLine) -> str:
    """The tone of a line."""
    return TONES.get(line.what, "still")


@register.filter
def mark(line: StoryLine) -> str:
    """The drawing beside a line."""
    return ICONS.get(line.what, "info")


@register.filter
def fact_rows(facts: dict[str, object]) -> list[tuple[str, str]]:
    """What a machine said of itself, as words and figures; a fact without words is shown under its own name."""
    return [(str(FACTS.get(name, name)), _fact(name, value)) for name, value in facts.items()]


def _fact(name: str, value: object) -> str:
    if name.endswith("_bytes") and isinstance(value, int | float):
        return size(value)
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
