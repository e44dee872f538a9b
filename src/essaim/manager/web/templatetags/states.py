"""How every state looks: an icon, a word and a tone, so that colour never stands alone. No markup here."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Look(NamedTuple):
    """What a reader sees for one state. `tone` is one of good, going, care, bad, still."""

    word: Promise
    icon: str
    tone: str


LOOKS: dict[str, Look] = {
    # a wish on its way
    "live": Look(_("live"), "check-round", "good"),
    "proving": Look(_("being proved"), "eye", "going"),
    "applying": Look(_("being made"), "again", "going"),
    "sending": Look(_("being sent"), "send", "going"),
    "waiting": Look(_("waiting for the machine"), "clock", "care"),
    "failed": Look(_("failed"), "cross-round", "bad"),
    "drifted": Look(_("not as wanted"), "drift", "bad"),
    "changed": Look(_("not as it should be"), "drift", "bad"),
    "applied": Look(_("applied"), "check", "good"),
    "too_new": Look(_("agent too old"), "warning", "care"),
    "mended": Look(_("put right"), "undo", "good"),
    "decided": Look(_("asked"), "person", "still"),
    "sent": Look(_("sent"), "send", "going"),
    "proved": Look(_("proved"), "eye", "good"),
    "pending": Look(_("being obtained"), "clock", "going"),
    "ending": Look(_("certificate ending"), "warning", "bad"),
    "late": Look(_("not yet"), "warning", "care"),
    # what a person decided
    "active": Look(_("active"), "check-round", "good"),
    "suspended": Look(_("suspended"), "pause", "care"),
    "offered": Look(_("offered"), "send", "going"),
    "accepted": Look(_("accepted"), "check-round", "good"),
    "declined": Look(_("declined"), "cross-round", "still"),
    "withdrawn": Look(_("withdrawn"), "undo", "still"),
    "proposed": Look(_("proposed"), "clock", "care"),
    "approved": Look(_("approved"), "check-round", "good"),
    "done": Look(_("done"), "check-round", "still"),
    "winding_up": Look(_("being wound up"), "clock", "care"),
    "merged": Look(_("merged into another"), "archive", "still"),
    "closed": Look(_("closed"), "archive", "still"),
    "running": Look(_("running"), "pulse", "good"),
    "asleep": Look(_("asleep"), "pause", "still"),
    "failing": Look(_("ends again and again"), "cross-round", "bad"),
    "stopped": Look(_("stopped"), "pause", "care"),
    "starting": Look(_("being started"), "again", "going"),
    "not_started": Look(_("not started"), "cross-round", "bad"),
    "off": Look(_("off"), "pause", "still"),
    "none": Look(_("not asked"), "minus", "still"),
    # machines
    "expected": Look(_("expected"), "clock", "going"),
    "draining": Look(_("draining"), "minus", "care"),
    "revoked": Look(_("revoked"), "cross-round", "bad"),
    "silent": Look(_("silent"), "warning", "bad"),
    "online": Look(_("online"), "pulse", "good"),
    "ended": Look(_("no more updates"), "warning", "care"),
    # what PHP logs, and how a page does in another version of it
    "fatal": Look(_("fatal error"), "cross-round", "bad"),
    "parse": Look(_("syntax error"), "cross-round", "bad"),
    "warning": Look(_("warning"), "warning", "care"),
    "notice": Look(_("notice"), "info", "still"),
    "deprecated": Look(_("deprecated"), "clock", "care"),
    "message": Look(_("message of a script"), "log", "still"),
    "worse": Look(_("worse"), "cross-round", "bad"),
    "look": Look(_("look at it"), "warning", "care"),
    "same": Look(_("the same"), "check-round", "good"),
    # uploads and keys
    "received": Look(_("received"), "check", "going"),
    "in_place": Look(_("in place"), "check-round", "good"),
    "refused": Look(_("refused"), "cross-round", "bad"),
    "undone": Look(_("undone"), "undo", "still"),
    "expired": Look(_("expired"), "clock", "still"),
    "unused": Look(_("never used"), "minus", "still"),
    # secrets of the vault
    "kept": Look(_("sealed"), "lock", "good"),
    "due": Look(_("to be replaced soon"), "clock", "care"),
    "overdue": Look(_("overdue"), "warning", "bad"),
    "exposed": Look(_("replace it: a reader left"), "warning", "bad"),
    "empty": Look(_("no value yet"), "minus", "care"),
    "unknown": Look(_("unknown"), "question", "still"),
}


def look_of(state: str) -> Look:
    """The look of `state`; one we do not know looks unknown, it never breaks the page."""
    return LOOKS.get(state or "unknown", LOOKS["unknown"])
