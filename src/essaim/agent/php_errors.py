"""PHP's error log, read: entries of one or several lines become groups, with nothing in them that should not travel.

The text is the client's, who may write anything into it: each step is bounded, and nothing here searches back and forth.
"""

import re
from calendar import timegm
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from essaim.contract import Fqdn, PhpErrorGroup
from essaim.contract.php_reports import (
    FILE_MAX,
    GROUPS_MAX,
    MESSAGE_MAX,
    SEVERITIES,
    TRACE_MAX,
    Severity,
    without_amounts,
)

_HEAD = re.compile(r"\[(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([A-Za-z0-9_+:/-]{1,64})\] (.*)", re.ASCII)
_FRAME = re.compile(
    r"#\d{1,4} (?:(/[^\n]{0,400}?)\((\d{1,9})\)|\[internal function\]): ([\w\\:>{}$-]{1,200})", re.ASCII
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_SORTS: dict[str, Severity] = {
    "Fatal error": "fatal",
    "Recoverable fatal error": "fatal",
    "Parse error": "parse",
    "Warning": "warning",
    "Notice": "notice",
    "Strict Standards": "notice",
    "Deprecated": "deprecated",
}
_TRACE = "\nStack trace:"
ENTRY_MAX = 8_000
"""Of one entry, so many characters are looked at."""
LATE_S = 7 * 86_400.0


class Found(NamedTuple):
    """One entry of the log."""

    severity: Severity
    message: str
    file: str
    line: int
    trace: tuple[str, ...]
    at: float

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two of them the same: amounts in the message do not count."""
        return self.severity, without_amounts(self.message), self.file, self.line


def grouped(text: str, fqdn: Fqdn, *, now: float) -> tuple[tuple[PhpErrorGroup, ...], bool]:
    """The errors of `text` by group, the gravest first, and whether some were left out."""
    groups: dict[tuple[object, ...], list[Found]] = {}
    for found in entries(text, fqdn, now=now):
        groups.setdefault(found.key, []).append(found)
    made = [
        PhpErrorGroup(
            severity=all_[-1].severity,
            message=all_[-1].message,
            file=all_[-1].file,
            line=all_[-1].line,
            count=len(all_),
            first=min(one.at for one in all_),
            last=max(one.at for one in all_),
            trace=all_[-1].trace,
        )
        for all_ in groups.values()
    ]
    made.sort(key=lambda group: (SEVERITIES.index(group.severity), -group.count))
    return tuple(made[:GROUPS_MAX]), len(made) > GROUPS_MAX


def entries(text: str, fqdn: Fqdn, *, now: float) -> Iterator[Found]:
    """Each entry, oldest first. Lines before the first whole one are passed over."""
    head: re.Match[str] | None = None
    body: list[str] = []
    for line in text.splitlines():
        next_head = _HEAD.match(line)
        if next_head is None:
            body.append(line)
            continue
        if head is not None:
            yield _read(head, body, fqdn, now)
        head, body = next_head, [next_head[8]]
    if head is not None:
        yield _read(head, body, fqdn, now)


def _read(head: re.Match[str], body: list[str], fqdn: Fqdn, now: float) -> Found:
    text = "\n".join(body)
    text = text if len(text) <= ENTRY_MAX else f"{text[: ENTRY_MAX // 2]}\n{text[-ENTRY_MAX // 2 :]}"
    at = min(now, max(now - LATE_S, _moment(head, now)))
    word, colon, rest = text.removeprefix("PHP ").partition(":  ")
    if not text.startswith("PHP ") or not colon or word not in _SORTS:
        return Found("message", _bounded(text, fqdn), "", 0, (), at)
    said, file, line = _place(rest)
    said, _, trace = said.partition(_TRACE)
    if trace:
        before, is_there, _place_of_throw = said.rpartition(" in /")
        said = before if is_there else said
    frames = [_frame(frame, fqdn) for frame in _FRAME.finditer(trace)][:TRACE_MAX]
    return Found(_SORTS[word], _bounded(said, fqdn), _short(file, fqdn)[:FILE_MAX], line, tuple(frames), at)


def _place(text: str) -> tuple[str, str, int]:
    """The text without its last ` in FILE on line N`, the file and the line."""
    before, is_there, line = text.rstrip().rpartition(" on line ")
    said, has_file, file = before.rpartition(" in ")
    if not (is_there and has_file and line.isascii() and line.isdigit() and len(line) < 10):  # noqa: PLR2004  digits of a line
        return text, "", 0
    return said, file, int(line)


def _frame(frame: re.Match[str], fqdn: Fqdn) -> str:
    """Without arguments: what a visitor typed is nobody's business but the script's."""
    file, line, call = frame.groups()
    where = f"{_short(file, fqdn)}:{line} " if file else ""
    return f"{where}{call}()"[: FILE_MAX + 200]


def _short(file: str, fqdn: Fqdn) -> str:
    if file.startswith(f"/srv/home/sites/{fqdn}/"):
        return file.removeprefix(f"/srv/home/sites/{fqdn}/")
    return f"~/{file.removeprefix('/srv/home/')}" if file.startswith("/srv/home/") else file


def _bounded(text: str, fqdn: Fqdn) -> str:
    short = text.replace(f"/srv/home/sites/{fqdn}/", "").replace("/srv/home/", "~/")
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in short).split())
    return plain if len(plain) <= MESSAGE_MAX else f"{plain[: MESSAGE_MAX - 1]}…"


def _moment(head: re.Match[str], now: float) -> float:
    day, month, year, hour, minute, second, zone = head.groups()[:7]
    index = _MONTHS.find(month)
    if index < 0 or index % 3:
        return now
    local = timegm((int(year), index // 3 + 1, int(day), int(hour), int(minute), int(second)))
    return local - _offset(zone, local // 3600)


@lru_cache(64)
def _offset(zone: str, hour: int) -> float:
    """Seconds that `zone` is ahead of UTC in that hour; one that is not known counts as UTC."""
    if zone == "UTC":
        return 0.0
    from datetime import UTC, datetime  # only for sites that chose a time zone
    from zoneinfo import ZoneInfo

    try:
        found = datetime.fromtimestamp(hour * 3600, UTC).replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError, OverflowError):
        return 0.0
    return found.total_seconds() if found else 0.0
