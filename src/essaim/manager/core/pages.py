"""What the views of every room share: the typed request, a refusal shown at its field, where to go after an act.

No domain word stands here; what a page shows is its room's business.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from essaim.manager.core.errors import EssaimError

if TYPE_CHECKING:
    from essaim.manager.people.models import Person

Made = TypeVar("Made")


class Request(HttpRequest):
    """A request of somebody who signed in: what `login_required` lets through. Never built here."""

    user: "Person"
    htmx: HtmxDetails


class Act(NamedTuple):
    """What a person is about to do, in words; without a word on the button there is nothing to do."""

    title: str
    explanation: str
    button: str
    is_dangerous: bool = False


ask_or_act = require_http_methods(["GET", "HEAD", "POST"])
"""GET shows the form, POST does it."""


def posted(request: HttpRequest) -> QueryDict | None:
    """What the form sent; None where it is only asked for. An empty form that was sent is a form."""
    return request.POST if request.method == "POST" else None


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; going back in the browser's history asks for the whole."""
    htmx = cast("Request", request).htmx
    return bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def show(
    request: HttpRequest, template: str, context: Mapping[str, object], *, fragment: str = "", status: int = 200
) -> HttpResponse:
    """The page `template`, or to htmx the `fragment` that the page includes. Caches keep the two apart."""
    chosen = fragment if fragment and wants_fragment(request) else template
    response = render(request, chosen, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go(request: HttpRequest, to: object, *args: object) -> HttpResponse:
    """After an act: on to another page. htmx changes the page too, rather than put it into a part of this one."""
    plain = redirect(to, *args)  # type: ignore[call-overload]  # the stubs know no positional rest
    if wants_fragment(request):
        return cast("HttpResponse", HttpResponseClientRedirect(plain.url))
    return cast("HttpResponse", plain)


def refuse(form: forms.BaseForm, refusal: EssaimError) -> None:
    """Show `refusal` with its advice at the field it is about.

    Raises:
        EssaimError: it is about no field of `form`; the middleware shows it.
    """
    if refusal.field not in form.fields:
        raise refusal
    form.add_error(refusal.field, f"{refusal} {refusal.advice}".strip())


def made_by(request: HttpRequest, form: forms.BaseForm, make: Callable[[], Made]) -> Made | None:
    """What `make` made of `form`, if it was sent and is whole; else None. A refusal is shown at its field, as `refuse` does.

    Raises:
        EssaimError: as `refuse`.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return make()
    except EssaimError as refusal:
        refuse(form, refusal)
        return None


def is_done(request: HttpRequest, form: forms.BaseForm, do: Callable[[], object]) -> bool:
    """Whether `form` was sent, is whole, and `do` was done with it: as `made_by`."""
    return made_by(request, form, lambda: (do(),)) is not None


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """The address in `next` when it is one of ours, else `otherwise`: nobody is sent to another host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=here, require_https=request.is_secure())
    return wanted if is_ours else otherwise
