"""Reads for the pages, the API and the command line about a site's PHP: its errors, what it says of itself, a trial."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim import contract
from essaim.contract.php_reports import PhpPage, PhpSetting
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_models import PhpError, PhpInfo, PhpTrial

PAGE = 50
SLOWER, SLOWER_BY_S = 2.0, 0.2
"""A page that takes so many times as long, and so many seconds more, is slower."""
OTHER_SIZE = 0.2
"""A page that differs by more than this part of its size looks different."""
WHY_NOT = {
    "php.no_answer": _("The site's PHP did not answer in time."),
    "php.odd_answer": _("The site's PHP answered something else than was asked: a script of the site may get in between (auto_prepend_file)."),
    "php.no_site": _("The machine does not serve this site yet."),
    "php.no_preview": _("The version to try does not answer: PHP may not start in it."),
}  # fmt: skip


class Errors(NamedTuple):
    """Some of a site's errors, the newest first, and where the next page starts (empty: the end)."""

    errors: list[PhpError]
    next_cursor: str


def errors_of(site: Site, *, severity: str = "", text: str = "", after: str = "", limit: int = PAGE) -> Errors:
    """Errors of `site`, filtered: one query."""
    rows = PhpError.objects.filter(site=site)
    if severity in PhpError.Severity.values:
        rows = rows.filter(severity=severity)
    if text := text.strip():
        rows = rows.filter(Q(message__icontains=text) | Q(file__icontains=text))
    rows = rows.filter(_behind(after))
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return Errors(found[:limit], f"{last.last_seen.isoformat()}_{last.pk}" if last else "")


def _behind(cursor: str) -> Q:
    """What comes after the row of the cursor; a cursor that is none is the beginning."""
    moment, _, number = cursor.rpartition("_")
    try:
        at, pk = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return Q()
    return Q(last_seen__lt=at) | Q(last_seen=at, pk__lt=pk) if at.tzinfo else Q()


def newest_errors(site: Site, *, limit: int = 3) -> list[PhpError]:
    """For the site's card: one query."""
    return list(PhpError.objects.filter(site=site)[:limit])


class Info(NamedTuple):
    """What a site's PHP said of itself, as a page shows it."""

    told: contract.PhpInfo
    settings: list[PhpSetting]
    """Those that were looked for."""
    differing: int


def info_of(row: PhpInfo, *, text: str = "", only_differing: bool = False) -> Info | None:
    """The answer of `row`; None: there is none."""
    if row.answered_at is None or row.code:
        return None
    told = contract.decode(msgspec.json.encode({**row.answer, "type": "php_info"}), contract.PhpInfo)
    wanted = text.strip().lower()
    differing = [setting for setting in told.settings if differs(setting)]
    shown = [one for one in (differing if only_differing else told.settings) if wanted in one.name.lower()]
    return Info(told, shown, len(differing))


def differs(setting: PhpSetting) -> bool:
    """The site has it otherwise than usual."""
    return setting.value != setting.usual


@dataclass(frozen=True)
class Compared:
    """A page in both versions, and what that means."""

    page: PhpPage
    verdict: str
    """`same`, `look` (a person should look), `worse`."""
    words: tuple[str, ...]


def comparison_of(trial: PhpTrial) -> list[Compared]:
    """The pages that were compared, the worst first."""
    pages = [msgspec.convert(page, PhpPage) for page in trial.answer.get("pages", ())]
    order = ("worse", "look", "same")
    return sorted((_compared(page) for page in pages), key=lambda one: order.index(one.verdict))


def _compared(page: PhpPage) -> Compared:
    worse, look = list(_worse(page)), list(_to_look_at(page))
    return Compared(page, "worse" if worse else "look" if look else "same", (*worse, *look))


def _worse(page: PhpPage) -> Iterator[str]:
    if page.status_new == 0 and page.status_old:
        yield gettext("does not answer any more")
    elif page.status_new >= 500 > page.status_old:  # noqa: PLR2004  what HTTP calls the server's fault
        yield gettext("fails")
    elif page.status_new != page.status_old:
        yield gettext("answers with another status")


def _to_look_at(page: PhpPage) -> Iterator[str]:
    if page.messages:
        yield gettext("new messages in the log")
    elif page.errors_new > page.errors_old:
        yield gettext("more messages in the log")
    if page.status_new == page.status_old and abs(page.bytes_new - page.bytes_old) > OTHER_SIZE * max(
        page.bytes_old, 1
    ):
        yield gettext("another size")
    if page.seconds_new > max(SLOWER * page.seconds_old, page.seconds_old + SLOWER_BY_S):
        yield gettext("slower")


def why_not(code: str) -> str:
    """Why a machine has no answer, in the reader's language."""
    return str(WHY_NOT.get(code, "")) or gettext("The machine could not say.")


def preview_link(site: Site, trial: PhpTrial) -> str:
    """Where whoever tries the version goes: it gives their browser the token, and leads to the front page."""
    return f"{_origin(site)}/.well-known/essaim/preview/{trial.asked}"


def preview_end(site: Site) -> str:
    """Where the browser gives the token back."""
    return f"{_origin(site)}/.well-known/essaim/preview/end"


def _origin(site: Site) -> str:
    return f"{'https' if site.https == Site.Https.LIVE else 'http'}://{site.fqdn}"
