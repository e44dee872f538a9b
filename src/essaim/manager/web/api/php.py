"""A site's PHP beyond its version and settings: errors, what it says of itself, a version that is tried. The change stands in `sites`."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.hosting import actions, errors, php_errors, php_pages, queries
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_models import PhpError, PhpInfo, PhpTrial
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation, rendered
from essaim.manager.web.api.pages import After, Limit, Page, listed
from essaim.manager.web.api.site_answers import SiteAnswer, site_answer
from essaim.manager.web.api.sites import CHANGE, READ, WRITE

router = Router(tags=["sites"])


class PhpErrorAnswer(Schema):
    """Errors of one severity, message, file and line, counted."""

    severity: str = Field(description="fatal, parse, warning, notice, deprecated or message")
    message: str = Field(description="Of the newest one.")
    file: str = Field(description="Relative to the site's directory; `~/` is the home; empty: not known.")
    line: int
    php: str = Field(description="The version that logged it.")
    count: int
    is_more: bool = Field(description="More was logged than is read: there were so many at least.")
    first_seen: datetime
    last_seen: datetime
    trace: list[str] = Field(description="How the newest one came there, without arguments.")


def _error(row: PhpError) -> PhpErrorAnswer:
    return PhpErrorAnswer(
        severity=row.severity, message=row.message, file=row.file, line=row.line, php=row.version, count=row.count, is_more=row.is_more,
        first_seen=row.first_seen, last_seen=row.last_seen, trace=row.trace,
    )  # fmt: skip


@operation(
    router,
    "GET",
    "/{fqdn}/php/errors",
    summary="List a site's PHP errors",
    answers=Page[PhpErrorAnswer],
    scope=READ,
    refusals=(errors.SiteNotFound,),
)
def list_php_errors(
    request: HttpRequest,
    fqdn: str,
    severity: Annotated[Word, Query("", description="One severity alone.")],
    text: Annotated[Word, Query("", description="Part of the message or the file.")],
    after: After,
    limit: Limit,
) -> object:
    """What PHP logged while it ran the site's scripts, the newest first. At most 200 are kept, each for 30 days after it was last seen."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    found = php_pages.errors_of(site, severity=severity, text=text, after=after, limit=limit)
    return listed(request, Page[PhpErrorAnswer](items=[_error(row) for row in found.errors], next=found.next_cursor))


class Forgotten(Schema):
    """How much was forgotten."""

    errors: int


@operation(
    router, "POST", "/{fqdn}/php/errors/forget", summary="Forget a site's PHP errors", answers=Forgotten, scope=WRITE,
    refusals=CHANGE,
)  # fmt: skip
def forget_php_errors(request: HttpRequest, fqdn: str) -> Forgotten:
    """Clears the list, to see which come again. The log in the account's home is left alone."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    return Forgotten(errors=actions.forget_php_errors(site, by=asker(request)))


class PhpSettingAnswer(Schema):
    """A setting as it holds for the site."""

    name: str
    value: str
    usual: str = Field(description="What holds where a site chose nothing.")
    by_script: bool = Field(description="A script may change it while it runs.")


class PhpInfoAnswer(Schema):
    """What a site's PHP says of itself."""

    state: str = Field(description="none (never asked), asked, answered, refused or silent")
    sentence: str = Field(description="Why there is no answer; else empty.")
    asked_at: datetime | None
    answered_at: datetime | None
    version: str
    sapi: str
    system: str
    ini_files: list[str]
    extensions: dict[str, str] = Field(description="Versions by name.")
    settings: list[PhpSettingAnswer]


def _info(row: PhpInfo | None) -> PhpInfoAnswer:
    info = php_pages.info_of(row) if row is not None else None
    told = info.told if info else None
    return PhpInfoAnswer(
        state=_state(row),
        sentence=php_pages.why_not(row.code) if row is not None and row.code else "",
        asked_at=row.asked_at if row else None,
        answered_at=row.answered_at if row else None,
        version=told.version if told else "",
        sapi=told.sapi if told else "",
        system=told.system if told else "",
        ini_files=list(told.ini_files) if told else [],
        extensions=told.extensions if told else {},
        settings=[
            PhpSettingAnswer(name=one.name, value=one.value, usual=one.usual, by_script=one.by_script)
            for one in (told.settings if told else ())
        ],
    )


def _state(row: PhpInfo | PhpTrial | None) -> str:
    if row is None:
        return "none"
    if row.answered_at is not None:
        return "refused" if row.code else "answered"
    return "silent" if row.is_given_up else "asked"


@operation(
    router, "GET", "/{fqdn}/php/info", summary="Show what a site's PHP is", answers=PhpInfoAnswer, scope=READ,
    refusals=(errors.SiteNotFound,),
)  # fmt: skip
def show_php_info(request: HttpRequest, fqdn: str) -> PhpInfoAnswer:
    """What the site's PHP last said of itself, as phpinfo() does: version, extensions, settings, files. Ask it by POST; an answer is
    kept for a day.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    return _info(PhpInfo.objects.filter(site=site).first())


@operation(
    router, "POST", "/{fqdn}/php/info", summary="Ask a site's PHP what it is", answers=PhpInfoAnswer, scope=WRITE, status=202,
    refusals=(*CHANGE, errors.SiteNotActive),
)  # fmt: skip
def ask_php_info(request: HttpRequest, fqdn: str) -> PhpInfoAnswer:
    """Has the site's own PHP asked; the answer is there within seconds, by GET. Nothing of it is ever on the site."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    return _info(actions.ask_php(site, by=asker(request)))


class ComparedPage(Schema):
    """One page in both versions."""

    path: str
    verdict: str = Field(description="same, look (a person should look at it) or worse")
    words: list[str] = Field(description="What differs.")
    status_old: int = Field(description="0: no answer.")
    status_new: int
    bytes_old: int
    bytes_new: int
    seconds_old: float
    seconds_new: float
    errors_old: int = Field(description="Logged while it was asked for; may be other visitors'.")
    errors_new: int
    messages: list[str] = Field(description="What only the new version logged.")


class TrialAnswer(Schema):
    """A version of PHP that is tried."""

    php: str = Field(description="The version that visitors get.")
    tried: str = Field(description="The version that is tried.")
    until: datetime
    link: str = Field(description="Opens the site in the version that is tried. A secret: whoever has it can.")
    state: str = Field(description="How far the comparison is: asked, answered, refused or silent.")
    sentence: str = Field(description="Why there is no comparison; else empty.")
    pages: list[ComparedPage] = Field(description="The worst first.")


def _trial(site: Site, trial: PhpTrial) -> TrialAnswer:
    return TrialAnswer(
        php=site.php,
        tried=trial.version,
        until=trial.until,
        link=php_pages.preview_link(site, trial),
        state=_state(trial),
        sentence=php_pages.why_not(trial.code) if trial.code else "",
        pages=[
            ComparedPage(
                verdict=one.verdict, words=list(one.words), path=one.page.path, messages=list(one.page.messages),
                status_old=one.page.status_old, status_new=one.page.status_new,
                bytes_old=one.page.bytes_old, bytes_new=one.page.bytes_new,
                seconds_old=one.page.seconds_old, seconds_new=one.page.seconds_new,
                errors_old=one.page.errors_old, errors_new=one.page.errors_new,
            )
            for one in php_pages.comparison_of(trial)
        ],
    )  # fmt: skip


class TrialOrder(Body):
    """The version to try."""

    php: Word = Field(description="A version of `php_offered` that the site does not have.")


TRIAL = (*CHANGE, errors.SiteNotActive, php_errors.PhpUnknown)


@operation(
    router, "GET", "/{fqdn}/php/trial", summary="Show the PHP version that is tried", answers=TrialAnswer, scope=WRITE,
    refusals=(*CHANGE, php_errors.PhpNotTried),
)  # fmt: skip
def show_php_trial(request: HttpRequest, fqdn: str) -> TrialAnswer:
    """The link of the trial, and how the site's own pages do in both versions. Needs the scope to write, for the link is a key."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.require_change_of(site, by=asker(request))
    return _trial(site, actions.trial_of(site))


@operation(
    router, "POST", "/{fqdn}/php/trial", summary="Try another PHP version", answers=TrialAnswer, scope=WRITE, status=202,
    refusals=(*TRIAL, php_errors.PhpTriedAlready, php_errors.PhpTrialOfProgram),
)  # fmt: skip
def try_php(request: HttpRequest, fqdn: str, order: TrialOrder) -> object:
    """The version answers whoever opened the link; all others get the site's own. The site's pages are compared in both. The trial
    ends after 24 hours; trying again compares again, with a new link.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    trial = actions.try_php(site, version=order.php, by=asker(request))
    return rendered(_trial(site, trial), status=202)


@operation(
    router, "POST", "/{fqdn}/php/trial/switch", summary="Switch to the version that is tried", answers=SiteAnswer, scope=WRITE,
    refusals=(*TRIAL, php_errors.PhpNotTried),
)  # fmt: skip
def switch_php(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Serves everybody with the version that is tried. The version before is kept, to be put back."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.switch_php(site, by=asker(request))
    return site_answer(queries.get_site(site.fqdn, seen_by=asker(request)))


@operation(
    router, "POST", "/{fqdn}/php/trial/leave", summary="Leave the trial", answers=SiteAnswer, scope=WRITE, refusals=CHANGE
)  # fmt: skip
def leave_php(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Ends the trial: its link leads nowhere any more. Where nothing is tried, nothing happens."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.leave_php(site, by=asker(request))
    return site_answer(queries.get_site(site.fqdn, seen_by=asker(request)))
