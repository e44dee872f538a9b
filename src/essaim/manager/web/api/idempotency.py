"""One act a key, however often it is sent.

The key's row and what the act writes are one transaction. A process killed before the commit leaves neither, and the
same request does it then; killed after, both are there, and the same request gets the stored answer. Two at once: the
second waits for the first (SQLite at BEGIN IMMEDIATE, PostgreSQL at the unique key) and then finds its answer.

A refusal is not kept: nothing was changed, so asking again decides again.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from essaim.manager.core.models import IdempotencyKey
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.errors import IdempotencyKeyMalformed, IdempotencyKeyReused

KEPT = timedelta(hours=24)
FORGOTTEN_AT_ONCE = 4
"""Expired keys dropped by each new one: more than one, so that the table shrinks; few, so that nobody waits."""
_SHAPE = re.compile(r"[!-~]{8,128}")


def once(request: HttpRequest, act: Callable[[], HttpResponse], *, is_secret: bool = False) -> HttpResponse:
    """What `act` answers, in one transaction with the request's Idempotency-Key; the stored answer when it came before.

    `is_secret`: the answer holds a token, so it is stored encrypted with the asker's own token, which we do not keep.

    Raises:
        IdempotencyKeyMalformed, IdempotencyKeyReused.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        with transaction.atomic():
            return act()
    if not _SHAPE.fullmatch(key):
        raise IdempotencyKeyMalformed
    wanted = _hash(request)
    with transaction.atomic():
        row = _row(request, key, wanted)
        if row.request_hash != wanted:
            raise IdempotencyKeyReused
        if row.status is not None:
            return _replay(row, _sealer(request) if is_secret else None)
        response = act()
        body = response.content
        row.status = response.status_code
        row.body = (_sealer(request).encrypt(body) if is_secret else body).decode()
        row.save(update_fields=["status", "body"])
    return response


def _row(request: HttpRequest, key: str, wanted: str) -> IdempotencyKey:
    """The key's row, new (without a status) or as an earlier request left it. Forgotten after a day."""
    now = timezone.now()
    mine = IdempotencyKey.objects.filter(person=asker(request), key=key)
    mine.filter(at__lt=now - KEPT).delete()
    row, is_new = mine.get_or_create(defaults={"person": asker(request), "key": key, "request_hash": wanted})
    if is_new:
        oldest = IdempotencyKey.objects.order_by("pk").values_list("pk", "at")[:FORGOTTEN_AT_ONCE]
        IdempotencyKey.objects.filter(pk__in=[pk for pk, at in oldest if at < now - KEPT]).delete()
    return row


def _replay(row: IdempotencyKey, sealer: Fernet | None) -> HttpResponse:
    body = row.body.encode()
    if sealer is not None:
        try:
            body = sealer.decrypt(body)
        except InvalidToken:  # same person, another token: the secret is not for it
            raise IdempotencyKeyReused from None
    response = HttpResponse(body, status=row.status, content_type="application/json; charset=utf-8")
    response["Idempotent-Replay"] = "true"
    return response


def _hash(request: HttpRequest) -> str:
    """Method, address, query and body in one. Keyed: a body may hold a password, which a plain hash would betray."""
    start = f"{request.method} {request.get_full_path()}\n".encode()
    return salted_hmac("essaim.idempotency", start + request.body, algorithm="sha256").hexdigest()


def _sealer(request: HttpRequest) -> Fernet:
    text = "essaim idempotency\n" + request.headers["Authorization"].partition(" ")[2].strip()
    return Fernet(urlsafe_b64encode(hashlib.sha256(text.encode()).digest()))
