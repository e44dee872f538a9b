"""What makes a site's page move: whether it changed since the reader last looked, and how soon to look again."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from essaim.manager.fleet.models import StoryLine, Wanted
from essaim.manager.hosting.errors import SiteNotFound
from essaim.manager.hosting.models import ProofLine, Site, Upload
from essaim.manager.hosting.php_models import PhpError
from essaim.manager.hosting.queries import sites_visible_to
from essaim.manager.people.models import Person

SWIFT, PATIENT, SETTLED = "400ms", "2s", "10s"
"""How often a page asks: while things happen, while a machine lets wait, when all is done."""
SWIFT_FOR = timedelta(minutes=2)
UNDER_WAY = frozenset({Site.Health.WAITING, Site.Health.APPLYING, Site.Health.PROVING})
WISH_UNDER_WAY = Q(reported_revision__lt=F("revision")) | Q(outcome=Wanted.Outcome.FAILED, retry_at__isnull=False)
"""`Wanted.is_under_way`, for the database."""
UPLOAD_UNDER_WAY = frozenset({Upload.State.RECEIVED, Upload.State.SENT})


def marker_of(fqdn: str, *, seen_by: Person) -> str:
    """A short text that differs when anything shown on the site's page changed, or when the page should ask at
    another pace: one query.

    Raises:
        SiteNotFound: absent, or hidden from `seen_by`.
    """
    story = StoryLine.objects.filter(about_kind="site", about_key=OuterRef("fqdn")).order_by("-id")
    upload = Upload.objects.filter(site=OuterRef("pk")).order_by("-id")
    content = Wanted.objects.filter(kind="content", key=OuterRef("fqdn"), machine=OuterRef("account__machine"))
    proof = ProofLine.objects.filter(site=OuterRef("pk")).order_by("-at")
    php_error = PhpError.objects.filter(site=OuterRef("pk"))
    name = fqdn.lower()
    row = (
        sites_visible_to(seen_by)
        .filter(Q(fqdn=name) if name.isascii() else Q(name_unicode=name))
        .annotate(
            told=Subquery(story.values("id")[:1]),
            told_at=Subquery(story.values("at")[:1]),
            upload_state=Subquery(upload.values("state")[:1]),
            is_content_due=Exists(content.filter(WISH_UNDER_WAY, spec__isnull=False)),
            seen_at=Subquery(proof.values("at")[:1]),
            erred_at=Subquery(php_error.values("last_seen")[:1]),
        )
        .values(
            "state",
            "health",
            "https",
            "proved_at",
            "told",
            "told_at",
            "upload_state",
            "is_content_due",
            "seen_at",
            "erred_at",
        )
        .first()
    )
    if row is None:
        raise SiteNotFound(fqdn=fqdn)
    pace = _pace(row)
    digest = hashlib.sha256(repr(sorted(row.items(), key=lambda pair: pair[0])).encode()).hexdigest()[:16]
    return f"{digest}.{pace}"


def pace_of(marker: str) -> str:
    """How often the page that carries `marker` asks, as htmx writes it."""
    pace = marker.rpartition(".")[2]
    return pace if pace in (SWIFT, PATIENT) else SETTLED


def _pace(row: Mapping[str, Any]) -> str:
    is_content_under_way = row["upload_state"] in UPLOAD_UNDER_WAY or row["is_content_due"]
    if row["health"] not in UNDER_WAY and row["https"] != Site.Https.PENDING and not is_content_under_way:
        return SETTLED
    return SWIFT if row["told_at"] is None or timezone.now() - row["told_at"] < SWIFT_FOR else PATIENT
