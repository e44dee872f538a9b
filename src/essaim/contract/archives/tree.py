"""The tree an archive would make, kept while it is read: what no single member can tell is refused here."""

import itertools
from dataclasses import dataclass

from essaim.contract.archives import refusals
from essaim.contract.archives.members import Kind, Limits, Member, Path, shown

RATIO_MAX = 250
RATIO_FROM_BYTES = 64 * 1024 * 1024
"""Small archives may be all zeros; from here on the ratio counts."""
_LINKS_FOLLOWED_MAX = 40  # as the kernel's MAXSYMLINKS
_JUNK = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an accepted archive holds."""

    files: int
    directories: int
    links: int
    bytes: int
    top: str
    """The single folder that everything lies in, which is unwrapped; empty: there is none."""


class Tree:
    """Every path seen so far and its kind. `add` before a member is written, `count` its bytes, `finish` at the end."""

    def __init__(self, limits: Limits, *, archive_bytes: int) -> None:
        self.limits = limits
        self.archive_bytes = archive_bytes
        self.bytes = 0
        self._kinds: dict[Path, Kind] = {(): "directory"}
        self._targets: dict[Path, str] = {}

    def add(self, member: Member) -> None:
        """Accept `member` and the folders above it.

        Raises:
            ArchiveRefused: it stands where something else stands, or below a file or a link, or there are too many.
        """
        for depth in range(1, len(member.path)):
            above = self._kinds.setdefault(member.path[:depth], "directory")
            if above == "symlink":
                raise refusals.through_link(member.shown)
            if above != "directory":
                raise refusals.name_twice(member.shown)
        known = self._kinds.get(member.path)
        if known is not None and not known == member.kind == "directory":
            raise refusals.through_link(member.shown) if known == "symlink" else refusals.name_twice(member.shown)
        self._kinds[member.path] = member.kind
        if len(self._kinds) - 1 > self.limits.files_max:
            raise refusals.too_many_files(self.limits.files_max)
        self._add_link(member)
        if self.bytes + member.size > self.limits.bytes_max:
            raise refusals.too_large(self.limits.bytes_max)

    def _add_link(self, member: Member) -> None:
        if member.kind == "symlink":
            self._targets[member.path] = member.target
        elif member.kind == "hardlink" and self._kinds.get(member.linked) != "file":
            raise refusals.unsafe_link(member.shown, shown("/".join(member.linked)))

    def count(self, member: Member, size: int) -> None:
        """Add `size` bytes that really came out.

        Raises:
            ArchiveRefused: more than wanted, or far more than such an archive can honestly hold.
        """
        if member.kind == "file":
            self.bytes += size
        if self.bytes > self.limits.bytes_max:
            raise refusals.too_large(self.limits.bytes_max)
        if self.bytes > RATIO_FROM_BYTES and self.bytes > RATIO_MAX * self.archive_bytes:
            raise refusals.bomb(RATIO_MAX)

    def finish(self) -> Summary:
        """What there is, once no link leads out.

        Raises:
            ArchiveRefused: a link leads out, or there is no file.
        """
        top = self._top()
        for path, target in self._targets.items():
            if path[: len(top)] == top:  # what lies beside the unwrapped folder is not kept
                self._follow(path, target, top)
        kinds = [kind for path, kind in self._kinds.items() if path and path[: len(top)] == top and path != top]
        if not any(kind in ("file", "hardlink") for kind in kinds):
            raise refusals.empty()
        return Summary(
            files=kinds.count("file"),
            directories=kinds.count("directory"),
            links=kinds.count("symlink") + kinds.count("hardlink"),
            bytes=self.bytes,
            top=top[0] if top else "",
        )

    def _top(self) -> Path:
        """The folder to unwrap. Not a hidden one, and not the one that the site publishes."""
        tops = [path for path in self._kinds if len(path) == 1 and path[0] not in _JUNK]
        if len(tops) != 1 or self._kinds[tops[0]] != "directory":
            return ()
        name = tops[0][0]
        published = self.limits.docroot.split("/", 1)[0]
        return () if name.startswith(".") or name == published else tops[0]

    def _follow(self, link: Path, target: str, root: Path) -> None:
        """Walk `target` as the kernel would, other links of the archive included, and never leave `root`.

        Every step is checked by name, also through what does not exist: it could be made later.
        """
        refused = refusals.unsafe_link(shown("/".join(link)), shown(target))
        if target.startswith("/"):
            raise refused
        here, ahead = link[:-1], target.split("/")
        for _ in itertools.repeat(None, _LINKS_FOLLOWED_MAX * 64):
            if not ahead:
                return
            part, *ahead = ahead
            if part in ("", "."):
                continue
            if part == ".." and here == root:
                raise refused
            here = here[:-1] if part == ".." else (*here, part)
            onward = self._targets.get(here)
            if onward is not None:
                here, ahead = here[:-1], [*onward.split("/"), *ahead]
                if onward.startswith("/"):
                    raise refused
        raise refused
