"""What visitors asked of a site, and the newest lines of its log."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.hosting import errors, queries
from essaim.manager.hosting.log_tails import ask_for_log
from essaim.manager.hosting.numbers import Figures, numbers_of
from essaim.manager.hosting.numbers_models import LogTail
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api import waiting
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation, rendered

router = Router(tags=["sites"])
Timeout = Annotated[float, Query(10.0, ge=0, le=waiting.LONGEST_S, description="Wait at most this many seconds.")]


class FiguresAnswer(Schema):
    """Requests of a stretch of time."""

    start: datetime = Field(description="Hours, days and weeks are those of UTC.")
    requests: int
    received_bytes: int
    sent_bytes: int
    statuses: dict[str, int] = Field(
        description="By the first figure of the status; 0: no answer, or nobody waited for it."
    )
    states: dict[str, int] = Field(
        description="Answered by the house in the site's place: suspended, limited, shield ..."
    )
    p50_seconds: float | None = Field(description="Half of the requests were answered within; right to a tenth.")
    p95_seconds: float | None = Field(description="19 of 20 requests were answered within.")


class NumbersAnswer(Schema):
    """What visitors asked of one site."""

    days: int
    total: FiguresAnswer
    part_hours: int = Field(description="Length of a part: 1, 24 or 168.")
    parts: list[FiguresAnswer] = Field(description="Without a gap, oldest first.")
    paths: dict[str, int] = Field(description="Asked for most, without what follows a question mark.")
    referrers: dict[str, int] = Field(description="Other sites that led here.")
    missing: dict[str, int] = Field(description="Paths that were answered 404.")
    tops_days: int = Field(description="Of how many days the last three are.")


class LogAnswer(Schema):
    """The newest lines of one site's log, oldest first, in the combined log format."""

    told_at: datetime | None = Field(description="When the machine said them; null: it did not answer in time.")
    access: list[str]
    refused: list[str] = Field(description="The newest with a status of 400 or above.")
    errors: list[str] = Field(description="What the web server said of this site.")


def _figures(figures: Figures) -> FiguresAnswer:
    return FiguresAnswer(
        start=figures.start,
        requests=figures.requests,
        received_bytes=figures.received_bytes,
        sent_bytes=figures.sent_bytes,
        statuses=dict(figures.statuses),
        states=dict(figures.states),
        p50_seconds=figures.p50,
        p95_seconds=figures.p95,
    )


@operation(
    router,
    "GET",
    "/{fqdn}/numbers",
    summary="Show a site's visits",
    answers=NumbersAnswer,
    scope="sites:read",
    refusals=(errors.SiteNotFound,),
)
def show_numbers(
    request: HttpRequest,
    fqdn: str,
    days: Annotated[Literal["1", "7", "30", "365"], Query("30", description="How many days of UTC, today included.")],
) -> NumbersAnswer:
    """Requests, bytes, statuses and times by hour (1 and 7 days), by day (30) or by week (365), and what was asked for most. What a
    machine counts is here about a minute later.
    """
    numbers = numbers_of(queries.get_site(fqdn, seen_by=asker(request)), days=int(days))
    return NumbersAnswer(
        days=numbers.days,
        total=_figures(numbers.total),
        part_hours=numbers.part_hours,
        parts=[_figures(part) for part in numbers.parts],
        paths=dict(numbers.paths),
        referrers=dict(numbers.referrers),
        missing=dict(numbers.missing),
        tops_days=numbers.tops_days,
    )


@operation(
    router,
    "GET",
    "/{fqdn}/log",
    summary="Show the newest lines of a site's log",
    answers=LogAnswer,
    scope="sites:read",
    refusals=(errors.SiteNotFound, RightMissing),
)
def show_log(request: HttpRequest, fqdn: str, timeout: Timeout) -> HttpResponse:
    """Asks the site's machine and waits for its answer. The lines hold whole addresses of visitors: they are for those who may change the
    site, and are not kept. `Waited: timeout` says that the machine did not answer in time.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    asked = ask_for_log(site, by=asker(request)).asked_at
    now = LogTail.objects.filter(site=site)
    outcome = waiting.until(now.first, lambda tail: tail is None or _is_answer(tail, asked), timeout_s=timeout)
    tail = outcome.seen if outcome.seen is not None and _is_answer(outcome.seen, asked) else None
    response = rendered(
        LogAnswer(
            told_at=tail.told_at if tail else None,
            access=tail.access if tail else [],
            refused=tail.refused if tail else [],
            errors=tail.errors if tail else [],
        )
    )
    response["Waited"] = outcome.how
    return response


def _is_answer(tail: LogTail, asked: datetime) -> bool:
    return tail.told_at is not None and tail.told_at >= asked
