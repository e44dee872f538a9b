"""OpenID Connect itself: django-allauth's views, with our say in who may sign in to what. Devices and registration by programs are not
open here. allauth finds its own addresses by the names `idp:oidc:...`.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.idp.oidc import views as theirs
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.models import Token
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.utils.text import get_text_list
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from essaim.manager.openid import actions, doors
from essaim.manager.openid.errors import NotForYou
from essaim.manager.openid.models import Tool
from essaim.manager.people import rights
from essaim.manager.people.models import Person


def _tool(key: str) -> Tool | None:
    return Tool.objects.select_related("client").filter(pk=key[:100]).first()


@method_decorator(never_cache, name="dispatch")
class AuthorizationView(theirs.AuthorizationView):  # type: ignore[misc]  # allauth has no types
    """Asks the person whether to go on, always: what the tool learns stands there. Only for who may sign in to it."""

    def get(self, request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        self._require_open(request, request.GET.get("client_id", ""))
        response: HttpResponse = super().get(request, *args, **values)
        return self._noted(self._leading_there(response))

    def post(self, request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        self._require_open(request, self._client_in(request))
        response: HttpResponse = super().post(request, *args, **values)
        return response

    @staticmethod
    def _client_in(request: HttpRequest) -> str:
        try:
            _scopes, info = Signer().unsign_object(request.POST.get("request", ""))
        except (BadSignature, TypeError, ValueError):
            return ""
        return str(info.get("client_id", ""))

    @staticmethod
    def _require_open(request: HttpRequest, key: str) -> None:
        tool = _tool(key)
        if tool is None or not isinstance(request.user, Person) or doors.may_enter(request.user, tool):
            return  # a stranger signs in first; a tool that does not exist is told by allauth
        groups = [str(rights.GROUPS[name].label) for name in tool.groups if name in rights.GROUPS]
        raise NotForYou(name=tool.client.name, groups=get_text_list(groups, ","))

    def _leading_there(self, response: HttpResponse) -> HttpResponse:
        """Browsers hold `form-action` against where a form's answer leads, too: here, to the tool."""
        info = getattr(self, "_request_info", None)
        if info is not None and response.status_code == 200:  # noqa: PLR2004 - the question itself
            there = urlsplit(str(info.get("redirect_uri", "")))
            origin = f"{there.scheme}://{there.netloc}"
            response["Content-Security-Policy"] = (
                "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
                f"form-action 'self' {origin}; frame-ancestors 'none'"
            )
        return response

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**values)
        display = get_adapter().scope_display
        context["told"] = [display[scope] for scope in display if scope in self._scopes]
        context["host"] = urlsplit(str(self._request_info.get("redirect_uri", ""))).netloc
        return context

    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        return self._noted(super().form_valid(form))

    def _noted(self, response: HttpResponse) -> HttpResponse:
        """With a code, the person goes on to the tool: which, and from which browser, is kept for the day they sign out."""
        if response.status_code != 302 or not isinstance(self.request.user, Person):  # noqa: PLR2004 - a way on
            return response
        tool = _tool(str(getattr(self, "_request_info", {}).get("client_id", "")))
        codes = parse_qs(urlsplit(response["Location"]).query).get("code", [])
        if tool is not None and codes:
            actions.note_visit(tool, self.request.user, sid=doors.mark(self.request.session), code=codes[0])
        return response


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A code or a refresh token for tokens. Of somebody who may not sign in to the tool any more, neither is good."""
    given = request.POST.get("code") or request.POST.get("refresh_token") or ""
    for found in Token.objects.by_value(given).select_related("user", "client"):
        if not doors.may_enter(found.user, _tool(found.client_id or "")):
            found.delete()
    response: HttpResponse = theirs.token(request)
    response.setdefault("Cache-Control", "no-store")
    return response


@csrf_exempt
def userinfo(request: HttpRequest) -> HttpResponse:
    """What the tool may know of the person now."""
    scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        for found in Token.objects.by_value(text.strip()).select_related("user", "client"):
            if not doors.may_enter(found.user, _tool(found.client_id or "")):
                found.delete()
    response: HttpResponse = theirs.user_info(request)
    return response


@csrf_exempt
def not_open(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's
    """A part of the provider that the house does not use."""
    raise Http404


_oidc = [
    path(".well-known/openid-configuration", theirs.configuration, name="configuration"),
    path(".well-known/jwks.json", theirs.jwks, name="jwks"),
    path("identity/o/authorize", AuthorizationView.as_view(), name="authorization"),
    path("identity/o/logout", theirs.logout, name="logout"),
    path("identity/o/device", not_open, name="device_authorization"),
    path("identity/o/api/token", token, name="token"),
    path("identity/o/api/revoke", theirs.revoke, name="revoke"),
    path("identity/o/api/userinfo", userinfo, name="userinfo"),
    path("identity/o/api/device/code", not_open, name="device_code"),
]
app_name = "idp"
urlpatterns = [path("", include((_oidc, "oidc")))]
