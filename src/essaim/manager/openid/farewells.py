"""Telling tools that somebody is signed out: OpenID Connect Back-Channel Logout 1.0. Sent by the worker, tried again for a day."""

import logging
import time
import uuid
from datetime import timedelta
from typing import Any

import httpx
import jwt
from allauth.core.internal import jwkkit
from django.conf import settings
from django.utils import timezone

from essaim.manager.openid.models import Farewell
from essaim.manager.openid.provider import signing_key

EVENT = "http://schemas.openid.net/event/backchannel-logout"
GOOD_FOR_S = 120
TIMEOUT_S = 5.0
AT_ONCE = 5
TRIES = 12
LONGEST = timedelta(hours=6)
log = logging.getLogger("essaim.openid")


def logout_token(farewell: Farewell) -> str:
    """The signed word that a person is signed out (section 2.4), of one session or of all."""
    known, key = jwkkit.load_jwk_from_pem(signing_key())
    now = int(time.time())
    claims: dict[str, Any] = {"iss": settings.ORIGIN.rstrip("/"), "sub": farewell.sub, "aud": farewell.tool_id}
    claims |= {"iat": now, "exp": now + GOOD_FOR_S, "jti": uuid.uuid4().hex, "events": {EVENT: {}}}
    if farewell.sid:
        claims["sid"] = farewell.sid
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": known["kid"], "typ": "logout+jwt"})


def send_due(*, transport: httpx.BaseTransport | None = None) -> int:
    """Tell a few tools what they are to be told, and say how many took it. One that does not is asked again, ever more rarely."""
    due = Farewell.objects.select_related("tool").filter(due_at__lte=timezone.now()).order_by("due_at")[:AT_ONCE]
    taken = 0
    for farewell in due:
        if _is_taken(farewell, transport):
            farewell.delete()
            taken += 1
        elif farewell.tries + 1 >= TRIES:
            log.warning("%s was not told that %s is signed out: given up", farewell.tool_id, farewell.sub)
            farewell.delete()
        else:
            farewell.tries += 1
            farewell.due_at = timezone.now() + min(timedelta(seconds=30 * 2**farewell.tries), LONGEST)
            farewell.save(update_fields=["tries", "due_at"])
    return taken


def _is_taken(farewell: Farewell, transport: httpx.BaseTransport | None) -> bool:
    try:
        with httpx.Client(timeout=TIMEOUT_S, transport=transport, follow_redirects=False) as client:
            answer = client.post(farewell.tool.logout_url, data={"logout_token": logout_token(farewell)})
    except httpx.HTTPError as wrong:
        log.info("%s is not told yet that %s is signed out: %s", farewell.tool_id, farewell.sub, type(wrong).__name__)
        return False
    return answer.status_code in (200, 204)
