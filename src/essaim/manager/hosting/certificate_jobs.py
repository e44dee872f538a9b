"""What the worker does about certificates from time to time: an order to replace many told to the machines bit by bit, and the
story of a client's own certificate that comes to its end.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from essaim.manager.fleet import story
from essaim.manager.fleet.models import StoryLine
from essaim.manager.hosting import wishes
from essaim.manager.hosting.actions.certificates import to_reissue
from essaim.manager.hosting.models import OwnCertificate, Reissue, Site

AT_ONCE = 200
"""Wishes in one transaction: others wait for the database no longer than for any other act."""
TOLD_DAYS = (30, 20, 7)
"""Before the end of a client's own certificate."""


@transaction.atomic
def advance_reissues() -> int:
    """Tell the machines the next of the certificates that an order is about. Answers how many."""
    order = Reissue.objects.select_for_update().filter(told_at=None).order_by("number").first()
    if order is None:
        return 0
    sites = list(to_reissue(order).select_related("account__machine").prefetch_related("aliases")[:AT_ONCE])
    for site in sites:
        site.certificate_reissue = order.number
        wishes.wish_reissue(site)
    Site.objects.bulk_update(sites, ["certificate_reissue"])
    if len(sites) < AT_ONCE:
        order.told_at = timezone.now()
        order.save(update_fields=["told_at"])
    return len(sites)


@transaction.atomic
def tell_own_endings() -> int:
    """A line in the story of each site whose own certificate ends in 30, 20 or 7 days, once each. Answers how many."""
    now, told = timezone.now(), 0
    last = now + timedelta(days=TOLD_DAYS[0])
    rows = OwnCertificate.objects.select_related("site").filter(not_after__lte=last)
    for row in rows.exclude(told_days=TOLD_DAYS[-1]):
        left = (row.not_after - now).total_seconds() / 86400
        days = next(days for days in reversed(TOLD_DAYS) if left <= days)
        if row.told_days is not None and row.told_days <= days:
            continue
        row.told_days = days
        row.save(update_fields=["told_days"])
        code = f"hosting.own_certificate_ends_{days}"
        story.tell("certificate", row.site.fqdn, StoryLine.What.DRIFTED, code=code)
        told += 1
    return told
