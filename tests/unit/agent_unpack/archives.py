"""Makes archives, honest and hostile ones, with the standard library's writers."""

import io
import tarfile
import zipfile
from pathlib import Path

from essaim.contract.archives import Limits

LIMITS = Limits(bytes_max=10_000_000, files_max=1_000)


def tar_of(path: Path, *entries: tuple[str, bytes], mode: str = "w", layout: int = tarfile.PAX_FORMAT) -> Path:
    """A tar of files, in the order given."""
    with tarfile.open(path, mode, format=layout) as archive:  # type: ignore[call-overload]
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def tar_with(path: Path, *infos: tarfile.TarInfo) -> Path:
    """A tar of exactly these headers; a file's data are zeros."""
    with tarfile.open(path, "w") as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)) if info.isreg() else None)
    return path


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, target: str = "", *, mode: int = 0o644, size: int = 0
) -> tarfile.TarInfo:
    """One header for `tar_with`."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    info.mode = mode
    info.size = size
    return info


def zip_of(path: Path, *entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip of files, in the order given."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name  # the constructor would tidy it
            info.compress_type = method
            archive.writestr(info, data)
    return path


def zip_with_mode(path: Path, name: str, mode: int, data: bytes = b"") -> Path:
    """A zip of one entry made on Unix with these mode bits."""
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, data)
    return path
