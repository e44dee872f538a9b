"""Sites: order, show, change, suspend, resume, close, restore, erase, prove. Content stands in `content`."""

from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet.models import StoryLine
from essaim.manager.hosting import access, actions, engine_errors, errors, php_errors, queries, rule_errors
from essaim.manager.hosting.certificate_errors import TlsProfileUnknown
from essaim.manager.hosting.erased import erased_site
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.offer_errors import SitesTooMany
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api import site_rules, waiting
from essaim.manager.web.api.answers import OptionalReason, Reason, Story, Word, story_of
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation, rendered
from essaim.manager.web.api.pages import After, Limit, Page, listed
from essaim.manager.web.api.site_answers import (
    SiteAnswer,
    SiteChange,
    SiteDetail,
    SiteOrder,
    Steps,
    site_answer,
    site_detail,
    steps_answer,
)

router = Router(tags=["sites"])
READ, WRITE = "sites:read", "sites:write"
NAME_AS_TYPED = (
    errors.NameMalformed,
    errors.NameIsUrl,
    errors.NameIsEmail,
    errors.NameHasUnderscore,
    errors.NameIsWildcard,
    errors.NameWithoutDomain,
    errors.NameTooLong,
    errors.NameIsAddress,
    errors.NameIsPublicSuffix,
    errors.NameReserved,
    errors.NameLooksLike,
)
NAME = (
    *NAME_AS_TYPED,
    errors.NameResembles,
    errors.NameUnderOthers,
    errors.NameBeingErased,
    errors.SiteTaken,
)
SETTINGS = (
    errors.AliasesTooMany,
    errors.DocrootMalformed,
    php_errors.PhpUnknown,
    engine_errors.EngineUnknown,
    engine_errors.EngineMissing,
)
PHP_SETTINGS = (
    php_errors.PhpSettingUnknown,
    php_errors.PhpSettingNotANumber,
    php_errors.PhpSettingTooLow,
    php_errors.PhpSettingTooHigh,
    php_errors.PhpSettingAboveOffer,
    php_errors.PhpSettingNotASwitch,
    php_errors.PhpSettingNotATimezone,
)
CHANGE = (errors.SiteNotFound, RightMissing)
Timeout = Annotated[float, Query(20.0, ge=0, le=waiting.LONGEST_S, description="Wait at most this many seconds.")]


@operation(
    router,
    "GET",
    "",
    summary="List sites",
    answers=Page[SiteAnswer],
    scope=READ,
    refusals=(errors.StateUnknown,),
)
def list_sites(
    request: HttpRequest,
    text: Annotated[Word, Query("", description="Part of the name, as people read it or as DNS has it.")],
    state: Annotated[Word, Query("", description="A state or a health: active, suspended, closed, live, failed ...")],
    client: Annotated[Word, Query("", description="A client's identifier.")],
    php: Annotated[Word, Query("", description="A PHP version; of sites that are not closed.")],
    after: After,
    limit: Limit,
) -> HttpResponse:
    """The sites that you may see, by name: every site for the team, those of your clients for anyone else."""
    page = queries.find_sites(asker(request), text=text, state=state, client=client, php=php, after=after, limit=limit)
    prefetch_related_objects(page.sites, "aliases")
    return listed(request, Page(items=[site_answer(site) for site in page.sites], next=page.next_cursor))


@operation(
    router,
    "POST",
    "",
    summary="Order a site",
    answers=SiteAnswer,
    scope=WRITE,
    status=201,
    refusals=(
        errors.AccountNotFound,
        errors.AccountNotActive,
        SitesTooMany,
        RightMissing,
        *NAME,
        *SETTINGS,
        rule_errors.RuleTarget,
        rule_errors.ElsewhereIsItself,
    ),
)
def create_site(request: HttpRequest, order: SiteOrder) -> SiteAnswer:
    """Decides the site and answers at once: `health` is `waiting`. A machine makes it, a probe from outside proves it;
    `GET /sites/{fqdn}?wait=live` answers when it is live.
    """
    account = queries.get_account(order.account, seen_by=asker(request))
    site = actions.create_site(
        account=account,
        name=order.name,
        by=asker(request),
        aliases=order.aliases,
        docroot=order.docroot,
        php=order.php,
        engine=order.engine,
        https_only=order.https_only,
        elsewhere=order.elsewhere,
    )
    return _shown(request, site.fqdn)


@operation(
    router, "GET", "/{fqdn}", summary="Show a site", answers=SiteDetail, scope=READ, refusals=(errors.SiteNotFound,)
)
def show_site(
    request: HttpRequest,
    fqdn: str,
    timeout: Timeout,
    wait: Annotated[
        Literal["", "live", "https"],
        Query("", description="`live`: answer when the site is proved, or off. `https`: when HTTPS is proved, too."),
    ],
) -> HttpResponse:
    """One site as it is now. With `wait` the answer comes when that is so, or after `timeout` seconds: read `health`
    and `https`. The header `Waited: met`, `timeout` or `busy` says which; with `busy` too many were waiting: ask again.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    if not wait:
        return rendered(_detail(request, site))
    now = Site.objects.filter(pk=site.pk).values_list("health", "https")
    outcome = waiting.until(now.first, lambda seen: _has_come(wait, seen), timeout_s=timeout)
    response = rendered(_detail(request, queries.get_site(site.fqdn, seen_by=asker(request))))
    response["Waited"] = outcome.how
    return response


def _detail(request: HttpRequest, site: Site) -> SiteDetail:
    return site_detail(site, may_change=access.may(asker(request), "sites.change", site.account))


def _has_come(wait: str, seen: tuple[str, str] | None) -> bool:
    """What is waited for is so, or will not come: the site is off or gone."""
    if seen is None or seen[0] == Site.Health.OFF:
        return True
    return seen[0] == Site.Health.LIVE and (wait == "live" or seen[1] in (Site.Https.LIVE, Site.Https.NONE))


def _shown(request: HttpRequest, fqdn: str) -> SiteAnswer:
    return site_answer(queries.get_site(fqdn, seen_by=asker(request)))


@operation(
    router,
    "GET",
    "/{fqdn}/steps",
    summary="Show how far a site has come",
    answers=Steps,
    scope=READ,
    refusals=(errors.SiteNotFound,),
)
def show_steps(
    request: HttpRequest,
    fqdn: str,
    timeout: Timeout,
    since: Annotated[Word, Query("", description="The `mark` of the answer before: wait until something has changed.")],
) -> HttpResponse:
    """The steps from order to proof, each with its state and seconds. With `since` the answer comes when something has
    happened after it, or after `timeout` seconds.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    if since:
        outcome = waiting.until(lambda: _mark(site), lambda mark: mark != since, timeout_s=timeout)
        mark, how = outcome.seen, outcome.how
        site = queries.get_site(site.fqdn, seen_by=asker(request))
    else:
        mark, how = _mark(site), "met"
    response = rendered(steps_answer(site, queries.steps_of_site(site), mark))
    response["Waited"] = how
    return response


def _mark(site: Site) -> str:
    """Changes when the site's story, health or HTTPS does."""
    lines = StoryLine.objects.filter(about_kind="site", about_key=site.fqdn).order_by("-id")
    newest = lines.values_list("id", flat=True).first() or 0
    state = Site.objects.filter(pk=site.pk).values_list("state", "health", "https").first() or ("gone",)
    return ".".join([str(newest), *state])


@operation(
    router,
    "GET",
    "/{fqdn}/story",
    summary="Tell a site's story",
    answers=Story,
    scope=READ,
    refusals=(errors.SiteNotFound,),
)
def tell_site_story(request: HttpRequest, fqdn: str, limit: Limit) -> Story:
    """Who asked for what and when, when it was sent, applied and proved, and every failure in words; newest first. The
    team reads the story of an erased site too.
    """
    try:
        site = queries.get_site(fqdn, seen_by=asker(request))
    except errors.SiteNotFound:
        gone = erased_site(fqdn, seen_by=asker(request), limit=limit)
        if gone is None:
            raise
        return story_of(gone.story)
    return story_of(queries.story_of_site(site, limit=limit))


@operation(
    router,
    "PATCH",
    "/{fqdn}",
    summary="Change a site",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(
        *CHANGE,
        errors.SiteNotActive,
        *NAME,
        *SETTINGS,
        *PHP_SETTINGS,
        TlsProfileUnknown,
        *rule_errors.RULES,
    ),
)
def change_site(request: HttpRequest, fqdn: str, change: SiteChange) -> SiteAnswer:
    """Changes what is given and leaves the rest. The site is proved again."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    wanted: dict[str, Any] = change.model_dump(exclude_unset=True, exclude_none=True)
    rules = wanted.pop("rules", None)
    with transaction.atomic():
        actions.change_site(site, by=asker(request), **wanted)
        if rules is not None:
            site_rules.change(site, rules, by=asker(request))
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/look",
    summary="Look at a site's .htaccess files",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(*CHANGE, errors.SiteNotActive),
)
def look_at_site(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Asks the machine what the site's `.htaccess` files need; `engine_hint` of the site has the answer."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.look_at_files(site, by=asker(request))
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/suspend",
    summary="Suspend a site",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(*CHANGE, ReasonMissing, errors.SiteNotActive),
)
def suspend_site(request: HttpRequest, fqdn: str, why: Reason) -> SiteAnswer:
    """Stops serving the site and keeps its files. Suspending a suspended site changes nothing."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.suspend_site(site, by=asker(request), reason=why.reason)
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/resume",
    summary="Resume a site",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(*CHANGE, errors.SiteNotActive, errors.SuspendedByTeam),
)
def resume_site(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Serves a suspended site again. What the team suspended, the team resumes."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.resume_site(site, by=asker(request))
    return _shown(request, site.fqdn)


@operation(router, "POST", "/{fqdn}/close", summary="Close a site", answers=SiteAnswer, scope=WRITE, refusals=CHANGE)
def close_site(request: HttpRequest, fqdn: str, why: OptionalReason) -> SiteAnswer:
    """Stops serving the site. It can be restored until `erase_after`, 30 days later."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.close_site(site, by=asker(request), reason=why.reason)
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/restore",
    summary="Restore a closed site",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(*CHANGE, errors.AccountNotActive),
)
def restore_site(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Brings a closed site back as it was."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.restore_site(site, by=asker(request))
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/erase",
    summary="Erase a closed site for good",
    answers=SiteAnswer,
    scope="sites:erase",
    refusals=(*CHANGE, errors.SuspendedByTeam, errors.SiteNotClosed),
)
def erase_site(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Destroys a closed site's files and frees its name. Nothing brings it back. Answers the site as it was."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    last = site_answer(site)
    actions.erase_site(site, by=asker(request))
    return last


@operation(
    router,
    "POST",
    "/{fqdn}/prove",
    summary="Prove a site again",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(*CHANGE, errors.NoProber),
)
def prove_site(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Asks the prober to fetch the site by name now."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.prove_again(site, by=asker(request))
    return _shown(request, site.fqdn)
