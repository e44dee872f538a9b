"""What stands around every view: content security policy, language, where a request came from, refusals."""

import logging
import secrets
from collections.abc import Callable
from fnmatch import fnmatchcase

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import audit, masks
from essaim.manager.core import seeing as seeing_state
from essaim.manager.core.errors import Busy, EssaimError
from essaim.manager.core.seeing import Seeing
from essaim.manager.people import confidentiality, seeing
from essaim.manager.people.models import Person
from essaim.manager.people.rights import masked_for
from essaim.manager.people.second_factor import enrols_first

ANSWERED_BY_DJANGO = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)
"""Not bugs: Django answers these with 400, 403 or 404 and the templates of that name."""
ANSWERED_BY_ALLAUTH = (ReauthenticationRequired, ImmediateHttpResponse)
"""Not bugs: who it is is asked again."""
FORM_ROOM = 1024**2
"""What a form's other fields may take beside an uploaded file."""
log = logging.getLogger("essaim.web")
Next = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Nothing is loaded from another host, and no inline script or style runs."""

    POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", self.POLICY)
        return response


class Language:
    """The visitor's language: chosen by cookie, else what the browser asks for, else French. The API speaks the header's."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.setdefault("Content-Language", language)
        return response


class SeeingAs:
    """Who sees as a client has its owner's rights and no others, and changes nothing: whatever is not only read is refused."""

    OPEN = ("people:see_as_leave", "people:sign_out", "web:language", "web:scheme")
    READS = ("GET", "HEAD", "OPTIONS")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen = self._seen(request)
        setattr(request, "seeing", seen)  # noqa: B010 - what the banner shows
        if seen is None:
            return self.get_response(request)
        with seeing_state.as_owner(seen):
            return self.get_response(request)

    def _seen(self, request: HttpRequest) -> Seeing | None:
        if request.path.startswith("/api/") or not isinstance(request.user, Person):
            return None
        if seeing.KEY not in request.session:
            return None
        seen = seeing.read(request, request.user)
        if seen is None:
            del request.session[seeing.KEY]
            messages.info(request, _("You see as yourself again: the time is over, or you may no longer."))
        return seen

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        seen: Seeing | None = getattr(request, "seeing", None)
        here = request.resolver_match.view_name if request.resolver_match else ""
        if seen is not None and request.method not in self.READS and not here.startswith(self.OPEN):
            return refusal_response(request, seeing.OnlySeeing(client=seen.name))
        return None


class Masks:
    """Rows are read masked in the request of who may not see what is about others. The API's door says later who asks."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user if isinstance(request.user, Person) else None
        with masks.read_by(masked_for(person) if person else None):
            return self.get_response(request)


class Origin:
    """Tells the audit trail where a request came from."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        way = "api" if request.path.startswith("/api/") else "web"
        with audit.origin(f"{way} {request.META.get('REMOTE_ADDR', '')}"):
            return self.get_response(request)


def _is_one_of(page: str, patterns: tuple[str, ...]) -> bool:
    """Whether a page's name is one of these. A pattern without a star is one page: what is added beside it stays closed."""
    return any(fnmatchcase(page, pattern) for pattern in patterns)


class SecondFactorFirst:
    """Who must have a second factor and signed in without one sees the pages that give them one, and no other."""

    OPEN = (
        "mfa_*", "account_*", "people:sessions", "people:session_end", "people:sessions_end_others", "people:sign_out",
        "people:password", "web:language", "web:scheme",
    )  # fmt: skip

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        here = request.resolver_match.view_name if request.resolver_match else ""
        is_open = _is_one_of(here, ("api*", *self.OPEN))  # the API looks at its token
        return None if is_open or not enrols_first(request) else redirect("mfa_index")


class AgreementFirst:
    """Who is of the team and has not signed the agreement in force is led to it, and sees nothing else that is signed in."""

    OPEN = (*SecondFactorFirst.OPEN, "team:agreement", "web:source", "web:source_archive")
    PUBLIC = ("join:*", "people:sign_in", "people:forgotten", "people:new_password", "people:invitation", "team:feed")
    """Without a session they are the same."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        here = request.resolver_match.view_name if request.resolver_match else ""
        if _is_one_of(here, ("api*", *self.OPEN, *self.PUBLIC)):  # the API looks at its token's person
            return None
        is_missing = isinstance(request.user, Person) and confidentiality.is_missing(request.user)
        return redirect("team:agreement") if is_missing else None


class BodyTooLarge(EssaimError):
    """More bytes than any form of ours needs; said before they are read."""

    code = "web.body_too_large"
    message = _("This is more than can be sent at once.")
    hint = _("An upload has at most {most_mib} MiB.")
    http_status = 413


class SignInFirst(EssaimError):
    """A large body from somebody we do not know: it is not written to disk."""

    code = "web.sign_in_first"
    message = _("Sign in first.")
    hint = _("Your session may have ended: sign in again, then send the file again.")
    http_status = 403


def _refusal_of_size(request: HttpRequest) -> EssaimError | None:
    """Too many bytes, or many from a stranger. Nothing of the body is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isdecimal() else 0
    if size > settings.UPLOAD_BYTES_MAX + FORM_ROOM:
        return BodyTooLarge(most_mib=settings.UPLOAD_BYTES_MAX // 1024**2)
    is_large = size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if is_large and not request.path.startswith("/api/") and not request.user.is_authenticated:
        return SignInFirst()  # the API looks at its token before it reads
    return None


class Refusals:
    """Shows an `EssaimError` as page, fragment or problem document, in the same words. The API has its own handler,
    which uses `problem` too. A body's size is judged here, before the check of the form's token reads all of it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal = _refusal_of_size(request)
        return refusal_response(request, refusal) if refusal else self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError) and "locked" in str(exception):
            exception = Busy()
        if isinstance(exception, EssaimError):
            return refusal_response(request, exception)
        if isinstance(exception, ANSWERED_BY_DJANGO + ANSWERED_BY_ALLAUTH):
            return None
        reference = secrets.token_hex(4)
        log.error("bug %s at %s", reference, request.path, exc_info=exception)
        if settings.DEBUG:
            return None
        if request.path.startswith("/api/"):
            body = {
                "type": "about:blank",
                "title": "Internal error",
                "status": 500,
                "code": "core.bug",
                "reference": reference,
            }
            return JsonResponse(body, status=500, content_type="application/problem+json")
        return render(request, "web/500.html", {"reference": reference}, status=500)


def problem(refusal: EssaimError) -> dict[str, object]:
    """The refusal as an RFC 9457 problem document."""
    return {
        "type": f"urn:essaim:{refusal.code}",
        "title": str(refusal),
        "status": refusal.http_status,
        "detail": refusal.advice,
        "code": refusal.code,
        "field": refusal.field,
        "facts": {name: str(value) for name, value in refusal.facts.items()},
    }


def refusal_response(request: HttpRequest, refusal: EssaimError) -> HttpResponse:
    """`refusal` in the form that the request asked for."""
    if request.path.startswith("/api/"):
        return JsonResponse(problem(refusal), status=refusal.http_status, content_type="application/problem+json")
    template = "web/_refusal.html" if getattr(request, "htmx", False) else "web/refusal.html"
    return render(request, template, {"refusal": refusal}, status=refusal.http_status)
