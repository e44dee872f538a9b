"""What can happen to a site's certificate: brought by its client, taken off again; and many ordered anew at once."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import formats, timezone

from essaim.bus import sealing
from essaim.bus.errors import SealBroken
from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import access, wishes
from essaim.manager.hosting import certificate_errors as errors
from essaim.manager.hosting.actions.locks import lock_site, record_about
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Account, OwnCertificate, Reissue, Site
from essaim.manager.hosting.own_certificates import Judged, judged
from essaim.manager.hosting.wanted import acme_directories, is_unserved
from essaim.manager.people import rights
from essaim.manager.people.models import Person

A_DAY = dt.timedelta(days=1)
OWN = "own"
"""What a machine tells in the place of an authority's host."""


def parse_tls(text: str) -> str:
    """One of `Site.Tls`.

    Raises:
        TlsProfileUnknown.
    """
    if text.strip() not in Site.Tls.values:
        raise errors.TlsProfileUnknown(tls=text[:20])
    return text.strip()


def put_certificate(
    site: Site, *, by: Person | None, chain: bytes, key: bytes = b"", passphrase: str = ""
) -> OwnCertificate:
    """Serve the site with this certificate from now on, until it is taken off or another takes its place. The key is sealed for the
    site's machine and not kept; see `own_certificates.judged` for what the files may be.

    Raises:
        NotAllowed, SiteNotActive: closed; CertificateRefused, as the class that says why; CertificateNowhereKept.
    """
    access.require(by, "sites.change", site.account)
    found = judged(chain, key, passphrase, names=_names(site))
    machine = site.account.machine
    try:
        sealed = sealing.seal(found.key, str(machine.facts.get("seal", "")))
    except SealBroken:
        raise errors.CertificateNowhereKept(machine=machine.name) from None
    with transaction.atomic():
        site = _lock_served(site, by)
        row, _is_new = OwnCertificate.objects.update_or_create(site=site, defaults=_row(found, sealed, by))
        site.own_certificate, site.certificate_own = row, True
        site.save(update_fields=["certificate_own"])
        facts = {"issuer": row.issuer, "fingerprint": row.fingerprint, "until": row.not_after.isoformat()}
        wishes.wish_certificate(site, record_about(site, "hosting.certificate_put", by=by, **facts))
    return row


def _row(found: Judged, sealed: str, by: Person | None) -> dict[str, Any]:
    return {
        "person": by,
        "at": timezone.now(),
        "sealed_key": sealed,
        "told_days": None,
        "issuer": found.issuer[:200],
        "names": list(found.names),
        "warnings": list(found.warnings),
        **{
            name: getattr(found, name)
            for name in ("chain", "serial", "not_before", "not_after", "key_kind", "fingerprint")
        },
    }


@transaction.atomic
def take_certificate_off(site: Site, *, by: Person | None) -> Site:
    """Have an automatic certificate again. The client's own serves until that one is there, and its key is forgotten. Where there is
    none, nothing changes.

    Raises:
        NotAllowed, SiteNotActive: closed.
    """
    site = _lock_served(site, by)
    if not site.certificate_own:
        return site
    OwnCertificate.objects.filter(site=site).delete()
    site.certificate_own = False
    site.save(update_fields=["certificate_own"])
    wishes.wish_certificate(site, record_about(site, "hosting.certificate_taken_off", by=by))
    return site


def _lock_served(site: Site, by: Person | None) -> Site:
    site = lock_site(site, by)
    if is_unserved(site):
        raise SiteNotActive(name=site.name_unicode, state=Site.State.CLOSED.label)
    return site


def _names(site: Site) -> list[str]:
    return [site.fqdn, *(alias.fqdn for alias in site.aliases.all())]


@transaction.atomic
def reissue(
    *, by: Person, reason: str, machine: Machine | None = None, authority: str = "", site: Site | None = None
) -> Reissue | Site:
    """Have certificates replaced before their time, with new keys: of one site, or all of a machine, of an authority (host of its
    directory), or both. One site's may be replaced by whoever changes it, once a day; all else is the team's. The worker tells the machines, those that end first at first; each keeps to its budget, and what is in place serves
    until the next one is there.

    Raises:
        NotAllowed, ReasonMissing, NothingToReissue, ReissueUnderWay, ReissuedToday; SiteNotActive: closed.
    """
    if site is None:
        rights.require(by, "certificates.reissue")
    if not reason.strip():
        raise ReasonMissing
    number = next_number()
    if site is not None:
        site = _lock_served(site, by)
        if site.certificate_own or not acme_directories():
            raise errors.NothingToReissue
        _require_none_today(site, by)
        site.certificate_reissue = number
        site.save(update_fields=["certificate_reissue"])
        wishes.wish_reissue(site, record_about(site, "hosting.certificate_reissued", by=by, reason=reason))
        return site
    former = Reissue.objects.filter(told_at=None).first()
    if former is not None:
        raise errors.ReissueUnderWay(moment=formats.date_format(timezone.localtime(former.at), "j F Y, H:i"))
    order = Reissue(number=number, machine=machine, authority=authority.strip(), person=by, reason=reason.strip())
    if not to_reissue(order).exists():
        raise errors.NothingToReissue
    order.save()
    about = ("machine", machine.name) if machine else ("name", authority or "*")
    audit.record("hosting.certificates_reissued", by=by, about=about, reason=reason, authority=authority)
    return order


def _require_none_today(site: Site, by: Person) -> None:
    """An authority gives few certificates a week for the same names, and they are to be there when one is needed."""
    free = dt.datetime.fromtimestamp(site.certificate_reissue / 1000, dt.UTC) + A_DAY
    if free > timezone.now() and not rights.may(by, "certificates.reissue"):
        raise errors.ReissuedToday(
            name=site.name_unicode, moment=formats.date_format(timezone.localtime(free), "j F Y, H:i")
        )


def next_number() -> int:
    """Greater than that of any order before, also of a database that was since restored."""
    last = Reissue.objects.order_by("-number").values_list("number", flat=True).first() or 0
    return max(last + 1, int(timezone.now().timestamp() * 1000))


def to_reissue(order: Reissue) -> QuerySet[Site]:
    """The sites that `order` is about and that its machines were not told of yet, those that end first at first."""
    in_place = Wanted.objects.filter(kind="certificate", applied_revision__gt=0).exclude(facts__directory=OWN)
    if order.authority:
        in_place = in_place.filter(facts__directory=order.authority)
    if order.machine_id:
        in_place = in_place.filter(machine_id=order.machine_id)
    sites = Site.objects.exclude(state=Site.State.CLOSED).exclude(account__state=Account.State.CLOSED)
    sites = sites.filter(certificate_own=False, certificate_reissue__lt=order.number, fqdn__in=in_place.values("key"))
    return sites.order_by("certificate_not_after", "fqdn")
