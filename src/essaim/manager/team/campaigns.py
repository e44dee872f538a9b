"""Calls for volunteers: written by the team, read by the public while they are open."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from essaim.manager.core import audit
from essaim.manager.people.errors import NameMissing
from essaim.manager.people.models import Person
from essaim.manager.team import gate
from essaim.manager.team.clocks import house_zone
from essaim.manager.team.errors import CampaignBackwards, CampaignExists, CampaignNotFound
from essaim.manager.team.models import Campaign


def today() -> date:
    """The day by the house's own clock."""
    return timezone.now().astimezone(house_zone()).date()


def campaigns(*, seen_by: Person) -> list[Campaign]:
    """Every campaign, past and to come, the newest first: one query.

    Raises:
        RightMissing.
    """
    gate.require(seen_by, "team.recruit")
    return list(Campaign.objects.all())


def state_of(campaign: Campaign) -> str:
    """open, to_come or over."""
    if campaign.is_open(today()):
        return "open"
    return "to_come" if campaign.first_day > today() else "over"


def open_campaigns() -> list[Campaign]:
    """What the public sees: one query."""
    return [campaign for campaign in Campaign.objects.filter(first_day__lte=today()) if campaign.is_open(today())]


def get_campaign(slug: str, *, for_public: bool = False) -> Campaign:
    """One campaign. For the public one that has not begun is absent; one that is over says so itself.

    Raises:
        CampaignNotFound.
    """
    found = Campaign.objects.filter(slug=slug.lower()).first()
    if found is None or (for_public and found.first_day > today()):
        raise CampaignNotFound
    return found


@transaction.atomic
def write_campaign(
    campaign: Campaign | None,
    *,
    title: str,
    text: str,
    first_day: date,
    by: Person | None,
    last_day: date | None = None,
    language: str = "fr",
    slug: str = "",
) -> Campaign:
    """A new campaign, or another text and other days of one. Its address stays for good.

    Raises:
        NameMissing, CampaignExists, CampaignBackwards, RightMissing.
    """
    gate.require(by, "team.recruit")
    if not title.strip():
        raise NameMissing
    if last_day is not None and last_day < first_day:
        raise CampaignBackwards
    code = "team.campaign_changed"
    if campaign is None:
        wished = slugify(slug or title)[:64].strip("-_") or "call"
        if Campaign.objects.filter(slug=wished).exists():
            raise CampaignExists(slug=wished)
        campaign, code = Campaign(slug=wished), "team.campaign_made"
    campaign.title, campaign.text, campaign.language = (
        title.strip()[:120],
        text.strip(),
        "en" if language == "en" else "fr",
    )
    campaign.first_day, campaign.last_day = first_day, last_day
    campaign.save()
    audit.record(code, by=by, about=("campaign", campaign.slug), title=campaign.title)
    return campaign
