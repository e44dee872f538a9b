"""A site's rules put back, and its maintenance. Rules are changed by `PATCH /sites/{fqdn}`, which calls `change`."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from ninja import Router

from essaim.contract.rules import Rules
from essaim.manager.hosting import actions, errors, queries, rule_errors
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.names import parse_name
from essaim.manager.hosting.rules import parse_rules
from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.rules_answers import MaintenanceBody
from essaim.manager.web.api.site_answers import SiteAnswer, site_answer

router = Router(tags=["sites"])
WRITE = "sites:write"
CHANGE = (errors.SiteNotFound, RightMissing, errors.SiteNotActive)


def change(site: Site, given: Mapping[str, Any], *, by: Person) -> None:
    """Have the rules that a request gives as a whole.

    Raises:
        RuleRefused, SiteNotActive, RightMissing; what `parse_name` refuses, of the canonical name.
    """
    canonical = given.get("canonical")
    known = {**given, "canonical": parse_name(canonical).fqdn if canonical else None}

    def as_given(_before: Rules) -> Rules:
        return parse_rules(known, site)

    actions.change_rules(site, by=by, change=as_given)


def _shown(request: HttpRequest, fqdn: str) -> SiteAnswer:
    return site_answer(queries.get_site(fqdn, seen_by=asker(request)))


@operation(
    router,
    "POST",
    "/{fqdn}/rules/back",
    summary="Put a site's former rules back",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(*CHANGE, rule_errors.NothingToPutBack, *rule_errors.RULES),
)
def put_rules_back(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Gives the site the rules that it had before the last change; asked again, those of now."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.put_rules_back(site, by=asker(request))
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/maintenance",
    summary="Begin a site's maintenance",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=(
        *CHANGE,
        rule_errors.RuleSentence,
        rule_errors.RuleUntil,
        rule_errors.RuleNetwork,
        rule_errors.RulesTooMany,
    ),
)
def begin_maintenance(request: HttpRequest, fqdn: str, told: MaintenanceBody) -> SiteAnswer:
    """Visitors are told so (503), but for those of `networks` and those who open the secret link. Asked again, it changes what
    they are told.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.begin_maintenance(
        site,
        by=asker(request),
        sentence=told.sentence,
        until=told.until,
        networks=told.networks,
        is_link_new=told.new_link,
    )
    return _shown(request, site.fqdn)


@operation(
    router,
    "POST",
    "/{fqdn}/maintenance/end",
    summary="End a site's maintenance",
    answers=SiteAnswer,
    scope=WRITE,
    refusals=CHANGE,
)
def end_maintenance(request: HttpRequest, fqdn: str) -> SiteAnswer:
    """Visitors see the site again."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.end_maintenance(site, by=asker(request))
    return _shown(request, site.fqdn)
