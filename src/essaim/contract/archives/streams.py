"""Decompression with bounds: how much comes out in all, and how much memory a stream may ask for."""

import bz2
import gzip
import io
import lzma
from typing import BinaryIO

from essaim.contract.archives import refusals
from essaim.contract.archives.tree import RATIO_FROM_BYTES, RATIO_MAX, Tree

LZMA_MEMORY_MAX = 128 * 1024 * 1024  # `xz -9` asks for 65 MiB to unpack, a hostile stream for 1.5 GiB
_PIECE = 64 * 1024


class _Decompressed(io.RawIOBase):
    """A file of one or more bzip2 or xz streams, read as their contents."""

    def __init__(self, file: BinaryIO, magic: bytes) -> None:
        self._file = file
        self._magic = magic
        self._engine = self._fresh()

    def _fresh(self) -> bz2.BZ2Decompressor | lzma.LZMADecompressor:
        return bz2.BZ2Decompressor() if self._magic == b"BZh" else lzma.LZMADecompressor(memlimit=LZMA_MEMORY_MAX)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the stubs' buffer is wider than what tarfile and zipfile pass
        while True:
            if self._engine.eof:
                left = self._engine.unused_data or self._file.read(_PIECE)
                if not left.strip(b"\0"):  # xz pads its streams with zeros
                    return 0
                self._engine = self._fresh()
                data = self._engine.decompress(left, len(buffer))
            else:
                more = self._file.read(_PIECE) if self._engine.needs_input else b""
                if self._engine.needs_input and not more:
                    raise EOFError("the compressed data ends too early")
                data = self._engine.decompress(more, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)


class Metered:
    """Reads exactly, and refuses to go on once more came out than an accepted archive can hold."""

    def __init__(self, file: io.BufferedIOBase, tree: Tree, *, compressed: bool) -> None:
        limits = tree.limits
        self._file = file
        self._read = 0
        self._refusal = refusals.too_large(limits.bytes_max)
        self._most = limits.bytes_max + limits.files_max * 4096 + 1024 * 1024
        ratio = max(RATIO_FROM_BYTES, RATIO_MAX * tree.archive_bytes)
        if compressed and ratio < self._most:
            self._refusal, self._most = refusals.bomb(RATIO_MAX), ratio

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        data = self._file.read(size)
        self._read += len(data)
        if self._read > self._most:
            raise self._refusal
        return data


def decompressed(file: BinaryIO, head: bytes, tree: Tree) -> Metered:
    """`file` as a plain stream, whatever it was compressed with (gzip, bzip2, xz, or not at all)."""
    if head.startswith(b"\x1f\x8b"):
        return Metered(gzip.GzipFile(fileobj=file), tree, compressed=True)
    for magic in (b"BZh", b"\xfd7zXZ\x00"):
        if head.startswith(magic):
            return Metered(io.BufferedReader(_Decompressed(file, magic), _PIECE), tree, compressed=True)
    return Metered(file, tree, compressed=False)  # type: ignore[arg-type]  # a BinaryIO reads as a raw stream does
