"""The newest lines of a site's log: asked for, sent for by the worker, answered by the machine, forgotten soon.

The web process writes the question, the worker asks, the answer comes beside the beats, which the bus does not store. So an answer may be lost: who
reads asks again.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from essaim.contract import LogLines
from essaim.manager.fleet import reactions
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.wake import wake_on_commit
from essaim.manager.hosting import access
from essaim.manager.hosting.actions.locks import record_about
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers_models import LogTail
from essaim.manager.people.models import Person
from essaim.manager.people.rights import may

KEPT = timedelta(minutes=15)
AGAIN_AFTER = timedelta(seconds=2)
"""Who presses twice asks once."""
LINES_MOST = 200
LINE_MOST = 1000
ASKS_AT_ONCE = 50


@transaction.atomic
def ask_for_log(site: Site, *, by: Person) -> LogTail:
    """Have the site's machine say the newest lines of its log. They hold whole addresses of visitors: when one of the team reads them,
    the audit trail says so.

    Raises:
        NotAllowed: somebody who only looks.
    """
    access.require(by, "sites.change", site.account)
    now = timezone.now()
    tail, _is_new = LogTail.objects.select_for_update().get_or_create(site=site, defaults={"asked_at": now - KEPT})
    if now - tail.asked_at < AGAIN_AFTER:
        return tail
    tail.asked_at, tail.sent_at = now, None
    tail.save(update_fields=["asked_at", "sent_at"])
    if may(by, "sites.change"):  # as one of the team
        record_about(site, "hosting.log_read", by=by)
    wake_on_commit()
    return tail


@transaction.atomic
def take_log_asks() -> list[reactions.Ask]:
    """What to ask now; each is given out once."""
    unsent = (
        LogTail.objects.select_for_update(of=("self",)).filter(sent_at=None).select_related("site__account__machine")
    )
    rows = list(unsent.order_by("asked_at")[:ASKS_AT_ONCE])
    if rows:
        LogTail.objects.filter(pk__in=[row.pk for row in rows]).update(sent_at=timezone.now())
    return [reactions.Ask(row.site.account.machine.name, "log", (row.site.fqdn,)) for row in rows]


@transaction.atomic
def take_log_lines(machine: Machine, lines: LogLines) -> None:
    """What the site's own machine answered to somebody who still waits or reads."""
    tails = LogTail.objects.select_for_update(of=("self",)).filter(
        site__fqdn=lines.fqdn, site__account__machine=machine
    )
    tail = tails.first()
    if tail is None:
        return
    tail.told_at = timezone.now()
    tail.access, tail.refused, tail.errors = map(_bounded, (lines.access, lines.refused, lines.errors))
    tail.save(update_fields=["told_at", "access", "refused", "errors"])


def _bounded(lines: tuple[str, ...]) -> list[str]:
    return [line[:LINE_MOST].replace("\0", "") for line in lines[-LINES_MOST:]]


def tail_of(site: Site) -> LogTail | None:
    """The newest lines that somebody asked for lately: one query. None: nobody did."""
    return LogTail.objects.filter(site=site, asked_at__gte=timezone.now() - KEPT).first()


def forget_old_lines() -> None:
    """Lines that nobody reads any more."""
    LogTail.objects.filter(asked_at__lt=datetime.now(UTC) - KEPT).delete()
