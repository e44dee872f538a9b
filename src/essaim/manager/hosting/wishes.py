"""What a site's rows mean for the machines: one place that says what is wanted of its machine and of a prober.

Actions and jobs call it inside their transaction. It writes wishes and the site's health, never what a person decided.
"""

from django.db.models import prefetch_related_objects

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import actions as fleet
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.fleet.queries import a_prober
from essaim.manager.hosting import program_wishes
from essaim.manager.hosting.health import HEALTH_FIELDS, HTTPS_FIELDS, Said, set_health, set_https
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.wanted import acme_directories, is_unserved, wanted_certificate, wanted_probe, wanted_site

NO_PROBER = Said(
    "probe.no_prober",
    sentence="No machine looks at sites from outside yet: nobody has proved this one.",
    advice="The team adds a machine of role “prober” to the fleet.",
)
KEPT = [*HEALTH_FIELDS, *HTTPS_FIELDS, "https_proved_at", "certificate_not_after"]


def wish(site: Site, line: AuditLine) -> Wanted:
    """Want of the machine what the site's rows say now, and start over at *waiting for the machine* if that is news."""
    machine = site.account.machine
    prefetch_related_objects([site], "aliases")  # the site and its certificate both tell them
    if is_unserved(site):
        wanted = fleet.unwant(machine, "site", site.fqdn, audit=line)
        _unwant_if_wanted(machine, "certificate", site.fqdn)
        set_https(site, Site.Https.NONE)
        site.https_proved_at = site.certificate_not_after = None
    else:
        wanted = fleet.want(machine, wanted_site(site), site.fqdn, audit=line)
        _wish_certificate(site)
    if wanted.revision > max(wanted.sent_revision, site.proved_revision):
        set_health(site, Site.Health.WAITING)
    site.save(update_fields=KEPT)
    program_wishes.wish(site)
    return wanted


def wish_certificate(site: Site, line: AuditLine) -> None:
    """Want the certificate of the machine as the site's rows have it now; nothing else of the site has changed."""
    prefetch_related_objects([site], "aliases")
    _wish_certificate(site, line)
    site.save(update_fields=KEPT)


def _wish_certificate(site: Site, line: AuditLine | None = None) -> None:
    """Asked for at once: the machine tries again by itself until the name leads to it."""
    if not acme_directories() and not site.certificate_own:
        _unwant_if_wanted(site.account.machine, "certificate", site.fqdn)
        site.https = Site.Https.NONE
        return
    certificate = fleet.want(site.account.machine, wanted_certificate(site), site.fqdn, audit=line)
    if certificate.revision > max(certificate.sent_revision, certificate.applied_revision):
        set_https(site, Site.Https.PENDING)
        site.https_proved_at = None


def wish_reissue(site: Site, line: AuditLine | None = None) -> None:
    """Want another certificate of the machine; HTTPS stays what it is, for the one in place serves on."""
    fleet.want(site.account.machine, wanted_certificate(site), site.fqdn, audit=line)


def unwish(site: Site, line: AuditLine) -> None:
    """The site is erased: its data goes too, and nobody looks for it any more."""
    machine = site.account.machine
    fleet.unwant(machine, "site", site.fqdn, erase=True, audit=line)
    _unwant_if_wanted(machine, "certificate", site.fqdn, erase=True)
    _unwant_if_wanted(machine, "content", site.fqdn, erase=True)
    _unwant_if_wanted(machine, "program", site.fqdn, erase=True)
    probe = wish_of(site, "probe")
    if probe is not None and probe.spec is not None:
        fleet.unwant(probe.machine, "probe", site.fqdn)


def ask_for_proof(site: Site, wanted: Wanted, *, again: bool = False) -> bool:
    """Want a proof of the wish `wanted` of the machine that proved the site before, or of any prober; False: there is none."""
    others = Wanted.objects.select_related("machine").filter(kind__in=("probe", "certificate"), key=site.fqdn)
    newest = {other.kind: other for other in others.order_by("revision", "changed_at")}
    before, certificate = newest.get("probe"), newest.get("certificate")
    prober = before.machine if before and before.machine.state == Machine.State.ACTIVE else a_prober()
    if prober is None:
        return False
    if before is not None and before.machine_id != prober.pk:
        fleet.unwant(before.machine, "probe", site.fqdn)
    # A certificate that is only ordered anew serves meanwhile.
    https = certificate_is_in_place(certificate) or (site.https == Site.Https.LIVE and certificate is not None)
    fleet.want(prober, wanted_probe(site, wanted, https=https), site.fqdn, again=again)
    return True


def wish_of(site: Site, kind: str) -> Wanted | None:
    """The newest wish of `kind` about `site`, with its machine."""
    wishes = Wanted.objects.select_related("machine").filter(kind=kind, key=site.fqdn)
    if kind != "probe":
        wishes = wishes.filter(machine=site.account.machine)
    return wishes.order_by("-revision", "-changed_at").first()


def certificate_is_in_place(certificate: Wanted | None) -> bool:
    """The newest certificate wish was met once; a renewal that fails later leaves the old one in place."""
    if certificate is None or certificate.spec is None:
        return False
    return certificate.applied_revision >= certificate.revision


def _unwant_if_wanted(machine: Machine, kind: str, key: str, *, erase: bool = False) -> None:
    if Wanted.objects.filter(machine=machine, kind=kind, key=key).exists():
        fleet.unwant(machine, kind, key, erase=erase)
