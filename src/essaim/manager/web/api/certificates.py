"""Certificates: the one of a site, one's own brought and taken off, and all of the fleet ordered anew."""

import base64
import binascii
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet.errors import MachineNotFound
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting import actions, certificate_errors, certificate_reads, errors, queries
from essaim.manager.hosting.models import Reissue, Site
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Reason, Text, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

of_sites = Router(tags=["sites"])
router = Router(tags=["certificates"])
READ, WRITE = "sites:read", "sites:write"
CHANGE = (errors.SiteNotFound, RightMissing, errors.SiteNotActive)
REFUSED = (
    certificate_errors.CertificateUnreadable,
    certificate_errors.CertificateTooLarge,
    certificate_errors.CertificateKeyMissing,
    certificate_errors.CertificateKeyUnreadable,
    certificate_errors.CertificatePassphraseWrong,
    certificate_errors.CertificateKeyMismatch,
    certificate_errors.CertificateNamesMissing,
    certificate_errors.CertificateExpired,
    certificate_errors.CertificateNotYetValid,
    certificate_errors.CertificateWeak,
    certificate_errors.CertificateChainIncomplete,
    certificate_errors.CertificateRootUnknown,
    certificate_errors.CertificateUntrusted,
    certificate_errors.CertificateNowhereKept,
)


class CertificateAnswer(Schema):
    """The certificate of one site, as its machine told."""

    fqdn: str
    is_own: bool = Field(description="The client brought it; otherwise it comes and is renewed by itself.")
    issuer: str
    directory: str = Field(description="Host of the ACME directory it came from, or `own`; empty: none is in place.")
    names: list[str]
    uncovered: list[str] = Field(description="Names of the site that it is not for.")
    not_before: datetime | None
    not_after: datetime | None
    serial: str
    fingerprint: str = Field(description="SHA-256, as browsers show it.")
    key_kind: str
    renewal_at: datetime | None = Field(description="When its machine orders the next one at the latest.")
    window_start: datetime | None = Field(description="From when on its authority asks for the next order (RFC 9773).")
    window_end: datetime | None
    window_why: str = Field(description="Address of a page on which the authority says why.")
    is_ordered_anew: bool = Field(description="Another one was asked for, and is not in place yet.")
    waiting: int = Field(description="How many certificates wait for their turn on the site's machine.")
    last_turn: datetime | None = Field(description="When the turn of the last of them comes.")
    turn: datetime | None = Field(description="When its turn comes, while it waits for others.")
    tls: str = Field(description="modern (TLS 1.3) or intermediate (TLS 1.2 too)")
    warnings: list[str] = Field(description="`private_root`: browsers do not know where it comes from.")
    sentence: str = Field(description="What is the matter, or that it is ending.")


class OwnCertificate(Body):
    """A certificate to bring, with its key. The key is sealed for the site's machine and not kept."""

    chain: Text = Field(
        "", description="PEM: the site's certificate first, then those above it; the key may stand in it too."
    )
    key: Text = Field("", description="PEM.")
    pkcs12: Text = Field("", description="In the place of both: a PKCS#12 file, base64.")
    passphrase: Text = Field("", description="What opens the key, where it is protected. Used once.")


class ReissueOrder(Body):
    """Which certificates to order anew; neither machine nor authority: all."""

    machine: Word = ""
    authority: Word = Field("", description="Host of the ACME directory they came from.")
    reason: Text


class ReissueAnswer(Schema):
    """How far an order to replace certificates is."""

    number: int
    machine: str
    authority: str
    reason: str
    at: datetime
    is_over: bool
    total: int
    done: int
    queued: int = Field(description="They wait for their turn in the budget of their authority.")
    failing: int
    last_turn: datetime | None


class OfMachine(Schema):
    """How many certificates a machine has from one authority."""

    machine: str
    authority: str
    certificates: int


class FleetCertificates(Schema):
    """Certificates of all machines, and the newest order to replace some."""

    items: list[OfMachine]
    reissue: ReissueAnswer | None


def _answer(site: Site) -> CertificateAnswer:
    shown = certificate_reads.shown(site, queries.wishes_about(site))
    own, queue = shown.own, certificate_reads.queue_of(site.account.machine)
    return CertificateAnswer(
        fqdn=site.fqdn,
        is_own=own is not None,
        issuer=shown.issuer,
        directory=shown.directory,
        names=list(shown.names),
        uncovered=list(shown.uncovered),
        not_before=shown.not_before,
        not_after=shown.not_after,
        serial=shown.serial,
        fingerprint=shown.fingerprint,
        key_kind=own.key_kind if own else "ECDSA P-256" if shown.serial else "",
        renewal_at=shown.renewal_at,
        window_start=shown.window_start,
        window_end=shown.window_end,
        window_why=shown.window_why,
        is_ordered_anew=shown.is_ordered_anew,
        waiting=queue.waiting,
        last_turn=queue.last_turn,
        turn=shown.turn,
        tls=shown.tls,
        warnings=list(own.warnings) if own else [],
        sentence=site.certificate_said or site.https_said,
    )


@operation(
    of_sites,
    "GET",
    "/{fqdn}/certificate",
    summary="Show a site's certificate",
    answers=CertificateAnswer,
    scope=READ,
    refusals=(errors.SiteNotFound,),
)
def show_certificate(request: HttpRequest, fqdn: str) -> CertificateAnswer:
    """The certificate in place, and when the next one comes."""
    return _answer(queries.get_site(fqdn, seen_by=asker(request)))


@operation(
    of_sites,
    "POST",
    "/{fqdn}/certificate",
    summary="Bring a certificate",
    answers=CertificateAnswer,
    scope="keys:write",
    status=202,
    refusals=(*CHANGE, *REFUSED),
)
def put_certificate(request: HttpRequest, fqdn: str, own: OwnCertificate) -> CertificateAnswer:
    """Serves the site with it from now on. It is checked first: its key, its chain, its names, its days, its strength. No other is
    ordered until it is taken off.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.put_certificate(site, by=asker(request), **_given(own))
    return _answer(queries.get_site(fqdn, seen_by=asker(request)))


def _given(own: OwnCertificate) -> dict[str, Any]:
    if not own.pkcs12:
        return {"chain": own.chain.encode(), "key": own.key.encode(), "passphrase": own.passphrase}
    try:
        return {"chain": base64.b64decode(own.pkcs12, validate=True), "passphrase": own.passphrase}
    except binascii.Error:
        raise certificate_errors.CertificateUnreadable from None


@operation(
    of_sites,
    "POST",
    "/{fqdn}/certificate/off",
    summary="Take one's own certificate off",
    answers=CertificateAnswer,
    scope="keys:write",
    refusals=CHANGE,
)
def take_certificate_off(request: HttpRequest, fqdn: str) -> CertificateAnswer:
    """Has an automatic certificate again; one's own serves until that is there. Where there is none, nothing changes."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.take_certificate_off(site, by=asker(request))
    return _answer(queries.get_site(fqdn, seen_by=asker(request)))


@operation(
    of_sites,
    "POST",
    "/{fqdn}/certificate/reissue",
    summary="Order a site's certificate anew",
    answers=CertificateAnswer,
    scope=WRITE,
    refusals=(*CHANGE, ReasonMissing, certificate_errors.NothingToReissue, certificate_errors.ReissuedToday),
)
def reissue_certificate(request: HttpRequest, fqdn: str, why: Reason) -> CertificateAnswer:
    """Replaces it before its time, with a new key; once a day, the team at any time. The one in place serves until then."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.reissue(by=asker(request), reason=why.reason, site=site)
    return _answer(queries.get_site(fqdn, seen_by=asker(request)))


@operation(
    router,
    "GET",
    "",
    summary="Show the fleet's certificates",
    answers=FleetCertificates,
    scope=READ,
    right="certificates.reissue",
)
def show_certificates(request: HttpRequest) -> FleetCertificates:  # noqa: ARG001 - of the protocol
    """How many certificates each machine has from whom, and how far the newest order to replace some is."""
    last = certificate_reads.last_reissue()
    rows = [OfMachine(**row._asdict()) for row in certificate_reads.of_fleet()]
    return FleetCertificates(items=rows, reissue=_progress(last) if last else None)


@operation(
    router,
    "POST",
    "/reissue",
    summary="Order certificates anew",
    answers=ReissueAnswer,
    scope=WRITE,
    right="certificates.reissue",
    status=202,
    refusals=(
        RightMissing,
        ReasonMissing,
        MachineNotFound,
        certificate_errors.NothingToReissue,
        certificate_errors.ReissueUnderWay,
    ),
)
def reissue_certificates(request: HttpRequest, order: ReissueOrder) -> ReissueAnswer:
    """Replaces all certificates of an authority, of a machine, or of both, before their time, with new keys: as when an authority
    revokes what it signed. Those that end first go first; each machine keeps to its budget; what is in place serves meanwhile.
    """
    machine = Machine.objects.filter(name=order.machine).first()
    if order.machine and machine is None:
        raise MachineNotFound(name=order.machine)
    made = actions.reissue(by=asker(request), reason=order.reason, machine=machine, authority=order.authority)
    assert isinstance(made, Reissue)  # noqa: S101 - of no single site
    return _progress(certificate_reads.progress(made))


def _progress(found: certificate_reads.Progress) -> ReissueAnswer:
    order = found.order
    return ReissueAnswer(
        number=order.number,
        machine=order.machine.name if order.machine else "",
        authority=order.authority,
        reason=order.reason,
        at=order.at,
        is_over=found.is_over,
        total=found.total,
        done=found.done,
        queued=found.queued,
        failing=found.failing,
        last_turn=found.last_turn,
    )
