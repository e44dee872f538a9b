"""Stands before the page of signing in: under a flood of guesses most are turned away before anything is read, so that those who
come with the right password are let in.

Four ways in, each with a pace of its own, counted in this process alone (`throttle` counts exactly, in the database, for those let through):

- a browser in which somebody signed in before says so by a signed cookie: always let through;
- a network that has not failed lately, and opened the page before it sent anything: a few new ones a second. Who sends each guess by another
  proxy opens it by one and guesses by the next;
- whoever was turned away and comes back as the page asks, no sooner and once, from the same network: as many again;
- all others: what little is left, which in quiet times is more than anybody types.

Whoever is turned away learns only that many try now. Nothing of the request is looked at, so it says nothing of who has a sign-in.
"""

import secrets
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
CAME, CAME_SALT, CAME_S = "came", "essaim.came", 4 * 3600
"""A cookie of who opened the page, signed: from which network."""
TICKET = "again"
"""A cookie of whoever was turned away, signed, and bound to the network."""
TICKET_SALT = "essaim.again"
BACK_AFTER_S = 5
TICKET_S = 600
USED = 20_000
"""Tickets of which it is remembered that they were used: more than come in in their time."""


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


class Tickets:
    """For who was turned away: a promise that coming back as asked counts as being new, once in each process."""

    def __init__(self) -> None:
        self._used: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def give(self, request: HttpRequest, response: HttpResponse, origin: str) -> None:
        """Put one for `origin` into the answer; who has a young one keeps it, so that trying at once does not make the wait longer."""
        if _is_young(request.COOKIES.get(TICKET, "")):
            return
        text = signing.dumps([origin, secrets.token_urlsafe(6)], salt=TICKET_SALT)
        _put(response, TICKET, text, kept_s=TICKET_S)

    def take(self, request: HttpRequest, origin: str) -> bool:
        """Whether the request brings one that is of `origin`, old enough, and not used; now it is."""
        text = request.COOKIES.get(TICKET, "")
        if _is_young(text):
            return False
        try:
            said, number = signing.loads(text, salt=TICKET_SALT, max_age=TICKET_S)
        except (signing.BadSignature, ValueError, TypeError):
            return False
        with self._lock:
            if said != origin or number in self._used:
                return False
            self._used[number] = None
            while len(self._used) > USED:
                self._used.popitem(last=False)
            return True


def _is_young(ticket: str) -> bool:
    """Whether it was signed less than `BACK_AFTER_S` ago."""
    try:
        signing.loads(ticket, salt=TICKET_SALT, max_age=BACK_AFTER_S)
    except signing.BadSignature:
        return False
    return True


class SignInGate:
    """The middleware. It stands right behind the one that knows the client's address: what is turned away costs next to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.known = Pace(a_second=50, rested=100, inside=6)
        self.new, self.failed = Pace(a_second=10, rested=20, inside=3), Pace(a_second=2, rested=20, inside=1)
        self.back = Pace(a_second=10, rested=20, inside=2)
        self.networks, self.tickets = Networks(), Tickets()
        self.page = SimpleLazyObject(
            lambda: render_to_string("people/many_try.html", {"house": settings.HOUSE}).encode()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return _remembered(request, self.get_response(request))
        origin = origin_of(request.META.get("REMOTE_ADDR", ""))
        if request.method != "POST":
            return _came(_remembered(request, self.get_response(request)), origin)
        is_known = device_of(request) is not None
        pace = self._pace_of(request, origin, is_known=is_known)
        if not pace.enter():
            if not is_known:
                self.networks.note(origin)
            return self._turned_away(request, origin)
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

    def _pace_of(self, request: HttpRequest, origin: str, *, is_known: bool) -> Pace:
        if is_known:
            return self.known
        if not self.networks.have(origin) and _has_come(request, origin):
            return self.new
        return self.back if self.tickets.take(request, origin) else self.failed

    def _turned_away(self, request: HttpRequest, origin: str) -> HttpResponse:
        more = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
        more["Retry-After"] = str(BACK_AFTER_S)
        response = HttpResponse(bytes(self.page), status=HTTPStatus.TOO_MANY_REQUESTS, headers=more)
        self.tickets.give(request, response, origin)
        return response


def _came(response: HttpResponse, origin: str) -> HttpResponse:
    """`response`, the page, with a word of where it was opened."""
    _put(response, CAME, signing.dumps(origin, salt=CAME_SALT))
    return response


def _has_come(request: HttpRequest, origin: str) -> bool:
    """Whether this browser opened the page from `origin`."""
    try:
        return bool(signing.loads(request.COOKIES.get(CAME, ""), salt=CAME_SALT, max_age=CAME_S) == origin)
    except (signing.BadSignature, ValueError):
        return False


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
        _put(response, COOKIE, signing.dumps(person, salt=SALT), kept_s=KEPT_S)
    return response


def _put(response: HttpResponse, name: str, text: str, *, kept_s: int | None = None) -> None:
    """A cookie for the page of signing in alone; without `kept_s` it goes with the browser's session."""
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, text, max_age=kept_s, path=PATH, secure=secure, httponly=True, samesite="Lax")
