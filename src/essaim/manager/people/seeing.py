"""See as the client: somebody of the team opens the Manager as an owner of a client has it, to read, with a reason, for half an hour at most.

The state stands in their session. Every page asks `rights`, which answers for the owner's role at that one client meanwhile; nothing is
changed by anybody (`web.middleware.SeeingAs`). The client reads in its history who looked, when and why.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import audit
from essaim.manager.core.errors import EssaimError, ReasonMissing
from essaim.manager.core.seeing import Seeing, of
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Person

LASTS = timedelta(minutes=30)
KEY = "seeing_as"
RIGHT = "clients.see_as"


class OnlySeeing(EssaimError):
    """Who sees as a client changes nothing."""

    code = "people.only_seeing"
    message = _("You see as an owner of {client} does: nothing can be changed meanwhile.")
    hint = _("Leave this view first, by the button above.")
    http_status = 403


@transaction.atomic
def begin(request: HttpRequest, client: Client, *, by: Person, reason: str) -> Seeing:
    """From the next page on, `by` sees as an owner of `client` does, until they leave or half an hour is over.

    Raises:
        RightMissing, ReasonMissing.
    """
    rights.require(by, RIGHT)
    rights.require(by, "people.see_personal")
    if not reason.strip():
        raise ReasonMissing
    until = timezone.now() + LASTS
    about = ("client", client.slug)
    audit.record("people.seen_as", by=by, about=about, client=client.slug, reason=reason.strip()[:400], until=until)
    request.session[KEY] = {"client": client.pk, "reason": reason.strip()[:400], "until": until.isoformat()}
    return Seeing(by.pk, client.pk, client.slug, client.name, reason, until)


def leave(request: HttpRequest, *, by: Person) -> None:
    """See as oneself again. Twice is once."""
    if seen := of(by.pk):
        with transaction.atomic():
            audit.record("people.seen_as_left", by=by, about=("client", seen.slug), client=seen.slug)
    request.session.pop(KEY, None)


def read(request: HttpRequest, person: Person) -> Seeing | None:
    """As whose owner `person` sees in this session; None when it is over, or they may no longer."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None:
        return None
    until = datetime.fromisoformat(kept["until"])
    if until <= timezone.now() or not rights.may(person, RIGHT) or not rights.may(person, "people.see_personal"):
        return None
    client = Client.objects.filter(pk=kept["client"]).first()
    if client is None:
        return None
    return Seeing(person.pk, client.pk, client.slug, client.name, kept["reason"], until)
