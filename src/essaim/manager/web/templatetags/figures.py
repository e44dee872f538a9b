"""Numbers and moments as people read them: bytes, seconds, counts, dates. Every figure of one kind has one form."""

from datetime import date, datetime, timedelta
from typing import Literal

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()

NO_FIGURE = "–"
NARROW = "\u202f"
MINUTE = 60
TENTH, TEN, HUNDRED, THOUSAND = 0.1, 10, 100, 1000


@register.filter
def number(value: float | Literal[""] | None, decimals: int = 0) -> str:
    """`11000` as 11,000 or 11 000, as the reader's language has it."""
    if value is None or value == "":
        return NO_FIGURE
    return formats.number_format(value, decimal_pos=decimals, force_grouping=True)


@register.filter
def size(value: float | Literal[""] | None) -> str:
    """Bytes in binary units, three digits: 512 KiB, 1.24 GiB (Kio, Gio in French)."""
    if value is None or value == "":
        return NO_FIGURE
    amount, units = float(value), [_("TiB"), _("GiB"), _("MiB"), _("KiB"), _("B")]
    while abs(amount) >= THOUSAND and len(units) > 1:
        amount /= 1024
        units.pop()
    is_whole = amount == int(amount)
    return f"{number(amount, 0 if is_whole else _decimals(amount))}\N{NO-BREAK SPACE}{units[-1]}"


def _decimals(amount: float) -> int:
    """As many as make three digits."""
    return 0 if abs(amount) >= HUNDRED else 1 if abs(amount) >= TEN else 2


@register.filter
def seconds(value: float | Literal[""] | None) -> str:
    """How long something took: 0.004 s, 0.42 s, 12.3 s, 2 min 05 s, 3 h 12 min. One unit below a minute, so that rows compare."""
    if value is None or value == "":
        return NO_FIGURE
    if value < MINUTE:
        places = 3 if value < TENTH else 2 if value < TEN else 1  # a machine makes a site in milliseconds
        return f"{number(value, places)}\N{NO-BREAK SPACE}s"
    whole = round(value)
    if whole < 60 * MINUTE:
        return f"{whole // 60}\N{NO-BREAK SPACE}min {whole % 60:02d}\N{NO-BREAK SPACE}s"
    return f"{number(whole // 3600)}\N{NO-BREAK SPACE}h {whole % 3600 // 60:02d}\N{NO-BREAK SPACE}min"


@register.filter
def percent(part: float | None, whole: float | None = 100) -> str:
    """`part` of `whole` as a whole percentage."""
    if part is None or not whole:
        return NO_FIGURE
    return f"{number(100 * part / whole)}{_(' %').replace(' ', NARROW)}"


@register.filter
def day(moment: date | None) -> str:
    """A date in full, day first in both languages: 24 November 2026, 24 novembre 2026. Of a moment, the day it falls on here."""
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return formats.date_format(local, "j F Y") if local else NO_FIGURE


@register.simple_tag
def when(moment: datetime | None, *, clock: bool = False) -> str | SafeString:
    """A moment beside now ("3 minutes ago"), exact on hover, in print and to the script that keeps it fresh.

    With `clock`, the exact time is shown instead. None: a dash.
    """
    if moment is None:
        return NO_FIGURE
    local = timezone.localtime(moment)
    exact = f"{day(moment)}, {local:%H:%M:%S}"
    if clock:
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}")
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>', moment.isoformat(), exact, beside_now(moment)
    )


def beside_now(moment: datetime) -> str:
    """ "3 minutes ago", "in 2 days", "just now"; one unit is enough."""
    now = timezone.now()
    if abs(now - moment) < timedelta(minutes=1):
        return _("just now")
    if moment < now:
        return _("%(span)s ago") % {"span": timesince(moment, now, depth=1)}
    return _("in %(span)s") % {"span": timesince(now, moment, depth=1)}
