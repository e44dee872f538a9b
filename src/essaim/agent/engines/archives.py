"""Debian's archive as this machine's own apt is configured for it. No address is written in Essaim.

Read: sources.list(5), both the one-line and the deb822 style. Other archives (other suites) are left out.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from essaim.agent.engines.programs import Programs
from essaim.agent.errors import PermanentError

APT = Path("/etc/apt")
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")
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
        options = f"[signed-by={self.signed_by}] " if self.signed_by.startswith("/") else ""
        return f"deb {options}{self.uri} {codename}{self.pocket} main"

    @property
    def pocket(self) -> str:
        """`-updates` or `-security`; empty: the release itself."""
        found = _POCKET.match(self.suite)
        return found[2] if found else ""


def read(directory: Path = APT) -> list[Source]:
    """The machine's Debian sources.

    Raises:
        PermanentError: `archives.none`.
    """
    found: dict[Source, None] = {}
    for path in [directory / "sources.list", *sorted((directory / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            found.update(dict.fromkeys(parse_lines(path.read_text())))
        elif path.suffix == ".sources":
            found.update(dict.fromkeys(parse_stanzas(path.read_text())))
    if not found:
        raise PermanentError(
            "archives.none",
            f"apt on this machine knows no Debian archive (looked below {directory}).",
            "Add Debian's main component to /etc/apt/sources.list, then run apt-get update.",
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


def debootstrap(codename: str, packages: Iterable[str], target: Path, *, is_supported: bool = True) -> list[str]:
    """The command that makes a tree of a release with `packages` in `target`, from this machine's own archives.

    Of a release that is not supported any more only the last published state is taken: its updates leave the archive, piece by piece.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: apt-config does not answer.
    """
    argv = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(packages)}"]
    argv += [f"--aptopt={option}" for option in _apt_options()]
    argv += ["--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT)]
    sources = [source for source in read() if is_supported or not source.pocket]
    return [*argv, codename, str(target), *(source.line(codename) for source in sources)]


def proxies() -> dict[str, str]:
    """How this machine reaches the web, as its environment says."""
    return {
        name: value for name, value in os.environ.items() if name.lower() in {"http_proxy", "https_proxy", "no_proxy"}
    }


def _apt_options() -> list[str]:
    # How this machine's apt reaches its archive (proxies, checks); mmdebstrap reads none of the machine's own settings.
    said = Programs().run(["apt-config", "dump", "--format", '%f "%v";%n', "Acquire"]).out.decode()
    kept = ("Acquire::http::", "Acquire::https::", "Acquire::Check-", "Acquire::Retries ")
    return [line for line in said.splitlines() if line.startswith(kept) and not line.endswith('"";')]


def _wanted(uri: str, suite: str, components: list[str]) -> bool:
    return not uri.startswith("cdrom:") and "main" in components and bool(_POCKET.match(suite))
