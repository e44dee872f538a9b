"""One order: names and a signing request in, a chain out (RFC 8555, 7.4), proved by http-01 (8.3)."""

import contextlib
import functools
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acme import challenges, errors, messages
from cryptography import x509

from essaim.agent.acme.ari import certificate_id
from essaim.agent.acme.directory import Session
from essaim.agent.acme.problems import Problem, not_pointing, slow

FIRST_PAUSE_S, PAUSE_GROWTH, LONGEST_PAUSE_S = 0.05, 1.5, 3.0
ORDER_TIMEOUT_S = 90.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
_NOT_ABOUT_REPLACING = ("rateLimited", "serverInternal", "badNonce", "accountDoesNotExist")
_PENDING = (messages.STATUS_PENDING, messages.STATUS_PROCESSING)


@dataclass(frozen=True)
class Deadline:
    """When an order is given up for this time."""

    at: float

    def wait_for(self, what: str, look: Callable[[], Any]) -> Any:
        """`look` again and again, soon at first, until it tells something other than None.

        Raises:
            Problem: `certificate.ca_slow`, at the deadline.
        """
        pause = FIRST_PAUSE_S
        while (found := look()) is None:
            if time.monotonic() + pause > self.at:
                raise slow(what, ORDER_TIMEOUT_S)
            time.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_S)
        return found


def issue(session: Session, csr_pem: bytes, answers: Path, *, former: str = "") -> dict[str, Any]:
    """A certificate for the names of `csr_pem`; `answers` is the directory that nginx serves challenges from. `former`: the
    chain (PEM) of this authority whose place it takes, if there is one.

    Returns:
        `chain` (PEM) and the facts of the certificate: see `facts_of`.

    Raises:
        Problem, or what the library raises: see `problems.explain`.
    """
    deadline = Deadline(time.monotonic() + ORDER_TIMEOUT_S)
    order = _ordered(session, csr_pem, former)
    pending = [one for one in order.authorizations if one.body.status == messages.STATUS_PENDING]
    with _published(session, pending, answers) as chosen:
        for challenge in chosen:
            session.answer_challenge(challenge, challenge.response(session.net.key))
        for authorization in order.authorizations:
            deadline.wait_for("checked the names", functools.partial(_verdict, session, authorization.uri))
    session.begin_finalization(order)
    url = deadline.wait_for("signed the certificate", lambda: _certificate_url(session, order.uri))
    chain = session.chain_at(url)
    return {"chain": chain, **facts_of(chain, csr_pem)}


def _ordered(session: Session, csr_pem: bytes, former: str) -> messages.OrderResource:
    """The order, made known as a replacement where the authority is interested. One that it does not take as such, because it
    has forgotten the former one or knows of another replacement, is made as any other.
    """
    session.replaces = certificate_id(former) if former and session.suggests_renewal else ""
    try:
        return session.new_order(csr_pem)
    except (messages.Error, errors.ConflictError) as refused:  # the library tells nothing else of a 409
        if not session.replaces or getattr(refused, "code", None) in _NOT_ABOUT_REPLACING:
            raise
        session.replaces = ""
        return session.new_order(csr_pem)


@contextlib.contextmanager
def _published(
    session: Session, pending: Sequence[messages.AuthorizationResource], answers: Path
) -> Iterator[list[messages.ChallengeBody]]:
    """The answers to the challenges of `pending` are there for the authority to fetch, until the block ends."""
    chosen, written = [], []
    try:
        for authorization in pending:
            challenge = _http_01(authorization)
            token = challenge.chall.encode("token")
            if not _TOKEN.fullmatch(token):
                raise ValueError(f"the token {token[:40]!r} is no file's name")
            written.append(_write(answers / token, challenge.validation(session.net.key)))
            chosen.append(challenge)
        yield chosen
    finally:
        for path in written:
            path.unlink(missing_ok=True)


def _http_01(authorization: messages.AuthorizationResource) -> messages.ChallengeBody:
    for challenge in authorization.body.challenges:
        if isinstance(challenge.chall, challenges.HTTP01):
            return challenge
    name = authorization.body.identifier.value
    raise Problem(
        "certificate.ca_refused",
        f"The certificate authority does not accept the check by HTTP for {name}.",
        "Use another authority for this name.",
        retry=False,
        facts={"name": name},
    )


def _write(path: Path, content: str) -> Path:
    beside = path.with_name(f".{path.name[:100]}.new")
    beside.write_text(content)
    beside.chmod(0o644)
    beside.replace(path)
    return path


def _verdict(session: Session, uri: str) -> bool | None:
    authorization = session.authorization_at(uri)
    if authorization.status in _PENDING:
        return None
    if authorization.status == messages.STATUS_VALID:
        return True
    told = next((challenge.error for challenge in authorization.challenges if challenge.error), None)
    raise not_pointing(authorization.identifier.value, told)


def _certificate_url(session: Session, uri: str) -> str | None:
    order = session.order_at(uri)
    if order.status == messages.STATUS_INVALID:
        raise order.error or Problem(
            "certificate.ca_gave_up",
            "The certificate authority gave the order up, without a reason.",
            "Nothing yet: it is asked again. The site is served over HTTP meanwhile.",
            retry=True,
        )
    return order.certificate if order.status == messages.STATUS_VALID else None


def facts_of(chain: str, csr_pem: bytes) -> dict[str, str | float | list[str]]:
    """What the first certificate of `chain` says.

    Raises:
        ValueError: it is not the one that was asked for: nginx would refuse it beside our key.
    """
    leaf = x509.load_pem_x509_certificates(os.fsencode(chain))[0]
    request = x509.load_pem_x509_csr(csr_pem)
    if leaf.public_key() != request.public_key() or _names(leaf) != _names(request):
        raise ValueError("the certificate is not the one that was asked for")
    issuer = leaf.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return {
        "not_before": leaf.not_valid_before_utc.timestamp(),
        "not_after": leaf.not_valid_after_utc.timestamp(),
        "serial": f"{leaf.serial_number:x}",
        "issuer": str(issuer[0].value) if issuer else leaf.issuer.rfc4514_string(),
        "names": sorted(_names(leaf)),
    }


def _names(holder: x509.Certificate | x509.CertificateSigningRequest) -> set[str]:
    extension = holder.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {name.lower() for name in extension.value.get_values_for_type(x509.DNSName)}
