"""What a site's story says of floods, shields and limits."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine
from essaim.manager.hosting.defence import FLOODED
from essaim.manager.hosting.models import Site
from essaim.manager.web.templatetags.figures import day, number

__all__ = ["FLOODED", "seen", "words"]


def words(line: AuditLine) -> list[str]:
    """What a person chose, or what had been held back."""
    facts = line.facts
    match line.code:
        case "hosting.shield_raised":
            return [str(Site.Shield(facts["level"]).label), _until(facts["until"]), *_left_out(facts["ways"])]
        case "hosting.shield_lowered" | "hosting.shield_ended":
            return [_held(facts["requests"], facts["networks"])]
        case "hosting.limits_changed" if facts["times"] == 1:
            return [gettext("as usual")]
        case "hosting.limits_changed":
            return [gettext("%(times)s times the usual") % {"times": number(facts["times"])}]
    return []


def _until(moment: str) -> str:
    if not moment:
        return gettext("until it is taken down")
    local = timezone.localtime(datetime.fromisoformat(moment))
    return gettext("until %(day)s, %(time)s") % {"day": day(local), "time": f"{local:%H:%M}"}


def _left_out(ways: list[str]) -> list[str]:
    return [gettext("without %(ways)s") % {"ways": " · ".join(ways)}] if ways else []


def _held(requests: int, networks: int) -> str:
    if not requests:
        return gettext("it had held nothing back")
    said = ngettext(
        "it had held back %(requests)s request, of about %(networks)s networks",
        "it had held back %(requests)s requests, of about %(networks)s networks",
        requests,
    )
    return said % {"requests": number(requests), "networks": number(networks)}


def seen(line: StoryLine) -> str:
    """That a flood goes on."""
    said = gettext(
        "The site is being flooded: about %(each)s requests a second were refused for two minutes, "
        "of about %(networks)s networks in the newest stretch."
    )
    return said % {"each": number(line.facts["per_second"]), "networks": number(line.facts["networks"])}
