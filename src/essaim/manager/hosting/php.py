"""The PHP of a site: which versions its machine has, what may be set, and both in words. No row is changed here."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import available_timezones

from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import (
    DEFAULT,
    GENERATIONS,
    SETTINGS,
    Generation,
    Setting,
    SettingRefused,
    Value,
    generation,
    is_supported,
    read_settings,
)
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting import php_errors
from essaim.manager.hosting.models import Offer, Site

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

USUAL = ""
"""Given for a setting: as it is where nobody chose."""
LABELS: dict[str, "str | StrPromise"] = {
    "memory_limit": _("Memory for one request"),
    "upload_max_filesize": _("Largest file a visitor can send"),
    "max_execution_time": _("Longest time for one request"),
    "date.timezone": _("Time zone"),
    "display_errors": _("Show errors on the pages"),
    "opcache.enable": _("Keep compiled scripts in memory (opcache)"),
}
HELPS: dict[str, "str | StrPromise"] = {
    "display_errors": _("Visitors see them too: switch it off once you have found the mistake."),
    "opcache.enable": _("Leave it on: pages come quicker. Off, for example, while you edit the scripts every minute."),
}
_REFUSALS: dict[str, type[php_errors.PhpSettingRefused]] = {
    "php.setting_unknown": php_errors.PhpSettingUnknown,
    "php.setting_not_a_number": php_errors.PhpSettingNotANumber,
    "php.setting_too_low": php_errors.PhpSettingTooLow,
    "php.setting_too_high": php_errors.PhpSettingTooHigh,
    "php.setting_above_ceiling": php_errors.PhpSettingAboveOffer,
    "php.setting_not_a_switch": php_errors.PhpSettingNotASwitch,
    "php.setting_not_a_timezone": php_errors.PhpSettingNotATimezone,
}


class Chosen(NamedTuple):
    """A setting that differs from the usual, as a page shows it."""

    label: "str | StrPromise"
    name: str
    value: str


class Shown(NamedTuple):
    """The PHP of a site as its page shows it."""

    version: str
    supported_until: date | None
    is_supported: bool
    before: str
    """What one click puts back; empty: nothing."""
    settings: list[Chosen]
    extensions: str
    """Those that its account chose for this version, which all of the account's sites in it have."""


def generations_of(machines: Iterable[Machine]) -> tuple[Generation, ...]:
    """What at least one of `machines` has said that it has, from the oldest; before any said so, the usual one."""
    said = {version for machine in machines for version in machine.php_versions}
    return tuple(one for one in GENERATIONS if one.version in said or (not said and one.version == DEFAULT))


def parse_php(text: str, machine: Machine) -> str:
    """A PHP version that `machine` has.

    Raises:
        PhpUnknown.
    """
    version, offered = text.strip(), [one.version for one in generations_of([machine])]
    if version not in offered:
        raise php_errors.PhpUnknown(php=text[:20], offered=", ".join(offered))
    return version


def parse_settings(given: Mapping[str, str], before: Mapping[str, str], offer: Offer) -> dict[str, str]:
    """The settings that differ from the usual, once `given` takes the place of those named in `before`. `USUAL` gives one up.
    Numbers go as far as `offer` lets them.

    Raises:
        PhpSettingRefused: the first one of `given` that is refused, as the class that says why.
    """
    named = {name: text.strip() for name, text in given.items()}
    unknown = [name for name, text in named.items() if text == USUAL and name not in SETTINGS]
    values, refused = read_settings(
        {n: t for n, t in named.items() if t != USUAL or n in unknown},
        timezones=_timezones(),
        ceilings=offer.php_ceilings,
    )
    if refused:
        raise _refusal(refused[0], offer)
    kept = {name: text for name, text in before.items() if name not in named and name in SETTINGS}
    chosen = kept | {name: _as_text(value) for name, value in values.items()}
    return {name: text for name, text in sorted(chosen.items()) if text != SETTINGS[name].default}


@cache
def _timezones() -> frozenset[str] | None:
    """Those of this machine; None where it has no table of them, and the shape has to do."""
    return frozenset(available_timezones()) or None


def _as_text(value: Value) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _refusal(refused: SettingRefused, offer: Offer) -> php_errors.PhpSettingRefused:
    facts: dict[str, object] = {"allowed": ", ".join(SETTINGS), "offer": offer.name, **refused.facts}
    facts["unit"] = _unit(str(facts.get("unit", "")))
    return _REFUSALS[refused.code](**facts)


def choice_of(one: Generation) -> tuple[str, str]:
    """A version to choose, and whether it is still looked after."""
    label = f"PHP {one.version}"
    if is_supported_now(one.version):
        return one.version, label
    return one.version, gettext("%(php)s, unsupported since %(day)s") % {
        "php": label,
        "day": formats.date_format(one.supported_until, "j F Y"),
    }


def shown(site: Site) -> Shown:
    """What the page of `site` says of its PHP."""
    found = generation(site.php)
    return Shown(
        version=site.php,
        supported_until=found.supported_until if found else None,
        is_supported=is_supported_now(site.php),
        before=site.php_before,
        settings=[
            Chosen(LABELS[name], name, value_of(SETTINGS[name], text))
            for name, text in sorted(site.php_settings.items())
            if name in SETTINGS
        ],
        extensions=", ".join(site.account.php_extensions.get(site.php, ())),
    )


def value_of(setting: Setting, text: str) -> str:
    """The value with its unit, in the reader's language."""
    if setting.sort == "switch":
        return gettext("yes") if text == "on" else gettext("no")
    return f"{text}\N{NO-BREAK SPACE}{_unit(setting.unit)}" if setting.unit else text


def _unit(unit: str) -> str:
    """As the reader's language writes it."""
    return gettext("MiB") if unit == "MiB" else unit


def is_supported_now(version: str) -> bool:
    """Whether `version` has security updates today."""
    return is_supported(version, timezone.localdate())
