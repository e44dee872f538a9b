"""Consent to names under another client's domain, or that look like another client's."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from essaim.manager.core import audit
from essaim.manager.hosting import claims
from essaim.manager.hosting.errors import ConsentNeedless, ConsentNotFound, ConsentNotYours
from essaim.manager.hosting.models import NameConsent
from essaim.manager.hosting.names import parse_name
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Person


@transaction.atomic
def give_consent(*, fqdn: str, owner: Client, guest: Client, by: Person | None) -> NameConsent:
    """Let `guest` have `fqdn` and names under it, although `owner` has names of that domain; or a name that looks like it.

    Where several clients have names under one domain, each consents for itself.

    Raises:
        ConsentNotYours, ConsentNeedless, NotAllowed; as `names.parse_name`.
    """
    rights.require(by, "sites.change", owner)
    name = parse_name(fqdn)
    if owner.pk == guest.pk:
        raise ConsentNeedless(client=owner.name)
    if not claims.holds_under(owner, name.registrable):
        raise ConsentNotYours(client=owner.name, name=name.unicode)
    consent, is_new = NameConsent.objects.get_or_create(fqdn=name.fqdn, owner=owner, guest=guest)
    if is_new:
        _record("hosting.consent_given", name.fqdn, owner, guest, by)
    return consent


@transaction.atomic
def withdraw_consent(*, fqdn: str, owner: Client, guest: Client, by: Person | None) -> None:
    """Let `guest` take no further names. Those it has, it keeps: a site is not switched off by a neighbour.

    Raises:
        ConsentNotFound, NotAllowed; as `names.parse_name`.
    """
    rights.require(by, "sites.change", owner)
    name = parse_name(fqdn)
    gone, _each = NameConsent.objects.filter(fqdn=name.fqdn, owner=owner, guest=guest).delete()
    if not gone:
        raise ConsentNotFound(client=owner.name)
    _record("hosting.consent_withdrawn", name.fqdn, owner, guest, by)


def _record(code: str, fqdn: str, owner: Client, guest: Client, by: Person | None) -> None:
    audit.record(code, by=by, about=("name", fqdn), client=owner.slug, guest=guest.slug)


def given_twice(gone: Client, kept: Client) -> QuerySet[NameConsent]:
    """Consents of `gone` that `kept` gave too, or gave to `gone` itself: when the two become one, they stay behind."""
    same = kept.consents_given.filter(fqdn=OuterRef("fqdn"), guest=OuterRef("guest"))
    return NameConsent.objects.filter(Exists(same) | Q(guest=kept), owner=gone)


def received_twice(gone: Client, kept: Client) -> QuerySet[NameConsent]:
    """Consents to `gone` that `kept` has too, or gave itself: when the two become one, they stay behind."""
    same = kept.consents_received.filter(fqdn=OuterRef("fqdn"), owner=OuterRef("owner"))
    return NameConsent.objects.filter(Exists(same) | Q(owner=kept), guest=gone)
