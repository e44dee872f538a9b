"""A version of PHP that one visitor tries: whoever has the token as a cookie is led to its socket by a link beside the site's own.

nginx asks for a file of the token's name beside that link (nginx-php.conf; a socket is no file to it), so a token that is wrong, old or of
another site leads nowhere and costs one look.
"""

import re
import time

from essaim.agent.engines import trees
from essaim.agent.machine import Paths
from essaim.contract import Site

_TOKEN = re.compile(r"[a-z2-7]{26}")


def is_token(text: str) -> bool:
    """Whether it has the shape of one."""
    return _TOKEN.fullmatch(text) is not None


def version(spec: Site, paths: Paths) -> str:
    """The version that is tried; empty: none is, or its time is over, or there is nothing to try."""
    tried = spec.php_preview
    if tried is None or spec.suspended or tried.version == spec.php or tried.until <= time.time():
        return ""
    if not is_token(tried.token) or trees.current(tried.version, paths) is None:
        return ""
    return tried.version


def versions(spec: Site, paths: Paths) -> tuple[str, ...]:
    """Those that the site is in: its own, then the one that is tried."""
    tried = version(spec, paths)
    return (spec.php, tried) if tried else (spec.php,)


def link(spec: Site, paths: Paths) -> tuple[str, str, str] | None:
    """What nginx finds the version that is tried by: the names of a file and of a link, and that version; None: none is tried."""
    tried = version(spec, paths)
    if not tried or spec.php_preview is None:
        return None
    return f"preview-{spec.php_preview.token}", f"php-{spec.php_preview.token}", tried


def ends_in_s(spec: Site, paths: Paths) -> float | None:
    """In how many seconds the site is to be applied again, for its preview has ended then; None: there is none."""
    if not version(spec, paths) or spec.php_preview is None:
        return None
    return spec.php_preview.until - time.time() + 1.0
