"""The root of every refusal. A room's own refusals stand in its `errors.py`.

EssaimError            a request we refuse or cannot meet
  core.Busy            the database is held by another writer; nothing was changed
  people.*, fleet.*, hosting.*
"""

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class EssaimError(Exception):
    """A request we refuse or cannot meet, said so that the reader knows what to do next.

    `code` is dotted, room first. `facts` fill the sentence and travel in the API's problem document.
    """

    code: ClassVar[str] = "core.refused"
    message: ClassVar["str | StrPromise"] = _("This cannot be done.")
    hint: ClassVar["str | StrPromise"] = ""
    http_status: ClassVar[int] = 400
    field: ClassVar[str] = ""
    """Name of the form field that the refusal is about, if it is about one."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message).format(**self.facts)

    @property
    def advice(self) -> str:
        """The hint with its facts filled in; empty where there is none."""
        return str(self.hint).format(**self.facts)


class Busy(EssaimError):
    """The database did not let us write in time."""

    code = "core.busy"
    message = _("The Manager is busy: nothing was changed.")
    hint = _("Send the same request again in a few seconds.")
    http_status = 503


class NotAllowed(EssaimError):
    """Seen, but not for this person to change."""

    code = "core.not_allowed"
    message = _("You may look at this, not change it.")
    hint = _("Ask the owner or the team: they can do it or give you the right.")
    http_status = 403


class ReasonMissing(EssaimError):
    """An act that others must be able to understand later needs its reason."""

    code = "core.reason_missing"
    message = _("A reason is missing.")
    hint = _("Write in a few words why: it is shown in the story.")
    http_status = 422
    field = "reason"
