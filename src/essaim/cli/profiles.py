"""Which Manager to speak to, and with which token.

In this order: the variables ESSAIM_URL and ESSAIM_TOKEN; the profile in ~/.config/essaim/cli.toml, written by
`essaim login`; the profile of the demo that runs on this machine, for root.
"""

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from essaim.cli.errors import NotAllowed


class Profile(NamedTuple):
    """A Manager's address and a token to it."""

    url: str
    token: str


def file() -> Path:
    """Where profiles are kept: XDG's configuration folder."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "essaim/cli.toml"


def demo_file() -> Path:
    """Where the demo keeps its profile; moved by the same variables as the demo (`essaim.lab`, which a real machine has not)."""
    lab = os.environ.get("ESSAIM_LAB_DIR", "/var/lib/essaim-lab")
    return Path(lab, "instances", os.environ.get("ESSAIM_DEMO_INSTANCE", "demo"), "cli.toml")


def find(name: str = "") -> Profile:
    """The profile to use.

    Raises:
        NotAllowed: none is there, or not the one that is named.
    """
    url, token = os.environ.get("ESSAIM_URL", ""), os.environ.get("ESSAIM_TOKEN", "")
    if url and token and not name:
        return Profile(url.rstrip("/"), token)
    wanted = name or os.environ.get("ESSAIM_PROFILE", "default")
    found = _read(file()).get(wanted)
    if found is None and wanted in ("default", "demo"):
        found = _read(demo_file()).get("default")
    if found is None:
        raise NotAllowed(
            f"There is no profile “{name}”." if name else "You are not signed in to a Manager.",
            hint="essaim login https://manager.example.org, or set ESSAIM_URL and ESSAIM_TOKEN",
            code="cli.no_profile",
        )
    return Profile(url.rstrip("/") or found.url, token or found.token)


def is_of_demo(url: str) -> bool:
    """`url` is where the demo of this machine is, or was before it was ended; known to who may read its profile."""
    with suppress(NotAllowed):
        demo = _read(demo_file()).get("default")
        return demo is not None and demo.url == url
    return False


def keep(name: str, profile: Profile) -> Path:
    """Write one profile, beside the others; the file is for its owner alone."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    profiles = _read(path) | {name: profile}
    lines = [
        f"[profiles.{_quoted(one)}]\nurl = {_quoted(p.url)}\ntoken = {_quoted(p.token)}\n"
        for one, p in profiles.items()
    ]
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text("\n".join(lines))
    new.replace(path)
    return path


def _read(path: Path) -> dict[str, Profile]:
    try:
        entries = tomllib.loads(path.read_text()).get("profiles", {})
        return {name: Profile(str(one["url"]).rstrip("/"), str(one["token"])) for name, one in entries.items()}
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        raise NotAllowed(
            f"{path} cannot be read.", hint="Write it anew: essaim login URL", code="cli.profile_broken"
        ) from None


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    import json

    return json.dumps(text, ensure_ascii=False)
