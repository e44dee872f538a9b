"""What a visitor chooses for this browser, kept in a cookie: the colour scheme and the language. No row is written here."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR_S = 365 * 86400


def _back(request: HttpRequest) -> HttpResponse:
    """To where the visitor was, as long as that is one of our own pages."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    return redirect(target)


@require_POST
def scheme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or (empty) what the device says."""
    response = _back(request)
    chosen = request.POST.get("scheme", "")
    if chosen in ("light", "dark"):
        response.set_cookie("scheme", chosen, max_age=YEAR_S, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("scheme", samesite="Lax")
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """French or English; another word changes nothing."""
    response = _back(request)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, chosen, max_age=YEAR_S, samesite="Lax", secure=request.is_secure())
    return response
