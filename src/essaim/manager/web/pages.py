"""Pages of no single room: the front page, everyone's home, the audit trail, the switches of language and colours."""

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, show
from essaim.manager.core.trail import find_lines
from essaim.manager.fleet.queries import fleet_rows, interruption
from essaim.manager.hosting import attention
from essaim.manager.hosting.names import parse_name
from essaim.manager.hosting.queries import public_site_count
from essaim.manager.people.actions import change_language
from essaim.manager.people.handovers import offered_to
from essaim.manager.people.models import Person
from essaim.manager.people.rights import may, may_somewhere, require
from essaim.manager.web import emails, preferences
from essaim.manager.web.design import design
from essaim.manager.web.source import archive, source


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page for visitors; for who signed in, what needs attention first."""
    if not isinstance(request.user, Person):
        return render(request, "web/front.html", {"site_count": public_site_count()})
    person = request.user
    sees_fleet = may(person, "fleet.see")
    machines = fleet_rows(person) if sees_fleet else []
    context: dict[str, object] = {
        "may_order": may_somewhere(person, "sites.change"),
        "handovers": offered_to(person),
        "troubled": attention.troubled_sites(person),
        "going": attention.going_sites(person),
        "suspended": attention.suspended_sites(person),
        "newest": attention.newest_sites(person),
        "site_count": public_site_count() if sees_fleet else None,
        "machines": machines,
        "interruption": interruption() if sees_fleet else None,
        "silent": [row.machine for row in machines if row.is_away],
    }
    return render(request, "web/home.html", context)


@require_safe
@login_required
def audit(request: Request) -> HttpResponse:
    """Who did what, when, from where; for the team."""
    require(request.user, "audit.see")
    asked = {name: request.GET.get(name, "") for name in ("about", "client", "who", "after")}
    page = find_lines(about=_as_kept(asked["about"]), client=asked["client"], who=asked["who"], after=asked["after"])
    fragment = "web/_audit_rows.html" if asked["after"] else "web/_audit.html"
    return show(request, "web/audit.html", {"page": page, "asked": asked}, fragment=fragment)


def _as_kept(about: str) -> str:
    """A site's name with accents in it stands in the trail as DNS has it."""
    kind, slash, key = about.rpartition("/")
    if not key.isascii():
        with suppress(EssaimError):
            key = parse_name(key).fqdn
    return f"{kind}{slash}{key}"


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of this browser, and of the person if somebody signed in."""
    chosen = request.POST.get("language", "")
    if isinstance(request.user, Person) and chosen in ("fr", "en"):
        change_language(request.user, language=chosen)
    return preferences.language(request)


app_name = "web"
urlpatterns = [
    path("", home, name="home"),
    path("audit/", audit, name="audit"),
    path("design/", design, name="design"),
    path("design/emails/", emails.samples, name="emails"),
    path("design/emails/<str:kind>/<str:language>/", emails.sample, name="email"),
    path("team/mail/", emails.queue, name="mail_queue"),
    path("language/", language, name="language"),
    path("scheme/", preferences.scheme, name="scheme"),
    path("source/", source, name="source"),
    path("source/archive/", archive, name="source_archive"),
]
