"""The API, below /api/v1/: the rooms' queries and actions with the same words, for programs.

`operations.operation` is the only way in: it gives each view its scope, its transaction and its place in the reference.
Nothing decides here; what the API refuses by itself stands in `errors`.
"""

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView
from ninja import NinjaAPI

import essaim
from essaim.manager.web.api import (
    accounts,
    audit,
    break_glass,
    certificates,
    client_erasures,
    client_history,
    client_notes,
    clients,
    consents,
    content,
    email,
    enrolments,
    grants,
    handovers,
    imports,
    invitations,
    lost_factors,
    machines,
    me,
    merges,
    numbers,
    offers,
    php,
    privacy,
    problems,
    programs,
    reference,
    search,
    shields,
    sign_ins,
    site_rules,
    sites,
    ssh_keys,
    team,
    team_agreement,
    team_duties,
    team_hours,
    team_recruiting,
    tokens,
    tools,
    vault,
)

DESCRIPTION = """Order, change and follow what Essaim hosts. A request decides and is answered at once; a machine does it,
and a probe from outside proves it: read `health`, or wait with `GET /sites/{fqdn}?wait=live`.

Send `Authorization: Bearer TOKEN`, and `Accept-Language: fr` or `en` for the sentences. A refusal is a problem document
(RFC 9457) whose `code` stays the same in every language. Lists are read by cursor: `after` takes the `next` of the page
before. Every POST with a token takes an `Idempotency-Key`."""

api = NinjaAPI(
    title="Essaim",
    version=essaim.__version__,
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
problems.register(api)
for prefix, router in (
    ("", me.router),
    ("me", email.router),
    ("sites", sites.router),
    ("sites", content.router),
    ("sites", programs.router),
    ("sites", numbers.router),
    ("sites", php.router),
    ("sites", certificates.of_sites),
    ("certificates", certificates.router),
    ("sites", shields.router),
    ("sites", site_rules.router),
    ("accounts", accounts.router),
    ("offers", offers.router),
    ("clients", clients.router),
    ("clients", consents.router),
    ("clients", client_erasures.router),
    ("clients", client_history.router),
    ("clients", client_notes.router),
    ("clients", invitations.router),
    ("handovers", handovers.router),
    ("search", search.router),
    ("people", sign_ins.router),
    ("imports", imports.router),
    ("merges", merges.router),
    ("machines", machines.router),
    ("enrolments", enrolments.router),
    ("keys", ssh_keys.router),
    ("team", team.router),
    ("team", team_hours.router),
    ("team", team_duties.router),
    ("team", team_agreement.router),
    ("team", team_recruiting.router),
    ("tokens", tokens.router),
    ("privacy", privacy.router),
    ("team", grants.router),
    ("lost-factors", lost_factors.router),
    ("audit", audit.router),
    ("break-glass", break_glass.router),
    ("vault", vault.router),
    ("tools", tools.router),
):
    api.add_router(prefix, router)


def _addresses() -> list[URLPattern | URLResolver]:
    found = api.urls[0]
    for pattern in found:
        if isinstance(pattern, URLPattern):
            pattern.callback = problems.with_methods_told(pattern.callback)
    return list(found)


app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", reference.openapi, name="openapi"),
    path("", RedirectView.as_view(pattern_name="api:docs")),
    path("docs", reference.page, name="docs"),
    *_addresses(),
    re_path("", problems.nothing_here),
]
