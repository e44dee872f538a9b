"""Keys of external account bindings (RFC 8555, section 7.3.4): in a file that root alone reads, and nowhere else.

The manager knows a binding's key id, never its key: a person types the key on each machine that needs it.
"""

import json
import os
import re
import sys
import tomllib
from pathlib import Path

from essaim.agent.engines.files import Files
from essaim.agent.machine import Paths

_BASE64URL = re.compile(r"[A-Za-z0-9_-]{2,}")
_HEAD = (
    "# Written by `essaim-agent acme-key`. Read by root alone: who has these keys orders certificates in your name.\n"
)


def file_of(paths: Paths) -> Path:
    """Where the keys are."""
    return paths.etc / "acme.toml"


def hmac_key(file: Path, directory: str, key_id: str) -> str:
    """The key (base64url) of `key_id` at `directory`; empty: it is not on this machine.

    Raises:
        ValueError: the file cannot be read as TOML.
    """
    return _read(file).get((directory, key_id), "")


def put(file: Path, directory: str, key_id: str, key: str) -> None:
    """Keep `key` for `key_id` at `directory`, in the place of a former one.

    Raises:
        ValueError: `key` is not base64url; or the file that is there cannot be read as TOML.
    """
    key = key.strip().rstrip("=")
    if not _BASE64URL.fullmatch(key):
        raise ValueError("That is no key: one is base64url, of letters, digits, - and _ only.")
    kept = _read(file) | {(directory, key_id): key}
    text = _HEAD + "".join(
        f"\n[[binding]]\ndirectory = {json.dumps(directory)}\nkey_id = {json.dumps(name)}\nhmac_key = {json.dumps(secret)}\n"
        for (directory, name), secret in kept.items()
    )
    Files().write(file, text, mode=0o600, durable=True)


def _read(file: Path) -> dict[tuple[str, str], str]:
    try:
        found = tomllib.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return {(one["directory"], one["key_id"]): one["hmac_key"] for one in found.get("binding", ())}


def main(directory: str, key_id: str) -> int:
    """The command `acme-key`: the key is read from standard input. Returns the exit status."""
    if os.geteuid() != 0:
        sys.stderr.write("The keys are root's alone: run it as root.\n")
        return 1
    if sys.stdin.isatty():
        sys.stderr.write("The HMAC key, then Ctrl-D:\n")
    file = file_of(Paths())
    try:
        put(file, directory, key_id, sys.stdin.read())
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    sys.stdout.write(f"The key {key_id} of {directory} is in {file}. It is used with the next order.\n")
    return 0
