"""Tools of the house, for who manages them. A secret is shown in the answer that made it, and never again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, made_by, posted, show
from essaim.manager.openid import actions, queries
from essaim.manager.openid.forms import CloseForm, ToolForm
from essaim.manager.openid.models import Tool
from essaim.manager.openid.provider import Adapter
from essaim.manager.people import rights
from essaim.manager.people.step_up import asks_again, asks_again_to_act


@require_safe
@login_required
def tools(request: Request) -> HttpResponse:
    """Every tool."""
    return show(request, "openid/tools.html", {"tools": list(queries.tools(request.user)), "groups": _groups()})


@require_safe
@never_cache
@login_required
def tool(request: Request, key: str) -> HttpResponse:
    """One tool: what to write into its settings, who is signed in."""
    return _page(request, queries.get_tool(key, seen_by=request.user))


def _page(request: Request, tool: Tool, *, secret: str = "", status: int = 200) -> HttpResponse:
    issuer = Adapter().get_issuer()
    context: dict[str, object] = {
        "tool": tool,
        "secret": secret,
        "issuer": issuer,
        "discovery": f"{issuer}/.well-known/openid-configuration",
        "visits": queries.visits(tool),
        "groups": [group for group in _groups() if group[0] in tool.groups],
    }
    return show(request, "openid/tool.html", context, status=status)


def _groups() -> list[tuple[str, object]]:
    return [(group.name, group.label) for group in rights.GROUPS.values()]


@login_required
@never_cache
@ask_or_act
@asks_again
def add(request: Request) -> HttpResponse:
    """Add a tool, and show its secret."""
    rights.require(request.user, "openid.manage")
    form = ToolForm(posted(request))
    if made := made_by(request, form, lambda: actions.create_tool(by=request.user, **form.cleaned_data)):
        return _page(request, made[0], secret=made[1], status=201)
    act = Act(
        _("Add a tool"),
        _("A wiki, a forum, a cloud in which people sign in with the Manager. It gets an identifier and a secret."),
        _("Add the tool"),
    )
    return _ask(request, form, act)


@login_required
@never_cache
@ask_or_act
@asks_again
def change(request: Request, key: str) -> HttpResponse:
    """Change a tool."""
    tool = queries.get_tool(key, seen_by=request.user)
    form = ToolForm(posted(request), initial=ToolForm.of(tool))
    if made_by(request, form, lambda: actions.change_tool(tool, by=request.user, **form.cleaned_data)):
        messages.success(request, _("%(name)s is changed.") % {"name": form.cleaned_data["name"]})
        return go(request, "openid:tool", tool.pk)
    explanation = _("Whoever is of none of its groups any more is signed out of it.")
    return _ask(request, form, Act(_("Change %(name)s") % {"name": tool}, explanation, _("Change")), tool)


@require_POST
@never_cache
@login_required
@asks_again_to_act
def renew(request: Request, key: str) -> HttpResponse:
    """Another secret."""
    tool = queries.get_tool(key, seen_by=request.user)
    return _page(request, tool, secret=actions.renew_secret(tool, by=request.user), status=201)


@login_required
@never_cache
@ask_or_act
@asks_again
def close(request: Request, key: str) -> HttpResponse:
    """Close a tool."""
    tool = queries.get_tool(key, seen_by=request.user)
    form = CloseForm(posted(request))
    if made_by(request, form, lambda: actions.close_tool(tool, by=request.user, **form.cleaned_data)):
        messages.success(request, _("%(name)s is closed.") % {"name": tool})
        return go(request, "openid:tools")
    explanation = _("Everybody is signed out of it, and nobody signs in to it any more. It cannot be opened again.")
    act = Act(_("Close %(name)s") % {"name": tool}, explanation, _("Close"), is_dangerous=True)
    return _ask(request, form, act, tool)


def _ask(request: Request, form: ToolForm | CloseForm, act: Act, tool: Tool | None = None) -> HttpResponse:
    context = {"form": form, "act": act, "tool": tool}
    return show(request, "openid/act.html", context, status=422 if form.is_bound else 200)
