"""Is it you? Acts that erase, touch keys, money or rights ask again who it is when the last time was more than ten minutes ago.

One door for pages: `asks_again` where a page is only about such an act, `asks_again_to_act` where reading it is harmless. What was sent is
kept, sealed, in the session, and done once the person has shown that it is them: nothing that was typed is lost. The asking itself is
django-allauth's. A program has nobody to ask: the API wants a token with the scope for it (`ApiToken.SCOPES`).
"""

import base64
import copy
import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.files.uploadedfile import SimpleUploadedFile
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import safe_next, wants_fragment
from essaim.manager.people.second_factor import cipher

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
SHOWN_AT = "shown_at"
"""In the session: when its person last signed in, by whatever way."""
KEPT_S = 900
KEPT_BYTES = 400_000
"""A certificate with its chain and key is a tenth of this. A site's content asks for nothing again."""


class NoWayToShow(EssaimError):
    """Neither a password nor a second factor: somebody whose sign-in was made for them and never opened."""

    code = "people.no_way_to_show"
    message = _("You have no way to show that it is you.")
    hint = _("Choose a password by the page of forgotten passwords, then try again.")
    http_status = 403


class ShowFirst(EssaimError):
    """More was sent than is kept over the question."""

    code = "people.show_first"
    message = _("This asks again who you are, and what you sent is too large to be kept meanwhile.")
    hint = _("Open the page of your access and show that it is you; then send it again.")
    http_status = 413


class Kept(NamedTuple):
    """A form that was sent, until its person has shown that it is them."""

    person: int
    at: float
    path: str
    query: str
    fields: str
    files: list[tuple[str, str, str, str]]
    """Field, name, kind, content in base64."""


@receiver(user_logged_in)
def _note(request: HttpRequest | None, **_: object) -> None:
    if request is not None:
        request.session[SHOWN_AT] = time.time()


def is_fresh(request: HttpRequest) -> bool:
    """Whoever sends this showed who they are within the last ten minutes."""
    records = get_authentication_records(request, cast("Any", request.user))
    moments = [float(record["at"]) for record in records] + [float(request.session.get(SHOWN_AT, 0))]
    return time.time() - max(moments) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def asks_again(view: View) -> View:
    """A page that erases, or touches keys, money or rights: shown and done for who showed lately that it is them. Below `login_required`."""
    return _asking(view, acts_only=False)


def asks_again_to_act(view: View) -> View:
    """A page that everybody concerned may read, and on which such an act is done by POST. Below `login_required`."""
    return _asking(view, acts_only=True)


def _asking(view: View, *, acts_only: bool) -> View:
    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        if (acts_only and request.method != "POST") or is_fresh(request):
            return view(request, *args, **values)
        return ask(request)

    setattr(asking, MARK, "acts" if acts_only else "all")
    return cast("View", asking)


MARK = "asks_again"
"""On a view behind the door: what the test of all addresses looks for."""


def ask(request: HttpRequest) -> HttpResponse:
    """To the question, and from there back to where this request wanted to be.

    Raises:
        NoWayToShow, ShowFirst.
    """
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        raise NoWayToShow
    target = request.get_full_path()
    request.session.pop(STATE_SESSION_KEY, None)
    if request.method == "POST":
        target = request.path
        request.session[STATE_SESSION_KEY] = {"state": {"sealed": _seal(request)}, "callback": f"{__name__}.resume"}
    url = f"{ways[0]['url']}?{urlencode({'next': target})}"
    return HttpResponseClientRedirect(url) if wants_fragment(request) else redirect(url)


def _seal(request: HttpRequest) -> str:
    """What was sent may hold a password or a key: a copy of the database gives nothing of it away."""
    files = [
        (field, file.name or "", file.content_type or "", base64.b64encode(file.read()).decode())
        for field, several in request.FILES.lists()
        for file in several
        if (file.size or 0) <= KEPT_BYTES
    ]
    whole = sum(len(several) for _field, several in request.FILES.lists())
    kept = Kept(
        person=cast("int", request.user.pk),
        at=time.time(),
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        fields=request.POST.urlencode(),
        files=files,
    )
    text = json.dumps(kept)
    if len(files) < whole or len(text) > KEPT_BYTES * 2:
        raise ShowFirst
    return cipher().encrypt(text.encode()).decode()


def resume(request: HttpRequest, state: dict[str, str]) -> HttpResponseBase:
    """Do what was sent before the question; django-allauth calls this. A form of another person, of long ago, or that the question was not
    about, is not done: a page opens instead.
    """
    target = safe_next(request, otherwise=settings.LOGIN_REDIRECT_URL)
    try:
        kept = Kept(*json.loads(cipher().decrypt(state["sealed"].encode())))
        match = resolve(kept.path)
    except (InvalidToken, Resolver404, TypeError, ValueError):
        return redirect(target)
    is_this = kept.person == request.user.pk and kept.path == target and time.time() - kept.at < KEPT_S
    if not is_this or not hasattr(match.func, MARK):
        return redirect(target)
    return cast("HttpResponseBase", match.func(_again(request, kept), *match.args, **match.kwargs))


def _again(request: HttpRequest, kept: Kept) -> HttpRequest:
    """The request as it was sent, in the session as it is now. Its form's token was looked at when it came."""
    again = copy.copy(request)
    again.path = again.path_info = kept.path
    again.META = {**request.META, "PATH_INFO": kept.path, "QUERY_STRING": kept.query, "REQUEST_METHOD": "POST"}
    again.method = "POST"
    again.resolver_match = resolve(kept.path)
    sent: dict[str, object] = {"GET": QueryDict(kept.query), "POST": QueryDict(kept.fields), "_files": _files(kept)}
    for name, value in sent.items():
        setattr(again, name, value)
    return again


def _files(kept: Kept) -> MultiValueDict[str, SimpleUploadedFile]:
    files: MultiValueDict[str, SimpleUploadedFile] = MultiValueDict()
    for field, name, kind, content in kept.files:
        files.appendlist(field, SimpleUploadedFile(name, base64.b64decode(content), kind))
    return files
