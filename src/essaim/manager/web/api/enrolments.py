"""Where a new machine comes with its one-time token. The only operation without an API token.

Body and answer are the contract's own types, so that the agent needs no second description of them.
"""

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim import contract
from essaim.manager.fleet import actions, errors
from essaim.manager.web.api.errors import BodyUnreadable, RequestInvalid
from essaim.manager.web.api.operations import OPEN, operation

router = Router(tags=["enrolments"])


class EnrolledAnswer(Schema):
    """`Enrolled` of the contract: how the machine reaches the bus."""

    machine: str
    roles: list[str]
    credentials: str = Field(description="User JWT for the bus; the seed stays on the machine.")
    bus_url: str
    bus_ca: str
    prober_ca: str = ""


@operation(
    router,
    "POST",
    "",
    summary="Enrol a machine",
    answers=EnrolledAnswer,
    scope=OPEN,
    status=201,
    refusals=(errors.TokenRefused, errors.PublicKeyRefused),
)
def enrol(request: HttpRequest) -> HttpResponse:
    """Takes `Enrolment` of the contract: `token`, `public_key` (an NKEY made on the machine), `hostname`. The token is
    used up; a machine that lost the answer needs a new one, so there is no Idempotency-Key here.
    """
    enrolled = actions.enrol(_read(request.body))
    return HttpResponse(contract.encode(enrolled), status=201, content_type="application/json; charset=utf-8")


def _read(body: bytes) -> contract.Enrolment:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BodyUnreadable from None
    try:
        enrolment = contract.decode(body, contract.Enrolment)
    except contract.ContractError:
        raise RequestInvalid from None
    if any("\0" in text for text in (enrolment.token, enrolment.public_key, enrolment.hostname)):
        raise RequestInvalid
    return enrolment
