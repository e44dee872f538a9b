"""Every answer that is not a success, as an RFC 9457 problem document with the room's code."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from essaim.manager.core.errors import Busy, EssaimError
from essaim.manager.web.api.errors import AddressUnknown, BodyUnreadable, MethodRefused, RequestInvalid
from essaim.manager.web.middleware import problem

MEDIA_TYPE = "application/problem+json"


def answer(refusal: EssaimError, **more: object) -> JsonResponse:
    """`refusal` as a problem document, with the headers that belong to its status."""
    response = JsonResponse(problem(refusal) | more, status=refusal.http_status, content_type=MEDIA_TYPE)
    if refusal.http_status == 401:  # noqa: PLR2004  # RFC 6750, section 3
        error = ', error="invalid_token"' if refusal.code == "api.token_refused" else ""
        response["WWW-Authenticate"] = f'Bearer realm="essaim"{error}'
    if refusal.code == "people.scope_missing":
        response["WWW-Authenticate"] = (
            f'Bearer realm="essaim", error="insufficient_scope", scope="{refusal.facts["scope"]}"'
        )
    if refusal.http_status == 503:  # noqa: PLR2004  # a status of HTTP
        response["Retry-After"] = "2"
    return response


def sentence(error: dict[str, Any]) -> str:
    """One validation error of pydantic in a sentence of ours; the kinds that a person meets are translated."""
    context = error.get("ctx", {})
    kind = error["type"]
    sentences = {
        "missing": _("This field is missing."),
        "extra_forbidden": _("There is no such field."),
        "string_type": _("This must be text."),
        "string_too_long": _("This is longer than %(max_length)s characters."),
        "string_too_short": _("This is shorter than %(min_length)s characters."),
        "bool_type": _("This must be true or false."),
        "bool_parsing": _("This must be true or false."),
        "int_type": _("This must be a whole number."),
        "int_parsing": _("This must be a whole number."),
        "int_from_float": _("This must be a whole number."),
        "float_parsing": _("This must be a number."),
        "list_type": _("This must be a list."),
        "too_long": _("This has more than %(max_length)s entries."),
        "literal_error": _("This must be one of %(expected)s."),
        "greater_than_equal": _("This must be at least %(ge)s."),
        "less_than_equal": _("This must be at most %(le)s."),
        "ip_any_address": _("This is not an IP address."),
        "unreadable_text": _("This text has characters that cannot be kept."),
    }
    if kind not in sentences:
        return str(error["msg"])
    return sentences[kind] % context if context else sentences[kind]


def _invalid(error: ValidationError) -> HttpResponse:
    return answer(RequestInvalid(), errors=[_field(one) for one in error.errors])


def _field(one: dict[str, Any]) -> dict[str, str]:
    where, *parts = (str(part) for part in one["loc"])
    if where == "body":
        parts = parts[1:]  # the first is the name of the view's own parameter
    return {"where": where, "field": ".".join(parts) or where, "code": one["type"], "sentence": sentence(one)}


def _refused(refusal: EssaimError) -> HttpResponse:
    return answer(refusal)


def _unreadable(_error: HttpError) -> HttpResponse:
    return answer(BodyUnreadable())


def _database(error: OperationalError) -> HttpResponse:
    if "locked" in str(error):
        return answer(Busy())
    raise error


def _bug(error: Exception) -> HttpResponse:
    raise error  # the middleware logs it and gives the reference to quote


def _without_request(handler: Callable[[Any], HttpResponse]) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, error: handler(error)


def register(api: NinjaAPI) -> None:
    """Answer every exception of `api` with a problem document."""
    handlers: dict[type[Exception], Callable[[Any], HttpResponse]] = {
        EssaimError: _refused,
        ValidationError: _invalid,
        HttpError: _unreadable,
        OperationalError: _database,
        Exception: _bug,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, _without_request(handler))


def with_methods_told(view: Callable[..., Any]) -> Callable[..., Any]:
    """`view`, whose plain-text 405 becomes a problem document."""

    @wraps(view)
    def told(request: HttpRequest, *args: Any, **parts: Any) -> Any:
        response = view(request, *args, **parts)
        response.setdefault("Cache-Control", "no-store")  # answers hold tokens, and what is so this instant
        if response.status_code != 405:  # noqa: PLR2004  # a status of HTTP
            return response
        refusal = answer(MethodRefused(method=request.method, allowed=response["Allow"]))
        refusal["Allow"] = response["Allow"]
        return refusal

    told.csrf_exempt = True  # type: ignore[attr-defined]  # tokens only: nothing a browser sends by itself opens a door
    return told


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any address below /api/v1/ that no operation has."""
    return answer(AddressUnknown(path=request.path))


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]  # Django's own mark on a view
