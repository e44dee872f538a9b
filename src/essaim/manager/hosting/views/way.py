"""The way of a site's newest wish as its page draws it: a title that says which change it is, steps, seconds."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.queries import Step

LOOKS = {"done": "done", "doing": "now", "waiting": "waiting", "failed": "failed", "none": "skipped"}
"""States of a step, as the stepper draws them."""
SHORTEST_S = 0.0005
"""A step that took less came with the one before it: no time of its own is shown."""

Change = Wanted.Change
_TITLES: dict[str, str | Promise] = {
    Change.NEW: _("From order to proof"),
    Change.CHANGED: _("From change to proof"),
    Change.SUSPENDED: _("From suspending to proof"),
    Change.RESUMED: _("From resuming to proof"),
    Change.CLOSED: _("From closing to proof"),
    Change.RESTORED: _("From restoring to proof"),
    Change.NONE: _("From wish to proof"),
}
_MADE: dict[str, str | Promise] = {
    Change.NEW: _("made"),
    Change.CHANGED: _("changed"),
    Change.SUSPENDED: _("suspended"),
    Change.RESUMED: _("resumed"),
    Change.CLOSED: _("closed"),
    Change.RESTORED: _("restored"),
    Change.NONE: _("done"),
}
_WORDS: dict[str, str | Promise] = {
    "asked": _("asked"),
    "sent": _("sent to the machine"),
    "proved": _("proved from outside"),
    "https": _("proved over HTTPS"),
}


def way_of(steps: list[Step], wish: Wanted | None) -> dict[str, object]:
    """The steps of `wish` with the seconds that each took alone, and the seconds of all once the last is done."""
    change = wish.change if wish else Change.NEW
    shown, before = [], 0.0
    for step in steps:
        alone = None if step.seconds is None else step.seconds - before
        before = before if step.seconds is None else max(before, step.seconds)
        shown.append(
            {
                "label": _MADE.get(change, _MADE[Change.NONE]) if step.name == "applied" else _WORDS[step.name],
                "state": LOOKS[step.state],
                "seconds": alone if alone is not None and alone >= SHORTEST_S else None,
                "detail": step.sentence,
            }
        )
    is_done = len(steps) > 1 and all(step.state in ("done", "none") for step in steps)
    title = _TITLES.get(change, _TITLES[Change.NONE])
    return {"steps": shown, "way_title": title, "total_seconds": before if is_done else None}
