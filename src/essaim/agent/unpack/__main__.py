"""`python3 -m essaim.agent.unpack VERB JSON`: one act on the versions of one site, answered as one JSON line.

unpack: standard input is the archive, an open file. settle, previous, forget: see `Versions`.
"""

import errno
import json
import sys
from pathlib import Path
from typing import Any

from essaim.agent.unpack.confine import confine
from essaim.agent.unpack.versions import Versions
from essaim.contract.archives import ArchiveRefused, Limits

_FULL = {
    errno.EDQUOT: ("content.quota_full", "The account's disk quota cannot hold it beside what is served now."),
    errno.ENOSPC: ("content.disk_full", "The machine's disk is full."),
    errno.EFBIG: ("content.too_large", "A file in it is larger than an upload may be."),
}


def _unpack(versions: Versions, asked: dict[str, Any]) -> dict[str, Any]:
    limits = Limits(bytes_max=asked["bytes_max"], files_max=asked["files_max"], docroot=asked["docroot"])
    try:
        summary, inode = versions.unpack(sys.stdin.buffer, limits)
    except OSError as wrong:
        if wrong.errno != errno.EDQUOT or not versions.drop_previous():
            raise
        sys.stdin.buffer.seek(0)  # the older version would have gone in a moment: once more in the room it had
        summary, inode = versions.unpack(sys.stdin.buffer, limits)
    facts = {"files": summary.files, "links": summary.links, "bytes": summary.bytes, "unwrapped": summary.top}
    return {"inode": inode, "facts": facts}


def _act(verb: str, asked: dict[str, Any]) -> dict[str, Any]:
    versions = Versions(Path(asked["sites"]), asked["fqdn"])
    if verb == "unpack":
        return _unpack(versions, asked)
    if verb == "settle":
        return {"state": versions.settle(asked["inode"])}
    if verb == "previous":
        return {"inode": versions.previous.lstat().st_ino if versions.previous.is_dir() else 0}
    versions.forget()
    return {}


def _answer(verb: str, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return _act(verb, asked)
    except ArchiveRefused as refused:
        return {
            "code": refused.code, "sentence": refused.sentence, "advice": refused.advice, "facts": refused.facts
        }  # fmt: skip
    except MemoryError:
        sentence = "Unpacking it takes more memory than it may."
        return {"code": "content.too_complex", "sentence": sentence, "advice": "", "facts": {"what": "memory"}}
    except OSError as wrong:
        code, sentence = _FULL.get(wrong.errno or 0, ("content.system", f"The system refused: {wrong}"))
        facts = {"detail": str(wrong)} if code == "content.system" else {}
        return {"code": code, "sentence": sentence, "advice": "", "facts": facts}


def main() -> None:
    """Confine, act, answer."""
    verb, asked = sys.argv[1], json.loads(sys.argv[2])
    confine(file_bytes_max=asked.get("bytes_max", 0))
    sys.stdout.write(json.dumps(_answer(verb, asked)) + "\n")


if __name__ == "__main__":
    main()
