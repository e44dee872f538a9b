"""PHP generations and what a client may set of them, as data: both floors read this, and neither names a version in its code.

A generation is that of a Debian release, which keeps it secure until the end of its long-term support. To add or to remove one
is to change `GENERATIONS`; a machine tells in its facts which of them it has.
"""

import re
from collections.abc import Container, Mapping
from datetime import date
from typing import Literal

import msgspec


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One PHP, as a release of Debian carries it."""

    version: str
    codename: str
    """Of the Debian release its tree is made from."""
    supported_until: date
    """The last day with security updates: the end of Debian's long-term support (wiki.debian.org/LTS)."""


GENERATIONS = (
    Generation(version="7.4", codename="bullseye", supported_until=date(2026, 8, 31)),
    Generation(version="8.2", codename="bookworm", supported_until=date(2028, 6, 30)),
    Generation(version="8.4", codename="trixie", supported_until=date(2030, 6, 30)),
)
"""From the oldest to the newest."""

VERSIONS = tuple(generation.version for generation in GENERATIONS)
DEFAULT = "8.2"


def generation(version: str) -> Generation | None:
    """The generation of this version; None: there is none."""
    return next((found for found in GENERATIONS if found.version == version), None)


def is_supported(version: str, on: date) -> bool:
    """Whether `version` has security updates on that day."""
    found = generation(version)
    return found is not None and on <= found.supported_until


class Preview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of PHP that answers one visitor, while the others get the site's own."""

    version: str
    token: str
    """26 of a-z2-7, secret: who has it as a cookie is answered by `version`."""
    until: float
    """When it ends by itself, in seconds since the epoch."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of PHP that a client may choose for a site. A switch is `on` or `off`; a number has bounds, both included."""

    name: str
    sort: Literal["number", "switch", "timezone"]
    default: str
    """What holds where a client chose nothing."""
    unit: Literal["", "MiB", "s"] = ""
    least: int = 0
    most: int = 0
    """As far as a site goes usually."""
    utmost: int = 0
    """As far as an operator's offer may let a site go: what the machine's web server and PHP carry. 0: no farther than `most`."""

    @property
    def ceiling_most(self) -> int:
        """The highest ceiling that an offer may have."""
        return self.utmost or self.most


SETTINGS = {
    setting.name: setting
    for setting in (
        Setting(name="memory_limit", sort="number", default="128", unit="MiB", least=32, most=512, utmost=2048),
        Setting(name="upload_max_filesize", sort="number", default="64", unit="MiB", least=2, most=256),
        Setting(name="max_execution_time", sort="number", default="60", unit="s", least=5, most=120),
        Setting(name="date.timezone", sort="timezone", default="UTC"),
        Setting(name="display_errors", sort="switch", default="off"),
        Setting(name="opcache.enable", sort="switch", default="on"),
    )
}
"""By name. `post_max_size` follows `upload_max_filesize`: `POST_BEYOND_UPLOAD_MIB` above it."""

POST_BEYOND_UPLOAD_MIB = 8
"""A form carries more than the file in it."""

CEILINGS = tuple(name for name, setting in SETTINGS.items() if setting.sort == "number")
"""Settings that have a ceiling, which an offer may move between the usual value and `ceiling_most`."""

Value = int | bool | str


class SettingRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a setting was refused. `facts` say what the sentence about it needs: `name`, `value`, and for a number `least`, `most`, `unit`."""

    name: str
    code: Literal[
        "php.setting_unknown",
        "php.setting_not_a_number",
        "php.setting_too_low",
        "php.setting_too_high",
        "php.setting_above_ceiling",
        "php.setting_not_a_switch",
        "php.setting_not_a_timezone",
    ]
    facts: dict[str, str | int]


_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_TIMEZONE = re.compile(r"[A-Z][A-Za-z_]{1,20}(?:/[A-Za-z0-9_+-]{1,30}){0,2}", re.ASCII)
_SWITCH = {"on": True, "off": False}


def read_settings(
    settings: Mapping[str, str],
    *,
    timezones: Container[str] | None = None,
    ceilings: Mapping[str, int] = {},
) -> tuple[dict[str, Value], tuple[SettingRefused, ...]]:
    """The values of `settings` in their types, and what was refused of them. A setting that is not named keeps its default.

    `timezones`: the names that are known where this runs; None: only their shape is looked at. `ceilings`: how far the account's
    offer lets numbers go, by name; of one that is not named, as far as usual.
    """
    values: dict[str, Value] = {}
    refused: list[SettingRefused] = []
    for name, text in settings.items():
        found = _read(name, text, timezones, ceilings)
        if isinstance(found, SettingRefused):
            refused.append(found)
        else:
            values[name] = found
    return values, tuple(refused)


def _read(
    name: str, text: str, timezones: Container[str] | None, ceilings: Mapping[str, int]
) -> Value | SettingRefused:
    setting = SETTINGS.get(name)
    facts: dict[str, str | int] = {"name": name[:40], "value": text[:40]}
    if setting is None:
        return SettingRefused(name=name, code="php.setting_unknown", facts=facts)
    if setting.sort == "number":
        return _number(setting, text, facts, min(ceilings.get(name, setting.most), setting.ceiling_most))
    if setting.sort == "switch":
        found = _SWITCH.get(text)
        return SettingRefused(name=name, code="php.setting_not_a_switch", facts=facts) if found is None else found
    if not _TIMEZONE.fullmatch(text) or (timezones is not None and text not in timezones):
        return SettingRefused(name=name, code="php.setting_not_a_timezone", facts=facts)
    return text


def _number(setting: Setting, text: str, facts: dict[str, str | int], ceiling: int) -> int | SettingRefused:
    bounds: dict[str, str | int] = {**facts, "least": setting.least, "most": ceiling, "unit": setting.unit}
    if not _NUMBER.fullmatch(text):
        return SettingRefused(name=setting.name, code="php.setting_not_a_number", facts=bounds)
    if int(text) < setting.least:
        return SettingRefused(name=setting.name, code="php.setting_too_low", facts=bounds)
    if int(text) > setting.ceiling_most:
        return SettingRefused(name=setting.name, code="php.setting_too_high", facts=bounds)
    if int(text) > ceiling:
        return SettingRefused(name=setting.name, code="php.setting_above_ceiling", facts=bounds)
    return int(text)
