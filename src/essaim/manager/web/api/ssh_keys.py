"""Keys to the machines: certificates for oneself, what was given, who was in."""

from datetime import datetime, timedelta
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet.errors import MachineNotFound
from essaim.manager.keys import actions, errors, queries
from essaim.manager.keys.authority import authority
from essaim.manager.keys.models import Certificate, Session
from essaim.manager.keys.queries import ENTER
from essaim.manager.people.throttle import TooManyTries
from essaim.manager.web.api.answers import Body, Reason, Text, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed

router = Router(tags=["keys"])
SCOPE = "machines:enter"


class CertificateOrder(Body):
    """A certificate for the person who asks."""

    machines: list[Word] = Field(max_length=50, examples=[["web1"]])
    role: Literal["operator", "root"] = Field("operator", description="What it lets one do on the machines.")
    seconds: int = Field(3600, description="How long it is good; 28800 at most.")
    reason: Text = Field("", description="Why; the role root needs one.")
    public_key: Text = Field(description="The public half of an Ed25519 key, as ssh-keygen writes it.")
    code: Word = Field("", description="Of one's second factor, unless one confirmed in the browser lately.")


class CertificateAnswer(Schema):
    """One certificate, without its text."""

    serial: str = Field(description="Up to 19 digits.")
    who: str = Field(description="E-mail.")
    login: str
    role: str
    machines: list[str]
    reason: str
    fingerprint: str
    origin: str
    issued_at: datetime
    valid_until: datetime
    is_valid: bool
    revoked_at: datetime | None
    revoke_reason: str


class Door(Schema):
    """Where a machine lets people in."""

    name: str
    address4: str | None
    address6: str | None


class GivenAnswer(CertificateAnswer):
    """A new certificate."""

    certificate: str = Field(description="As ssh reads it.")
    doors: list[Door]
    machines_authority: str = Field(description="Public key that signs for machines: @cert-authority in known_hosts.")


class AuthoritiesAnswer(Schema):
    """The public keys by which certificates are known."""

    people: str
    machines: str


class BecameRoot(Schema):
    """Once that a session became root."""

    at: datetime
    reason: str
    command: str = ""


class SessionAnswer(Schema):
    """One session on a machine."""

    machine: str
    who: str = Field(description="E-mail; empty: no certificate that was given out here opened it.")
    login: str
    role: str
    serial: str
    reason: str
    origin: str
    command: str = Field(description="Empty: a shell.")
    opened_at: datetime
    ended_at: datetime | None
    is_cut: bool = Field(description="The machine ended it: what let it in was taken away.")
    recording: str = Field(description="Where sudoreplay finds it on the machine.")
    glass: str = Field(
        description="The name that somebody with the break-glass key gave; empty: a certificate opened it."
    )
    became_root: list[BecameRoot]


def _certificate(row: Certificate) -> CertificateAnswer:
    return CertificateAnswer(
        serial=str(row.serial),
        who=row.person.email,
        login=row.login,
        role=row.role,
        machines=row.machines,
        reason=row.reason,
        fingerprint=row.fingerprint,
        origin=row.origin,
        issued_at=row.issued_at,
        valid_until=row.valid_until,
        is_valid=row.is_valid,
        revoked_at=row.revoked_at,
        revoke_reason=row.revoke_reason,
    )


def _session(row: Session) -> SessionAnswer:
    return SessionAnswer(
        machine=row.machine.name,
        who=row.certificate.person.email if row.certificate else "",
        login=row.login,
        role=row.role,
        serial=str(row.serial),
        reason=row.certificate.reason if row.certificate else "",
        origin=row.origin,
        command=row.command,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        is_cut=row.is_cut,
        recording=row.recording,
        glass=row.glass,
        became_root=[BecameRoot.model_validate(one) for one in row.became_root],
    )


@operation(
    router, "GET", "/authorities", summary="Show the authorities", answers=AuthoritiesAnswer, scope=SCOPE, right=ENTER
)
def show_authorities(request: HttpRequest) -> AuthoritiesAnswer:  # noqa: ARG001 - ninja's signature
    """Their public keys."""
    return AuthoritiesAnswer(people=authority("people").public, machines=authority("machines").public)


@operation(
    router,
    "GET",
    "/certificates",
    summary="List certificates",
    answers=Page[CertificateAnswer],
    scope=SCOPE,
    right=ENTER,
)
def list_keys(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """Those that were given, the newest first."""
    rows = queries.certificates().order_by("-id")
    if after.isdecimal() and len(after) < 19:  # noqa: PLR2004 - digits of a 64-bit number
        rows = rows.filter(id__lt=int(after))
    found = list(rows[: limit + 1])
    following = str(found[limit - 1].pk) if len(found) > limit else ""
    return listed(request, Page(items=[_certificate(row) for row in found[:limit]], next=following))


@operation(
    router,
    "POST",
    "/certificates",
    summary="Ask for a certificate",
    answers=GivenAnswer,
    scope=SCOPE,
    right=ENTER,
    status=201,
    is_secret=True,
    refusals=(
        errors.NotConfirmed,
        errors.CodeWrong,
        TooManyTries,
        errors.TooLong,
        errors.PublicKeyRefused,
        errors.MachineNotReady,
        errors.NoMachineNamed,
        errors.NoNumberLeft,
        errors.TokenAway,
        MachineNotFound,
        ReasonMissing,
    ),
)
def give_certificate(request: HttpRequest, order: CertificateOrder) -> GivenAnswer:
    """Signs your key for a role on machines, for eight hours at most. The private half stays with you."""
    actions.require_confirmed(asker(request), order.code.strip())
    given = actions.give_certificate(
        by=asker(request),
        machines=order.machines,
        role=order.role,
        lifetime=timedelta(seconds=min(max(order.seconds, 0), 10**6)),
        public_key=order.public_key,
        reason=order.reason,
        origin=str(request.META.get("REMOTE_ADDR", "")),
    )
    doors = [Door(name=one.name, address4=one.address4, address6=one.address6) for one in given.machines]
    return GivenAnswer(
        certificate=given.text,
        doors=doors,
        machines_authority=given.machines_authority,
        **_certificate(given.certificate).model_dump(),
    )


@operation(
    router,
    "GET",
    "/certificates/{serial}",
    summary="Show a certificate",
    answers=CertificateAnswer,
    scope=SCOPE,
    right=ENTER,
    refusals=(errors.CertificateNotFound,),
)
def show_key(request: HttpRequest, serial: int) -> CertificateAnswer:  # noqa: ARG001 - ninja's signature
    """One certificate as it is now."""
    return _certificate(queries.get_certificate(min(max(serial, 0), 2**63 - 1)))


@operation(
    router,
    "POST",
    "/certificates/{serial}/revoke",
    summary="Revoke a certificate",
    answers=CertificateAnswer,
    scope=SCOPE,
    right=ENTER,
    refusals=(errors.CertificateNotFound, ReasonMissing),
)
def revoke_key(request: HttpRequest, serial: int, why: Reason) -> CertificateAnswer:
    """It opens no machine any more, within five seconds, and its sessions end."""
    row = queries.get_certificate(min(max(serial, 0), 2**63 - 1))
    actions.revoke_certificate(row, by=asker(request), reason=why.reason)
    return _certificate(queries.get_certificate(row.serial))


@operation(router, "GET", "/sessions", summary="List sessions", answers=Page[SessionAnswer], scope=SCOPE, right=ENTER)
def list_ssh_sessions(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """Who was on which machine, the newest first."""
    rows = queries.sessions().order_by("-id")
    if after.isdecimal() and len(after) < 19:  # noqa: PLR2004 - digits of a 64-bit number
        rows = rows.filter(id__lt=int(after))
    found = list(rows[: limit + 1])
    following = str(found[limit - 1].pk) if len(found) > limit else ""
    return listed(request, Page(items=[_session(row) for row in found[:limit]], next=following))
