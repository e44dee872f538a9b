"""`.htaccess` files: what they hold that nginx alone does not do, and which line it is that Apache complains of.

They are a client's files, read by root: through `inside`, which follows no link, in small amounts and from few folders.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from essaim.agent.engines import inside
from essaim.agent.errors import Fact, PermanentError
from essaim.agent.machine import Paths
from essaim.contract import Site

NAME = ".htaccess"
BYTES_MAX = 128 * 1024
FOLDERS_MAX = 200
DEPTH = 2
"""Folders below the published one that are looked into: where programs keep such files."""
NAMED_MAX = 8
LINES_MAX = 5

LOADED = frozenset(
    [
        "access_compat",
        "actions",
        "alias",
        "auth_basic",
        "auth_digest",
        "authn_core",
        "authn_file",
        "authz_core",
        "authz_groupfile",
        "authz_host",
        "authz_user",
        "autoindex",
        "deflate",
        "dir",
        "env",
        "expires",
        "filter",
        "headers",
        "mime",
        "negotiation",
        "proxy",
        "proxy_fcgi",
        "remoteip",
        "rewrite",
        "rpaf",
        "setenvif",
        "ssl",
    ]
)
"""Modules of `machine_files/apache.conf`, by the name that `<IfModule>` may give each."""
OF_PHP = frozenset({"php_value", "php_flag", "php_admin_value", "php_admin_flag"})
_AS_NGINX = frozenset(
    [
        "rewriteengine",
        "rewritebase",
        "rewritecond",
        "options",
        "directoryindex",
        "adddefaultcharset",
        "addcharset",
        "addtype",
        "adddefaultcharset",
        "setoutputfilter",
        "addoutputfilter",
        "addoutputfilterbytype",
        "fileetag",
        "serversignature",
        "defaulttype",
        "addencoding",
    ]
)
"""What changes nothing for a visitor, or what nginx does by itself: compressing, types, the usual index."""
_FRONT = re.compile(
    r"""(?: \. | \^ | \.\* | \^\.\*\$? | \(\.\*\)\$? | \^\(\.\*\)\$? | \^\(\.\+\)\$? )\s+ /?(?:[\w./-]*/)?index\.php \S*""",
    re.VERBOSE,
)
"""A front controller: whatever is no file goes to `index.php`, as nginx does it."""
_PASSED = re.compile(r"\S+\s+-(?:\s+\[[^]]*\])?")
"""A rule that rewrites nothing."""
_OF_HIDDEN = re.compile(r"""["']?~?\s*["']?\^?\(?\\?\.(?:ht|\(|\*|user|git|env|\[|["']|$)""")
"""Files that nginx never shows."""


class Look(NamedTuple):
    """What was found below a site's published folder."""

    files: int
    needs: tuple[str, ...]
    """Directives that nginx alone does not follow, each once, in the order in which they were found."""
    where: str
    """The first file that holds one, as the site names it."""
    of_php: bool
    """A setting of PHP stands there, which no Apache of ours reads."""

    @property
    def facts(self) -> dict[str, Fact]:
        """As a report carries them; none where no such file is."""
        if not self.files:
            return {"htaccess": 0}
        needs = " ".join(self.needs[:NAMED_MAX])
        return {
            "htaccess": self.files,
            "htaccess_needs": needs,
            "htaccess_where": self.where,
            "htaccess_php": self.of_php,
        }


def look_at(spec: Site, paths: Paths) -> Look:
    """Look at what a site publishes."""
    folders = filter(None, spec.docroot.split("/"))
    return look(paths.home(spec.account), "sites", str(spec.fqdn), *folders)


def look(home: Path, *published: str) -> Look:
    """Look for `.htaccess` files in the folder `published` within `home`, `sites/<fqdn>/...`, and down to `DEPTH` folders below it."""
    needs: dict[str, str] = {}
    files, of_php = 0, False
    for folder, text in _found(home, published):
        files += 1
        for name, rest in directives(text):
            if name.lower() in OF_PHP:
                of_php = True
            elif not _is_done_by_nginx(name.lower(), rest):
                needs.setdefault(name, "/".join((*folder[2:], NAME)))
    return Look(files, tuple(needs), next(iter(needs.values()), ""), of_php)


def _found(home: Path, published: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    waiting, seen = [(published, 0)], 0
    while waiting and seen < FOLDERS_MAX:
        folder, depth = waiting.pop(0)
        seen += 1
        with contextlib.suppress(OSError, PermanentError), inside.opened(home, *folder) as opened:
            text = _read(opened)
            if text is not None:
                yield folder, text
            if depth < DEPTH:
                with os.scandir(opened) as entries:
                    below = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
                waiting += [((*folder, name), depth + 1) for name in below[: FOLDERS_MAX - len(waiting)]]


def read(home: Path, *names: str) -> tuple[str, tuple[int, int, int]] | None:
    """The text of the file of these names within `home`, and what tells it from another; None: it is no file there."""
    with contextlib.suppress(OSError, PermanentError), inside.opened(home, *names[:-1]) as opened:
        found = os.stat(names[-1], dir_fd=opened, follow_symlinks=False)
        text = _read(opened, names[-1])
        return None if text is None else (text, (found.st_ino, found.st_mtime_ns, found.st_size))
    return None


def _read(folder: int, name: str = NAME) -> str | None:
    try:
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            return None
        return file.read(BYTES_MAX).decode(errors="replace")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each directive as one line, with the number of its first; comments and empty lines are left out."""
    began, held = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        began = began or number
        held += line
        if line.endswith("\\"):
            held = held[:-1]
            continue
        if (whole := held.strip()) and not whole.startswith("#"):
            yield began, whole
        began, held = 0, ""


def directives(text: str) -> Iterator[tuple[str, str]]:
    """Name and arguments of the directives that Apache would follow: not those for modules that it does not have, nor those that
    concern files which nginx shows to nobody.
    """
    sections: list[tuple[str, bool]] = []
    for _, line in _lines(text):
        if line.startswith("</"):
            if sections:
                sections.pop()
        elif line.startswith("<"):
            name, _, rest = line[1:].rstrip(">").partition(" ")
            holds = _holds(name.lower(), rest.strip())
            sections.append((name, holds))
            if holds and name.lower() not in ("ifmodule", "ifversion", "ifdefine", "files", "filesmatch"):
                yield name, rest
        elif all(holds for _, holds in sections):
            name, _, rest = line.partition(" ")
            yield name.strip(), rest.strip()


def _holds(section: str, rest: str) -> bool:
    if section == "ifmodule":
        word = rest.lstrip("!").strip().lower()
        is_loaded = word.removeprefix("mod_").removesuffix(".c").removesuffix("_module") in LOADED
        return is_loaded != rest.startswith("!")
    if section in ("files", "filesmatch"):
        return not _OF_HIDDEN.match(rest)
    return section != "ifdefine" or rest.startswith("!")


def _is_done_by_nginx(name: str, rest: str) -> bool:
    if name == "rewriterule":
        return bool(_PASSED.fullmatch(rest) or _FRONT.match(rest))
    if name == "options":
        return "+indexes" not in rest.lower() and "multiviews" not in rest.lower().replace("-multiviews", "")
    if name == "directoryindex":
        return rest.split()[:1] in (["index.php"], ["index.html"], ["index.htm"])
    return name in _AS_NGINX


_NAMED = (
    re.compile(r"Invalid command '([^']+)'"),
    re.compile(r"Expected (</[^>]+>)"),
    re.compile(r"(<?/?\w+>?)(?::| directive| takes| was not| not allowed| requires| without| must|,)"),
)


def lines_of(text: str, complaint: str) -> tuple[int, ...]:
    """The lines of `text` that Apache's `complaint` may be about: it names the directive, and no line. Of a name that it does not
    know, the first: it reads no further.
    """
    named = next((found[1] for pattern in _NAMED if (found := pattern.search(complaint))), "")
    wanted = named.strip("<>").lower()
    lines = tuple(n for n, line in _lines(text) if wanted and line.split()[0].strip("<>").lower() == wanted)
    is_first = complaint.startswith("Invalid command") or "not allowed here" in complaint
    return lines[: 1 if is_first else LINES_MAX]
