"""Time zones and what a person's clock says. Zones come from the IANA database of the standard library (`zoneinfo`)."""

import re
from datetime import datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings

from essaim.manager.team.errors import HoursMalformed, HoursOverlap, ZoneUnknown
from essaim.manager.team.models.hours import DAY_MINUTES

AWAKE_FROM, AWAKE_UNTIL = time(7), time(23)
"""By one's own clock: nobody is rung outside of these without need."""
_STRETCH = re.compile(r"(\d{1,2})(?:[:h.](\d{2})?)?\s*(?:-|–|to|à)\s*(\d{1,2})(?:[:h.](\d{2})?)?")


@cache
def zone_names() -> tuple[str, ...]:
    """Names of places, in order; the database's aliases without a place (`EST5EDT`, `Etc/GMT+3`) are left out but for UTC."""
    places = [
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    ]
    return ("UTC", *sorted(places))


def parse_zone(name: str) -> ZoneInfo:
    """The zone called `name`.

    Raises:
        ZoneUnknown.
    """
    if name not in zone_names():
        raise ZoneUnknown(zone=name[:64])
    return ZoneInfo(name)


def house_zone() -> ZoneInfo:
    """The first of the house's own zones."""
    return ZoneInfo(settings.ZONES[0])


def house_zones() -> list[ZoneInfo]:
    """Where the house's people and readers are: the first is its own."""
    return [ZoneInfo(name) for name in settings.ZONES]


def parse_hours(text: str) -> list[tuple[int, int]]:
    """ "9-12, 14:00-18:30" as minutes since midnight; the end may be 24:00. Empty: nobody is there.

    Raises:
        HoursMalformed, HoursOverlap.
    """
    stretches = sorted(_stretch(part.strip(), text) for part in re.split(r"[,;]", text) if part.strip())
    for (_begins, ends), (begins, _ends) in pairwise(stretches):
        if begins < ends:
            raise HoursOverlap(text=text.strip()[:80])
    return stretches


def _stretch(part: str, text: str) -> tuple[int, int]:
    found = _STRETCH.fullmatch(part)
    if found is None:
        raise HoursMalformed(text=text.strip()[:80])
    hours = [int(found[1]), int(found[3])]
    minutes = [int(found[2] or 0), int(found[4] or 0)]
    begins, ends = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
    if max(minutes) >= 60 or not 0 <= begins < ends <= DAY_MINUTES:  # noqa: PLR2004 - minutes of an hour
        raise HoursMalformed(text=text.strip()[:80])
    return begins, ends


def hours_text(stretches: list[tuple[int, int]]) -> str:
    """The stretches of a day as `parse_hours` reads them."""
    return ", ".join(f"{begins // 60}:{begins % 60:02d}-{ends // 60}:{ends % 60:02d}" for begins, ends in stretches)


def is_waking_time(moment: datetime, zone: ZoneInfo) -> bool:
    """At `moment` people in `zone` are usually awake."""
    return AWAKE_FROM <= moment.astimezone(zone).time() < AWAKE_UNTIL


def apart(one: ZoneInfo, other: ZoneInfo, moment: datetime) -> timedelta:
    """How far the clocks of `one` are ahead of those of `other` at `moment`."""
    ours, theirs = moment.astimezone(one).utcoffset(), moment.astimezone(other).utcoffset()
    return (ours or timedelta()) - (theirs or timedelta())
