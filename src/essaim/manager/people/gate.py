"""Stands before the page of signing in: under a flood of guesses most are turned away before anything is read, so that those who
come with the right password are let in.

Three ways in, each with a pace of its own, counted in this process alone (`throttle` counts exactly, in the database, for those let through):

- a browser in which somebody signed in before says so by a signed cookie: always let through;
- a network that has not failed lately: a few new ones a second;
- one that has: what little is left, which in quiet times is more than anybody types.

Whoever is turned away learns only that many try now. Nothing of the request is looked at, so it says nothing of who has a sign-in.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from essaim.manager.people import hashing
from essaim.manager.people.models import Person
from essaim.manager.people.throttle import origin_of

COOKIE = "device"
SALT = "essaim.device"
KEPT_S = 365 * 86400
FAILED_FOR_S = 900.0
NETWORKS = 20_000
"""Of which it is remembered that they failed: some 3 MB."""
PATH = "/sign-in/"


class Pace:
    """So many a second, a few more after a rest, and never more than `inside` at a time: a machine that is busy with other things takes fewer."""

    def __init__(self, *, a_second: float, rested: int, inside: int) -> None:
        self.a_second, self.rested = a_second, rested
        self._room = inside
        self._left, self._at = float(rested), time.monotonic()
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Whether there is room for one more now. Who was let in leaves, too."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self.rested, self._left + (now - self._at) * self.a_second)
            self._at = now
            if self._left < 1 or self._room < 1:
                return False
            self._left -= 1
            self._room -= 1
            return True

    def leave(self) -> None:
        """One fewer inside."""
        with self._lock:
            self._room += 1


class Networks:
    """Those that failed lately, the longest ago first."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, origin: str) -> None:
        """One more failure from there."""
        with self._lock:
            self._failed.pop(origin, None)
            self._failed[origin] = time.monotonic()
            while len(self._failed) > NETWORKS:
                self._failed.popitem(last=False)

    def forget(self, origin: str) -> None:
        """Somebody signed in from there."""
        with self._lock:
            self._failed.pop(origin, None)

    def have(self, origin: str) -> bool:
        """It failed within the last quarter of an hour."""
        return time.monotonic() - self._failed.get(origin, -FAILED_FOR_S) < FAILED_FOR_S


class SignInGate:
    """The middleware. It stands right behind the one that knows the client's address: what is turned away costs next to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.known = Pace(a_second=50, rested=100, inside=6)
        self.new, self.failed = Pace(a_second=10, rested=20, inside=3), Pace(a_second=2, rested=20, inside=1)
        self.networks = Networks()
        self.page = SimpleLazyObject(
            lambda: render_to_string("people/many_try.html", {"house": settings.HOUSE}).encode()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.path_info != PATH:
            return _remembered(request, self.get_response(request))
        origin = origin_of(request.META.get("REMOTE_ADDR", ""))
        is_known = device_of(request) is not None
        pace = self.known if is_known else self.failed if self.networks.have(origin) else self.new
        if not pace.enter():
            if not is_known:
                self.networks.note(origin)
            return self._turned_away()
        said = hashing.is_known.set(is_known)
        try:
            response = _remembered(request, self.get_response(request))
        finally:
            hashing.is_known.reset(said)
            pace.leave()
        if hasattr(request, "signed_in"):
            self.networks.forget(origin)
        elif response.status_code in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.FORBIDDEN) and not is_known:
            self.networks.note(origin)
        return response

    def _turned_away(self) -> HttpResponse:
        more = {"Retry-After": "5", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
        return HttpResponse(bytes(self.page), status=HTTPStatus.TOO_MANY_REQUESTS, headers=more)


def device_of(request: HttpRequest) -> int | None:
    """The person who signed in with this browser before; None: nobody, or too long ago."""
    text = request.COOKIES.get(COOKIE, "")
    if not text:
        return None
    try:
        return int(signing.loads(text, salt=SALT, max_age=KEPT_S))
    except (signing.BadSignature, ValueError, TypeError):
        return None


@receiver(user_logged_in)
def _note(request: HttpRequest | None, user: Person, **_: Any) -> None:
    if request is not None:
        request.signed_in = user.pk  # type: ignore[attr-defined]  # read by the gate on the way out


def _remembered(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """`response`; if somebody signed in whole, by whatever way, this browser is theirs from now on."""
    person: int | None = getattr(request, "signed_in", None)
    if person is not None:
        text, secure = signing.dumps(person, salt=SALT), settings.SESSION_COOKIE_SECURE
        response.set_cookie(COOKIE, text, max_age=KEPT_S, path=PATH, secure=secure, httponly=True, samesite="Lax")
    return response
