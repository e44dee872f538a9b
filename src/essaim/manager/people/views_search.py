"""The team's search: clients and people as one types, and whole with the form's button where there is no script."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Request, show
from essaim.manager.people.finding import find
from essaim.manager.people.rights import require


@require_safe
@login_required
def team_search(request: Request) -> HttpResponse:
    """Clients and people that fit what was typed."""
    require(request.user, "people.see_personal")
    text = request.GET.get("q", "").replace("\0", "")
    context = {"found": find(text, by=request.user), "text": text}
    return show(request, "people/search.html", context, fragment="people/_found.html")
