"""How the pages of keys say a length of time."""

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

from essaim.manager.keys.models import Session

register = template.Library()


@register.filter
def how_long(session: Session) -> str:
    """From its beginning to its end, or until now; under a minute in seconds."""
    end = session.ended_at or timezone.now()
    seconds = (end - session.opened_at).total_seconds()
    return f"{max(0, round(seconds))} s" if seconds < 60 else timesince(session.opened_at, end)  # noqa: PLR2004  a minute
