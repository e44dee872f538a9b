"""Debian's archive as this machine's own apt is configured for it. No address is written in Essaim.

Read: sources.list(5), both the one-line and the deb822 style. Other archives (other suites) are left out.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from essaim.lab.errors import NotReady

APT = Path("/etc/apt")
CODENAMES = ("bookworm", "trixie")
_POCKET = re.compile(r"^(stable|oldstable|bookworm|trixie)(|-updates|-security)$")
_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One suite of an archive that has a `main` component."""

    uri: str
    suite: str
    signed_by: str = ""

    def line(self, codename: str) -> str:
        """The entry in the one-line style, for `codename` whatever release the machine itself runs."""
        pocket = _POCKET.match(self.suite)
        options = f"[signed-by={self.signed_by}] " if self.signed_by.startswith("/") else ""
        return f"deb {options}{self.uri} {codename}{pocket[2] if pocket else ''} main"


def read(directory: Path = APT) -> list[Source]:
    """The machine's Debian sources.

    Raises:
        NotReady: there is none.
    """
    found: dict[Source, None] = {}
    for path in [directory / "sources.list", *sorted((directory / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            found.update(dict.fromkeys(parse_lines(path.read_text())))
        elif path.suffix == ".sources":
            found.update(dict.fromkeys(parse_stanzas(path.read_text())))
    if not found:
        raise NotReady(
            f"apt on this machine knows no Debian archive (looked below {directory}).",
            hint="Add Debian's main component to /etc/apt/sources.list, then run apt-get update.",
        )
    return list(found)


def parse_lines(text: str) -> list[Source]:
    """The sources of a file in the one-line style."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line.split("#", 1)[0].strip())
        if match and _wanted(match["uri"], match["suite"], match["components"].split()):
            options = dict(part.split("=", 1) for part in (match["options"] or "").split() if "=" in part)
            found.append(Source(match["uri"], match["suite"], options.get("signed-by", "")))
    return found


def parse_stanzas(text: str) -> list[Source]:
    """The sources of a file in the deb822 style."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in {"no", "false"}:
            continue
        components = fields.get("components", "").split()
        for uri in fields.get("uris", "").split():
            suites = fields.get("suites", "").split()
            found += [
                Source(uri, suite, fields.get("signed-by", "")) for suite in suites if _wanted(uri, suite, components)
            ]
    return found


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in {" ", "\t"} and name:
            fields[name] += "\n" + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _wanted(uri: str, suite: str, components: list[str]) -> bool:
    return not uri.startswith("cdrom:") and "main" in components and bool(_POCKET.match(suite))
