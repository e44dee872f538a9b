"""What the hosting room does when machines answer, and what it does by itself from time to time.

Reactions run inside the worker's transaction, hundreds a second: a few small queries each. A report about another revision
than the newest is old news, and changes nothing here.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from essaim.contract import Report
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import program_states, proofs, wishes
from essaim.manager.hosting.actions.accounts import FIRST_UID, erase_account, renumber_account
from essaim.manager.hosting.actions.content import UNDER_WAY, forget_file, path_of
from essaim.manager.hosting.actions.site_states import erase_site
from essaim.manager.hosting.health import (
    HEALTH_FIELDS,
    HTTPS_FIELDS,
    NOTHING,
    Said,
    moment_of,
    said_by,
    set_health,
    set_https,
)
from essaim.manager.hosting.models import Account, Site, Upload

log = logging.getLogger("essaim.hosting")
Row = TypeVar("Row", Account, Site)
QUEUED = "certificate.queued"
"""What a machine says of an order whose turn has not come: nothing is wrong."""
MADE = ("applied", "mended")
UPLOAD_FILES_KEPT_S = 3600
MOST_UIDS = 39_000
"""Numbers above are left for a person to look at: a machine that refuses every number must not use them up."""


def on_account(machine: Machine, wanted: Wanted, report: Report) -> None:
    """The machine has the account's number for another: this database was restored, and gave the number out anew."""
    if report.code != "account.uid_taken" or report.revision != wanted.revision or wanted.applied_revision:
        return
    accounts = Account.objects.select_for_update(of=("self",)).select_related("machine")
    account = accounts.filter(login=wanted.key, machine=machine).first()
    if account is not None and account.uid < FIRST_UID + MOST_UIDS:
        renumber_account(account)


def on_site(machine: Machine, wanted: Wanted, report: Report) -> None:
    """The web machine answered: want a proof of what it made, or show what keeps it."""
    site = _site(wanted)
    if site is None or site.account.machine_id != machine.pk or report.revision != wanted.revision:
        return
    if report.outcome in MADE:
        if site.health == Site.Health.LIVE and site.proved_revision == wanted.revision:
            return  # the machine was rebuilt or resent what we know; the prober goes on looking
        _show(site, Site.Health.PROVING)
        again = report.outcome == "mended" or site.proved_revision == wanted.revision
        if not wishes.ask_for_proof(site, wanted, again=again):
            _show(site, Site.Health.PROVING, wishes.NO_PROBER)
    elif report.outcome == "drifted":
        _show(site, Site.Health.CHANGED, said_by(report))
    elif report.outcome in ("failed", "too_new"):
        _show(site, Site.Health.FAILED, said_by(report))


def on_site_told_anew(machine: Machine, keys: list[str]) -> None:
    """What was proved of these may be past: they wait for the machine, and are proved again."""
    Site.objects.filter(account__machine=machine, fqdn__in=keys).update(
        health=Site.Health.WAITING, health_code="", health_facts={}, health_sentence="", health_advice=""
    )


def on_certificate_told_anew(machine: Machine, keys: list[str]) -> None:
    """HTTPS of these is to be proved again once the machine has answered."""
    sites = Site.objects.filter(account__machine=machine, fqdn__in=keys).exclude(https=Site.Https.NONE)
    sites.update(https=Site.Https.PENDING, https_code="", https_facts={}, https_sentence="", https_proved_at=None)


def _show(site: Site, health: Site.Health, said: Said = NOTHING) -> None:
    set_health(site, health, said)
    site.save(update_fields=HEALTH_FIELDS)


def on_certificate(machine: Machine, wanted: Wanted, report: Report) -> None:
    """A certificate is in place: prove HTTPS. Or it is not yet: say why, the site stays live over HTTP."""
    site = _site(wanted)
    if (
        site is None
        or site.account.machine_id != machine.pk
        or report.revision != wanted.revision
        or wanted.spec is None
    ):
        return
    if report.outcome in MADE:
        before, site.certificate_not_after = site.certificate_not_after, moment_of(report.facts.get("not_after"))
        is_seen = site.certificate_not_after is None or site.certificate_not_after == before
        was_live = site.https == Site.Https.LIVE
        set_https(site, Site.Https.LIVE if was_live else Site.Https.PENDING)
        site.save(update_fields=["certificate_not_after", *HTTPS_FIELDS])
        made = wishes.wish_of(site, "site")
        if made is not None and made.is_current:
            wishes.ask_for_proof(site, made, again=not (was_live and is_seen))
    elif report.outcome in ("failed", "too_new"):
        expired = site.certificate_not_after is None or site.certificate_not_after <= timezone.now()
        serves_on = site.https == Site.Https.LIVE and not expired
        waits = Site.Https.PENDING if report.code == QUEUED else Site.Https.FAILED
        set_https(site, Site.Https.LIVE if serves_on else waits, said_by(report))
        site.save(update_fields=HTTPS_FIELDS)


def on_probe(machine: Machine, wanted: Wanted, report: Report) -> None:
    """Somebody looked at the site from outside."""
    site = _site(wanted)
    if site is None or wanted.spec is None or report.revision != wanted.revision:
        return
    proofs.take_in(site, machine, wanted, report)


def on_content(machine: Machine, wanted: Wanted, report: Report) -> None:
    """The machine has the upload in place, or refused it for good; then its file is no longer needed here."""
    if wanted.spec is None or report.revision != wanted.revision:
        return
    upload = Upload.objects.filter(upload=wanted.spec.get("upload"), site__account__machine=machine).first()
    if upload is None:
        return
    undoing = bool(wanted.spec.get("restore_previous"))
    if report.outcome in MADE:
        upload.state = Upload.State.UNDONE if undoing else Upload.State.IN_PLACE
        upload.code, upload.facts, upload.sentence, upload.advice = "", {}, "", ""
        upload.files = _whole(report.facts.get("files"), upload.files)
        upload.unpacked_bytes = _whole(report.facts.get("bytes"), upload.unpacked_bytes)
    elif report.outcome in ("failed", "too_new"):
        upload.code, upload.facts = report.code, report.facts
        upload.sentence, upload.advice = report.sentence, report.advice
        if report.retry_at is None and not undoing:
            upload.state = Upload.State.REFUSED
    upload.save(update_fields=["state", "code", "facts", "sentence", "advice", "files", "unpacked_bytes"])
    if upload.state not in UNDER_WAY:
        forget_file(upload)
    if report.outcome in MADE:
        program_states.on_content(upload.site, upload)


def facts_of_content(wanted: Wanted, report: Report) -> dict[str, str]:
    """After an undo, when what stands there again was put (`put_at`); empty: before the first upload."""
    if report.outcome not in MADE or report.revision != wanted.revision:
        return {}
    if wanted.spec is None or not wanted.spec.get("restore_previous"):
        return {}
    upload = Upload.objects.filter(site__fqdn=wanted.key, upload=str(report.facts.get("upload", ""))).first()
    return {"put_at": upload.at.isoformat() if upload else ""}


def _whole(fact: object, otherwise: int) -> int:
    return int(fact) if isinstance(fact, int | float) else otherwise


def _site(wanted: Wanted) -> Site | None:
    """The site that `wanted` is about, held until the transaction ends; None: it was erased since."""
    sites = Site.objects.select_for_update(of=("self",)).select_related("account__machine")
    return sites.filter(fqdn=wanted.key).first()


def file_of_content(wanted: Wanted) -> Path | None:
    """The file that must be in the machine's blob stream before the wish; None: an undo, or the machine has it already."""
    if wanted.spec is None or wanted.spec.get("restore_previous"):
        return None
    name = str(wanted.spec["upload"])
    path = path_of(name)
    if not path.exists():
        return None
    Upload.objects.filter(upload=name, state=Upload.State.RECEIVED).update(state=Upload.State.SENT)
    return path


def erase_closed() -> int:
    """Erase what was closed longer ago than it is kept. Each in its own transaction: one that fails stops no other, and is
    tried again the next time.
    """
    over = Q(state="closed", erase_after__lte=timezone.now())
    erased = 0
    for pk in list(Account.objects.filter(over).values_list("pk", flat=True)):
        erased += _erase_if_over(Account.objects.filter(over, pk=pk), erase_account)
    for pk in list(Site.objects.filter(over).values_list("pk", flat=True)):
        erased += _erase_if_over(Site.objects.filter(over, pk=pk), erase_site)
    return erased


def _erase_if_over(rows: QuerySet[Row], erase: Callable[..., None]) -> int:
    """Erase the one row of `rows`, unless it was restored a moment ago."""
    try:
        with transaction.atomic():
            row = rows.select_for_update().first()
            if row is None:
                return 0
            erase(row, by=None, reason=f"closed since {row.closed_at:%Y-%m-%d}")
            return 1
    except Exception:
        log.exception("what was closed could not be erased")
        return 0


def sweep_uploads() -> int:
    """Remove files that no upload under way needs: what a killed process left. The young are left alone."""
    folder = Path(settings.UPLOADS)
    needed = set(Upload.objects.filter(state__in=UNDER_WAY).values_list("upload", flat=True))
    oldest, removed = timezone.now().timestamp() - UPLOAD_FILES_KEPT_S, 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in needed and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def prove_the_unproved() -> int:
    """Want the proof of sites that were made while there was no prober."""
    asked = 0
    sites = Site.objects.filter(health=Site.Health.PROVING, health_code=wishes.NO_PROBER.code)
    with transaction.atomic():
        for site in (
            sites.select_for_update(of=("self",)).select_related("account__machine").prefetch_related("aliases")[:500]
        ):
            wanted = wishes.wish_of(site, "site")
            if wanted is not None and wanted.is_current and wishes.ask_for_proof(site, wanted):
                _show(site, Site.Health.PROVING)
                asked += 1
    return asked
