"""What a machine tells of the engines that answer for sites, beside what became of its wishes."""

import msgspec

from essaim.contract.names import Fqdn


class EngineTrouble(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing in a site's own files that keeps its engine from answering."""

    code: str
    """`site.htaccess_refused`, `site.htaccess_of_php`, `site.rewrite_loop`."""
    at: float
    """When it was first seen."""
    sentence: str = ""
    advice: str = ""
    facts: dict[str, str | int | float | bool] = {}
    """What varies in the sentence: `file` within the site, `line` or several, `detail` as the engine says it."""


class EngineTroubles(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="engine_troubles"):
    """All that keeps a site's engine from answering now: what is not named any more is mended."""

    fqdn: Fqdn
    troubles: tuple[EngineTrouble, ...] = ()
