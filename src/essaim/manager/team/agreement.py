"""The confidentiality agreement: written as a draft, put in force, signed by each. The check itself is `people.confidentiality`."""

import hashlib
import unicodedata

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail
from essaim.manager.people.errors import NameMissing
from essaim.manager.people.models import Person
from essaim.manager.team import gate, letters, pdf
from essaim.manager.team.errors import (
    AgreementNotFound,
    AgreementTextMissing,
    NameNotTyped,
    NoDraft,
    SignatureNotFound,
    TextMovedOn,
)
from essaim.manager.team.models import AgreementVersion, Signature
from essaim.manager.team.roll import team


def current() -> AgreementVersion | None:
    """The version in force; None where the house asks for none."""
    return AgreementVersion.objects.exclude(in_force_at=None).order_by("-number").first()


def former() -> list[AgreementVersion]:
    """Every version that is or was in force, the newest first: one query."""
    return list(AgreementVersion.objects.exclude(in_force_at=None).select_related("written_by"))


def signatures_of_team(version: AgreementVersion) -> list[tuple[Person, Signature | None]]:
    """Everybody of the team, and what each signed of `version`: two queries, without the papers."""
    signed = {one.person_id: one for one in Signature.objects.filter(version=version).defer("pdf_file")}
    return [(person, signed.get(person.pk)) for person in team()]


def is_in_force() -> bool:
    """Some version is."""
    return AgreementVersion.objects.exclude(in_force_at=None).exists()


def draft() -> AgreementVersion | None:
    """The version that is being written, if any."""
    return AgreementVersion.objects.filter(in_force_at=None).first()


@transaction.atomic
def write_draft(*, title: str, text: str, by: Person | None) -> AgreementVersion:
    """Write the next version, or what is being written of it anew. Nobody is asked to sign a draft.

    Raises:
        NameMissing, AgreementTextMissing, RightMissing.
    """
    gate.require(by, "team.agreement")
    if not title.strip():
        raise NameMissing
    if not text.strip():
        raise AgreementTextMissing
    newest = AgreementVersion.objects.select_for_update().order_by("-number").first()
    if newest is None or not newest.is_draft:
        newest = AgreementVersion(number=newest.number + 1 if newest else 1)
    newest.title, newest.text, newest.written_by = title.strip()[:160], text.replace("\r\n", "\n").strip() + "\n", by
    newest.save()
    audit.record("team.agreement_written", by=by, about=("agreement", str(newest.number)))
    return newest


@transaction.atomic
def put_in_force(*, by: Person | None) -> AgreementVersion:
    """From now on the draft is what holds, and everybody of the team is asked to sign it before anything else opens. Each gets a letter.

    Raises:
        NoDraft, RightMissing.
    """
    gate.require(by, "team.agreement")
    version = AgreementVersion.objects.select_for_update().filter(in_force_at=None).first()
    if version is None:
        raise NoDraft
    version.in_force_at, version.sha256 = timezone.now(), hashlib.sha256(version.text.encode()).hexdigest()
    version.save()
    Person.objects.update(agreement_due=True)  # also who is not of the team: they may be tomorrow
    audit.record("team.agreement_in_force", by=by, about=("agreement", str(version.number)), sha256=version.sha256)
    url = settings.ORIGIN + reverse("team:agreement")
    for person in team():
        mail.write(
            "agreement",
            to=person.email,
            language=person.language,
            letter=lambda name=person.name: letters.agreement(name=name, title=version.title, url=url),  # type: ignore[misc]  # mypy does not infer a lambda with a default
        )
    return version


@transaction.atomic
def sign(person: Person, *, number: int, typed_name: str, origin: str = "") -> Signature:
    """`person` signs version `number`, which they have read whole. Signing again is the signature that is there.

    Raises:
        AgreementNotFound: none is in force; TextMovedOn: another one came into force meanwhile; NameNotTyped.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    version = AgreementVersion.objects.select_for_update().exclude(in_force_at=None).order_by("-number").first()
    if version is None:
        raise AgreementNotFound
    if version.number != number:
        raise TextMovedOn
    signed = Signature.objects.filter(person=person, version=version).first()
    if signed is None:
        if _plain(typed_name) != _plain(person.name):
            raise NameNotTyped(name=person.name)
        signed = _signature(person, version, " ".join(typed_name.split()), origin)
        facts = {"text_sha256": signed.text_sha256, "pdf_sha256": signed.pdf_sha256}
        audit.record("team.agreement_signed", by=person, about=("agreement", str(version.number)), **facts)
    Person.objects.filter(pk=person.pk).update(agreement_due=False)
    return signed


def _signature(person: Person, version: AgreementVersion, typed_name: str, origin: str) -> Signature:
    now = timezone.now()
    paper = pdf.of_signature(
        title=version.title,
        number=version.number,
        text=version.text,
        text_sha256=version.sha256,
        name=typed_name,
        email=person.email,
        signed_at=now,
        origin=origin,
    )
    return Signature.objects.create(
        person=person,
        version=version,
        typed_name=typed_name[:160],
        text_sha256=version.sha256,
        origin=origin[:64],
        signed_at=now,
        pdf_file=paper,
        pdf_sha256=hashlib.sha256(paper).hexdigest(),
    )


def _plain(name: str) -> str:
    """A name without regard to case, blanks and the form of its accents: a phone's keyboard chooses those."""
    folded = unicodedata.normalize("NFKC", name).replace("’", "'")
    return " ".join(folded.split()).casefold()


def get_signature(pk: int, *, seen_by: Person) -> Signature:
    """One signature with its PDF: one's own, or for who looks after the agreement, anybody's.

    Raises:
        SignatureNotFound.
    """
    found = Signature.objects.select_related("version", "person").filter(pk=pk).first()
    if found is None:
        raise SignatureNotFound
    if found.person_id != seen_by.pk and not gate.may(seen_by, "team.agreement"):
        raise SignatureNotFound
    return found


def get_version(number: int) -> AgreementVersion:
    """One version that is or was in force.

    Raises:
        AgreementNotFound.
    """
    found = AgreementVersion.objects.exclude(in_force_at=None).filter(number=number).first()
    if found is None:
        raise AgreementNotFound
    return found
