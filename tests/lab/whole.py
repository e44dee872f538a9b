"""What tests of the whole platform do again and again: order as a client, visit as a stranger, look into a machine."""

import io
import json
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from essaim.lab.errors import LabError
from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform

TRUST = ["--cacert", "/etc/essaim/prober-ca.pem"]


@dataclass(frozen=True)
class Answer:
    """What a visitor got; status 0: nobody answered."""

    status: int
    text: str
    location: str = ""
    error: str = ""


class Visitor:
    """Visits by name from outside, and believes a certificate only after checking it."""

    def __init__(self, platform: Platform) -> None:
        self._outside = platform.lab.machine("outside1")

    def get(self, url: str, *more: str) -> Answer:
        """One request; nothing is followed."""
        told = "\n%{http_code} %{redirect_url}"
        words = ["curl", "--silent", "--show-error", "--max-time", "60", *TRUST, "--write-out", told, *more, url]
        ran = subprocess.run(self._outside.argv_inside(words), capture_output=True, check=False)
        text, _, last = ran.stdout.decode(errors="replace").rpartition("\n")
        status, _, location = last.partition(" ")
        return Answer(int(status), text, location, ran.stderr.decode().strip())


def account(platform: Platform, login: str, **limits: int) -> str:
    """An account of the client `maison`; the same login twice is one account."""
    body = {"client": "maison", "login": login, **limits}
    answer: dict[str, Any] = platform.api.post("/accounts", body, key=f"lab-test-account-{login}")
    return str(answer["login"])


def live(platform: Platform, login: str, name: str, *, https: bool = True, **fields: Any) -> str:
    """Order a site and wait until it is proved, over HTTPS too unless told otherwise; its name."""
    platform.order_site(login, name, **fields)
    platform.wait_live(name, https=https)
    return name


def site(platform: Platform, name: str) -> dict[str, Any]:
    """The site as the API tells it now."""
    found: dict[str, Any] = platform.api.get(f"/sites/{name}")
    return found


def story(platform: Platform, name: str) -> list[dict[str, Any]]:
    """What happened to the site, oldest first."""
    lines: list[dict[str, Any]] = platform.api.get(f"/sites/{name}/story", limit=100)["items"]
    return lines[::-1]


def wish(platform: Platform, machine: str, kind: str, key: str) -> dict[str, Any]:
    """What is wanted of a machine under one key, and what it answered.

    Raises:
        LookupError: nothing is.
    """
    found: list[dict[str, Any]] = platform.api.get(f"/machines/{machine}/wishes", after=f"{kind}/{key[:-1]}", limit=5)[
        "items"
    ]
    try:
        return next(one for one in found if (one["kind"], one["key"]) == (kind, key))
    except StopIteration:
        raise LookupError(f"{kind} {key} is not wanted of {machine}") from None


def request(platform: Platform, method: str, path: str, **sent: Any) -> httpx.Response:
    """One request to the API as it is, whatever it answers."""
    access = platform.access
    headers = {"Authorization": f"Bearer {access.token}", "Accept-Language": "en", **sent.pop("headers", {})}
    return httpx.request(method, f"{access.url}/api/v1{path}", headers=headers, timeout=60, trust_env=False, **sent)


def put(
    platform: Platform, name: str, content: bytes, *, filename: str = "site.zip", again: bool = True
) -> dict[str, Any]:
    """Put content and wait until the machine has answered; the upload as it then is."""
    platform.api.put(f"/sites/{name}/content", content, filename=filename, again="true" if again else "false")
    eventually(lambda: site(platform, name)["content"]["state"] not in ("received", "sent"))
    upload: dict[str, Any] = site(platform, name)["content"]
    return upload


def zip_of(**files: str) -> bytes:
    """A zip whose files are named by keyword, with `_` for the dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return made.getvalue()


def eventually(is_so: Callable[[], object], *, seconds: float = 60.0, every: float = 0.1) -> float:
    """Ask until it is so; the seconds it took. `seconds` is for a slow and busy machine: how fast it is wanted, `quickest` asks."""
    started = time.monotonic()
    while not is_so():
        took = time.monotonic() - started
        assert took < seconds, f"Not so within {seconds:.0f} s."
        time.sleep(every)
    return time.monotonic() - started


@contextmanager
def stopped(machine: Machine, *units: str) -> Iterator[None]:
    """The services are off, and come back afterwards."""
    machine.run(["systemctl", "stop", *units])
    try:
        yield
    finally:
        machine.run(["systemctl", "start", *units])


def quickest(measure: Callable[[], float], *, under: float, tries: int = 3) -> float:
    """The shortest of a few measures, no more than it takes to be under what is promised: other work on the machine only slows."""
    measured = [measure()]
    while min(measured) >= under and len(measured) < tries:
        measured.append(measure())
    return min(measured)


def workers(web: Machine) -> set[str]:
    """nginx' processes with their starts: a reload makes new workers."""
    return set(web.run(["ps", "-C", "nginx", "-o", "pid=,lstart="]).stdout.decode().strip().splitlines())


def property_of(machine: Machine, unit: str, name: str) -> str:
    """One property of a unit."""
    return machine.run(["systemctl", "show", "--property", name, "--value", unit]).stdout.decode().strip()


def beside_manager(platform: Platform, script: str, *arguments: str) -> Any:
    """Run a Python script beside the Manager, as its user and with its settings; the JSON of its last line."""
    lines = platform.manager.read_file("/etc/essaim/manager.env").decode().splitlines()
    settings = [line for line in lines if "=" in line and not line.startswith("#")]
    user = ["setpriv", "--reuid=essaim", "--regid=essaim", "--clear-groups"]
    ran = platform.manager.run(
        [*user, "env", *settings, *PYTHON[1:], "-", *arguments], input=script.encode(), timeout=120
    )
    return json.loads(ran.stdout.splitlines()[-1])


def refusal(platform: Platform, content: bytes, name: str) -> str:
    """Why the Manager does not take this content; empty when it does."""
    try:
        platform.api.put(f"/sites/{name}/content", content, filename="site.zip", again="true")
    except LabError as wrong:
        return str(wrong)
    return ""
