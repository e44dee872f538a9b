"""What the modules of this package are written with."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_noop as _


class Words(NamedTuple):
    """The words of one code. Of several sentences, or several pieces of advice, the first whose facts are all there is said."""

    sentences: tuple[Promise, ...]
    advice: tuple[Promise, ...]


def say(*sentences: Promise, advice: Promise | tuple[Promise, ...] = ()) -> Words:
    """Words, the most particular sentence first."""
    return Words(sentences, advice if isinstance(advice, tuple) else (advice,))


COUNTS = frozenset(
    {"announced", "capacity", "count", "files_max", "megabytes", "ratio_max", "seconds", "sent", "size", "used"}
)
"""Facts that are amounts, written as the reader's language writes them. A user's number or an HTTP status is not one."""
PHRASED = frozenset({"detail", "kind", "state", "what", "why"})
"""Facts that may be words of ours. A login or a file's name never is, whatever it looks like."""
PHRASES = frozenset(
    {
        # states that a name answers with
        _("suspended"),
        _("unknown"),
        # what an archive takes
        _("memory"),
        _("time"),
        # what an authority has not done
        _("checked the names"),
        _("signed the certificate"),
        # why an authority cannot be used
        _("it has an error of its own"),
        _("its own certificate is not trusted here"),
        _("it does not answer in time"),
        # what is wrong with an answer
        _("The connection was closed in the middle of the answer."),
        _("What was answered is not HTTP."),
        _("The answer is larger than a proof's."),
        _("The answer is larger than a proof's, or not HTTP."),
        # how an archive is damaged
        _("a header's checksum is wrong"),
        _("a number in a header is negative or too large"),
        _("a number in a header is not octal"),
        _("a pax header cannot be read"),
        _("too many headers before one file"),
        _("a global header renames files"),
        _("a size in a pax header is not a number"),
        _("the archive ends in the middle of a file"),
        _("the archive has no end"),
        _("the list of its files is missing"),
        _("the list of its files is shorter than announced"),
        # kinds of wishes
        _("account"),
        _("site"),
        _("content"),
        _("certificate"),
        _("probe"),
        _("program"),
    }
)
"""Said in the reader's language inside a sentence."""
