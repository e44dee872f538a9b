"""What was seen of a site from outside: the table of its page, its health, its HTTPS, and the line in its story."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils import timezone

from essaim.contract import ProbeResult, Report
from essaim.manager.fleet import story
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting import wishes
from essaim.manager.hosting.health import HEALTH_FIELDS, HTTPS_FIELDS, moment_of, said_by, set_health, set_https
from essaim.manager.hosting.models import ProofLine, Site
from essaim.manager.hosting.wanted import is_suspended, is_unserved

WHO_ANSWERS = frozenset(
    {
        "probe.other_site",
        "probe.other_account",
        "probe.not_served",
        "probe.php_silent",
        "probe.other_php",
        "probe.other_engine",
    }
)
"""Faults of what is served, whatever the way to it."""
SITE_FIELDS = [
    *HEALTH_FIELDS, *HTTPS_FIELDS, "https_proved_at",
    "certificate_not_after", "proved_revision", "proved_at", "revision_proved_at", "live_seconds", "front_status",
]  # fmt: skip
PROOF_FIELDS = ["address", "ok", "status", "seconds", "code", "facts", "sentence", "at"]


def take_in(site: Site, machine: Machine, wanted: Wanted, report: Report) -> None:
    """Keep what `machine` saw, and if it is about the site's newest wish, let the site's health follow."""
    spec = wanted.spec or {}
    _keep_lines(site, report, is_whole=spec.get("expect", "live") != "live")
    made = wishes.wish_of(site, "site")
    if made is None or spec.get("site_revision") != made.revision:
        return
    before = (site.health, site.https, site.proved_revision)
    # what visitors are shown, whatever the machine says of what it holds
    site.certificate_not_after = moment_of(report.facts.get("certificate_not_after")) or site.certificate_not_after
    if report.outcome in ("applied", "mended"):
        _proved(site, made, with_https=bool(spec.get("https")))
    elif report.outcome in ("failed", "drifted"):
        _not_proved(site, made, report, with_https=bool(spec.get("https")))
    else:
        return
    site.save(update_fields=SITE_FIELDS)
    _tell(site, machine, made, report, before, expect=str(spec.get("expect", "live")))


def _proved(site: Site, made: Wanted, *, with_https: bool) -> None:
    _proved_http(site, made)
    if with_https:
        site.https_proved_at = site.https_proved_at or timezone.now()
        if not site.renewal_fails:  # a proof of what serves takes nothing away from that
            set_https(site, Site.Https.LIVE)


def _proved_http(site: Site, made: Wanted) -> None:
    now = timezone.now()
    off = is_unserved(site) or is_suspended(site)
    set_health(site, Site.Health.OFF if off else Site.Health.LIVE)
    site.proved_at = now
    if site.proved_revision != made.revision:
        site.proved_revision, site.revision_proved_at = made.revision, now
    if site.live_seconds is None and not off:
        site.live_seconds = max(0.0, (now - site.created_at).total_seconds())


def _not_proved(site: Site, made: Wanted, report: Report, *, with_https: bool) -> None:
    """A site that was never proved is still *being proved*; one that was is *not as it should be*. A site that was proved
    over HTTP and never yet over HTTPS stays live, and says why not yet over HTTPS.
    """
    was_proved = site.proved_revision == made.revision
    https_fails = with_https and _only_https_fails(report.probes)
    if https_fails:
        set_https(site, Site.Https.FAILED, said_by(report))
    if https_fails and was_proved and site.https_proved_at is None:
        _proved_http(site, made)
        return
    set_health(site, Site.Health.CHANGED if was_proved else Site.Health.PROVING, said_by(report))


def _only_https_fails(probes: Iterable[ProbeResult]) -> bool:
    """Every proof holds over HTTP, and what fails is the way over HTTPS, not who answers."""
    results = [probe for probe in probes if probe.check != "front"]
    plain = [probe.ok for probe in results if probe.scheme == "http"]
    wrong = [probe for probe in results if not probe.ok]
    return bool(plain) and all(plain) and bool(wrong) and all(probe.code not in WHO_ANSWERS for probe in wrong)


def _tell(
    site: Site, machine: Machine, made: Wanted, report: Report, before: tuple[str, str, int], *, expect: str
) -> None:
    """A line when a proof changed something; the gentle rate at which every site is looked at is not a story."""
    good = report.outcome in ("applied", "mended") or site.health == Site.Health.LIVE
    if before == (site.health, site.https, site.proved_revision) and (good or _told_already(site, report)):
        return
    said = said_by(report)
    story.tell(
        "probe",
        site.fqdn,
        story.What.PROVED if good else story.What.FAILED,
        revision=made.revision,
        machine=machine.name,
        seconds=max(0.0, (timezone.now() - made.changed_at).total_seconds()) if good else None,
        code=said.code,
        sentence=said.sentence,
        advice=said.advice,
        facts={**said.facts, "https": site.https, "expect": expect},
    )


def _told_already(site: Site, report: Report) -> bool:
    """The last line about a proof says the same."""
    lines = StoryLine.objects.filter(about_kind="site", about_key=site.fqdn, kind="probe")
    last = lines.order_by("-id").values_list("what", "code").first()
    return last == (story.What.FAILED, said_by(report).code)


def _keep_lines(site: Site, report: Report, *, is_whole: bool) -> None:
    """The newest result of each request takes the place of the one before; requests no longer made go. A gentle look asks
    for less than a proof does (no PHP, no front page): what it did not ask stays, unless the report `is_whole`.
    """
    if not report.probes:
        return
    at = datetime.fromtimestamp(report.at, UTC)
    lines = [
        ProofLine(
            site=site,
            name=probe.name or site.fqdn,
            scheme=probe.scheme,
            family=probe.family,
            check_name=probe.check,
            address=probe.address or None,
            ok=probe.ok,
            status=probe.status,
            seconds=probe.seconds,
            code=probe.code,
            facts=probe.facts,
            sentence=probe.sentence,
            at=at,
        )
        for probe in report.probes
    ]
    ProofLine.objects.bulk_create(
        {(line.name, line.scheme, line.family, line.check_name): line for line in lines}.values(),
        update_conflicts=True,
        unique_fields=["site", "name", "scheme", "family", "check_name"],
        update_fields=PROOF_FIELDS,
    )
    older = site.proofs.filter(at__lt=at)
    (older if is_whole else older.filter(check_name__in={probe.check for probe in report.probes})).delete()
    front = next((probe.status for probe in report.probes if probe.check == "front" and probe.status), None)
    if front is not None and front != site.front_status:
        site.front_status = front
        site.save(update_fields=["front_status"])
