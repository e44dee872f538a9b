"""The source of what runs, for whoever uses it over a network (AGPL-3.0, section 13).

The archive is made of the very files that this process was started from, so that a changed Essaim offers its changes by itself. It is
made once and kept in ESSAIM_STATE; its name has a hash of all files, so that two versions never pass for one.
"""

import hashlib
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import IO

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

import essaim

PACKAGE = Path(essaim.__file__).resolve().parent
BESIDE = (
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "essaim",
    "requirements*",
    "docs",
    "tests",
    "benchmarks",
    "changelog.d",
)
"""What belongs to the source where the package lies in `src/` of a checkout or of a packed Essaim."""
LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


@require_safe
def source(request: HttpRequest) -> HttpResponse:
    """Which version runs, under which licence, and where its source is."""
    context = {"version": version(), "elsewhere": settings.SOURCE}
    return render(request, "web/source.html", context)


@require_safe
def archive(request: HttpRequest) -> FileResponse:  # noqa: ARG001 - a view
    """The source as one file."""
    name = f"essaim-{version()}.tar.gz"
    return FileResponse(_kept(name), as_attachment=True, filename=name, content_type="application/gzip")


@cache
def version() -> str:
    """The version, and eight digits of a hash of all files."""
    digest = hashlib.sha256()
    for name, path in _files():
        digest.update(f"{name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return f"{essaim.__version__}-{digest.hexdigest()[:8]}"


def _files() -> list[tuple[str, Path]]:
    """Every file with its name in the archive, in a stable order."""
    if PACKAGE.parent.name != "src":
        return [(f"src/essaim/{path.relative_to(PACKAGE)}", path) for path in _below(PACKAGE)]
    root = PACKAGE.parents[1]
    parts = [PACKAGE, *(part for pattern in BESIDE for part in sorted(root.glob(pattern)))]
    return [(str(path.relative_to(root)), path) for part in parts for path in _below(part)]


def _below(part: Path) -> list[Path]:
    found = sorted(part.rglob("*")) if part.is_dir() else [part]
    return [path for path in found if path.is_file() and not path.is_symlink() and LEFT_OUT.isdisjoint(path.parts)]


def _kept(name: str) -> IO[bytes]:
    """The archive, from the state folder if it was made before; without a writable one it is made each time."""
    kept = settings.STATE / "source" / name
    try:
        return kept.open("rb")
    except OSError:
        pass
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as new:
            _write(new, name.removesuffix(".tar.gz"))
        for old in kept.parent.glob("essaim-*.tar.gz"):
            old.unlink(missing_ok=True)
        Path(new.name).replace(kept)
        return kept.open("rb")
    except OSError:
        made = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        _write(made, name.removesuffix(".tar.gz"))
        made.seek(0)
        return made


def _write(target: IO[bytes], folder: str) -> None:
    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mode = 0o755 if member.mode & 0o100 else 0o644
        return member

    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as packed:
        for name, path in _files():
            packed.add(path, f"{folder}/{name}", filter=plain)
