"""What machines tell of their sites' PHP is taken in; what they are to be asked is found. Inside the worker's transactions.

A machine tells of the sites it has and of no others. Nothing that it tells is believed beyond being shown.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import msgspec
from django.db.models import F, Q
from django.utils import timezone

from essaim import contract
from essaim.contract.php_reports import FILE_MAX, GROUPS_MAX, MESSAGE_MAX, TRACE_MAX, without_amounts
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.reactions import Ask
from essaim.manager.hosting import wishes
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_models import PhpError, PhpInfo, PhpTrial, Question, moment

ERRORS_MAX = 200
"""Groups kept of one site: the newest."""
KEPT = timedelta(days=30)
MOST = 2**31 - 1
"""What a column of whole numbers holds."""
INFO_KEPT = timedelta(days=1)
ASKED_AGAIN = {PhpInfo: timedelta(seconds=8), PhpTrial: timedelta(seconds=40)}
"""How long an answer is waited for."""


def take_errors(machine: Machine, message: contract.PhpErrors) -> None:
    """Count the errors of a site. What was told twice counts once: the caller passes nothing on a second time."""
    site = _site(machine, message.fqdn)
    if site is None:
        return
    told = {_digest(message.version, group): group for group in message.groups[:GROUPS_MAX]}
    known = {row.digest: row for row in PhpError.objects.filter(site=site, digest__in=told)}
    for digest, row in known.items():
        group = told[digest]
        row.count, row.message, row.trace = (
            _sum(row.count, group.count),
            _plain(group.message, MESSAGE_MAX),
            _frames(group),
        )
        row.is_more = row.is_more or message.skipped_bytes > 0
        row.last_seen = max(row.last_seen, moment(group.last))
    PhpError.objects.bulk_update(known.values(), ["count", "is_more", "message", "trace", "last_seen"])
    PhpError.objects.bulk_create(
        PhpError(
            site=site, digest=digest, version=message.version[:4], severity=group.severity, message=_plain(group.message, MESSAGE_MAX),
            file=_plain(group.file, FILE_MAX), line=max(0, min(group.line, MOST)), trace=_frames(group), count=_sum(0, group.count),
            first_seen=moment(group.first), last_seen=moment(group.last), is_more=message.skipped_bytes > 0,
        )
        for digest, group in told.items() if digest not in known
    )  # fmt: skip
    beyond = list(PhpError.objects.filter(site=site).values_list("pk", flat=True)[ERRORS_MAX : ERRORS_MAX + 500])
    if beyond:
        PhpError.objects.filter(pk__in=beyond).delete()


def _digest(version: str, group: contract.PhpErrorGroup) -> str:
    same = version, group.severity, without_amounts(group.message), group.file, str(group.line)
    return hashlib.sha256("\0".join(same).encode(errors="replace")).hexdigest()


def _plain(text: str, most: int) -> str:
    """What a database takes: PostgreSQL refuses NUL, and more than a column holds."""
    return text.replace("\0", "")[:most]


def _frames(group: contract.PhpErrorGroup) -> list[str]:
    return [_plain(frame, FILE_MAX + MESSAGE_MAX) for frame in group.trace[:TRACE_MAX]]


def _sum(before: int, more: int) -> int:
    return min(MOST, before + max(1, more))


def take_info(machine: Machine, message: contract.PhpInfo) -> None:
    """The site's PHP said what it is."""
    site = _site(machine, message.fqdn)
    row = PhpInfo.objects.filter(site=site, asked=message.asked, answered_at=None).first() if site else None
    if row is not None:
        row.take(message.code, _builtins(message))
        row.save()


def take_comparison(machine: Machine, message: contract.PhpComparison) -> None:
    """The site's pages were compared in both versions."""
    site = _site(machine, message.fqdn)
    row = PhpTrial.objects.filter(site=site, asked=message.token, answered_at=None).first() if site else None
    if row is not None:
        row.take(message.code, _builtins(message))
        row.save()


def _builtins(message: msgspec.Struct) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(_plain_json(contract.encode(message)))
    return found


def _plain_json(data: bytes) -> bytes:
    return data.replace(b"\\u0000", b"")


def _site(machine: Machine, fqdn: str) -> Site | None:
    return Site.objects.filter(fqdn=fqdn, account__machine=machine).first()


def asks() -> list[Ask]:
    """What machines are to be asked now; each is noted as asked. Called every second: two small queries where nothing is."""
    return [*_asks_of(PhpInfo, "php-info"), *_asks_of(PhpTrial, "php-compare")]


def _asks_of(sort: type[PhpInfo | PhpTrial], word: str) -> Iterator[Ask]:
    now = timezone.now()
    due = Q(sent_at=None) | Q(sent_at__lt=now - ASKED_AGAIN[sort])
    waiting = sort.objects.filter(due, answered_at=None, asks__lt=Question.ASKS_MAX)
    for row in waiting.select_related("site__account__machine")[:50]:
        wanted = wishes.wish_of(row.site, "site")
        if wanted is None or not wanted.is_current:
            continue  # the machine is still at it
        sort.objects.filter(pk=row.pk).update(sent_at=now, asks=F("asks") + 1)
        yield Ask(row.site.account.machine.name, word, (row.asked, row.site.fqdn))


def forget_old() -> None:
    """Drop errors that were not seen for a month, and what PHP said of itself yesterday."""
    now = timezone.now()
    PhpError.objects.filter(last_seen__lt=now - KEPT).delete()
    PhpInfo.objects.filter(asked_at__lt=now - INFO_KEPT).delete()
