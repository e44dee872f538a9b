"""One request to a program's own socket, as nginx would make it, to see whether it answers."""

import asyncio
import contextlib
from pathlib import Path

WELL = range(100, 500)
"""A program that says no (401, 404) is there all the same; one that answers 500 does not work."""
LONGEST_S = 10.0
_STATUS_LINE_MOST = 1024


async def ask(socket: Path, fqdn: str, path: str, *, patience_s: float) -> int | None:
    """The status that it answers; None: it did not, or not in HTTP."""
    try:
        async with asyncio.timeout(max(0.05, min(LONGEST_S, patience_s))):
            reader, writer = await asyncio.open_unix_connection(socket, limit=_STATUS_LINE_MOST)
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: {fqdn}\r\nUser-Agent: Essaim\r\nX-Forwarded-Proto: https\r\n"
                writer.write(f"{request}Accept: */*\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
                return _status(await reader.readline())
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, ValueError):
        return None


def _status(line: bytes) -> int | None:
    words = line.split(maxsplit=2)
    if len(words) > 1 and words[0].startswith(b"HTTP/1.") and words[1].isdigit():
        return int(words[1])
    return None
