"""How a site is served: the published folder, parsed from what a person typed. Its PHP stands in `php`."""

import re

from essaim.manager.hosting.errors import DocrootMalformed

_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_LONGEST = 200


def parse_docroot(text: str) -> str:
    """A folder below the site's directory, without slashes around it; empty: the directory itself.

    A hidden folder or `..` is not one. The machine checks again when it follows the path.

    Raises:
        DocrootMalformed.
    """
    folder = text.strip().strip("/")
    if not folder:
        return ""
    if len(folder) > _LONGEST or not all(_FOLDER.fullmatch(part) for part in folder.split("/")):
        raise DocrootMalformed(docroot=text[:80])
    return folder
