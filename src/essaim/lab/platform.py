"""A whole Essaim in an instance of the lab: the manager put into service, its machines enrolled, as an operator does it."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from essaim import unanswered
from essaim.lab.errors import LabError
from essaim.lab.instance import Lab
from essaim.lab.machine import Machine
from essaim.lab.programs import Progress, part, silent

PYTHON = [
    "env",
    "PYTHONPATH=/opt/essaim/src:/opt/essaim/lib",
    "DJANGO_SETTINGS_MODULE=essaim.manager.web.settings",
    "/usr/bin/python3",
]
ACME_DIRECTORY = "https://acme.lab.test:14000/dir"
PATIENCE_S = 60
ADMIN = "admin@ruche.test"
SCOPES = [
    "team:read",
    "team:write",
    "hours:write",
    "sites:read",
    "sites:write",
    "sites:erase",
    "people:write",
    "keys:write",
    "privacy:write",
    "fleet:read",
    "fleet:write",
    "audit:read",
    "machines:enter",
]


@dataclass(frozen=True, slots=True)
class Access:
    """How the outer machine reaches the Manager of an instance."""

    url: str
    email: str
    password: str
    token: str


class Api:
    """A client of the Manager's API: what an operator's script would be."""

    def __init__(self, access: Access) -> None:
        self.access = access
        headers = {"Authorization": f"Bearer {access.token}", "Accept-Language": "en"}
        self._http = httpx.Client(base_url=f"{access.url}/api/v1", headers=headers, timeout=60, trust_env=False)

    def close(self) -> None:
        """Let go of the connections. Nothing can be asked afterwards."""
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:
        """The answer's body.

        Raises:
            LabError: refused, with the Manager's own words; or unreachable for a minute.
        """
        return self._patiently(lambda: self._http.get(path, params=query))

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """Ask for something once, however often it must be sent: the connection may break and the Manager restart.

        Raises:
            LabError: as `get`.
        """
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._patiently(lambda: self._http.post(path, json=body or {}, headers=headers))

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change what `body` names; twice is once.

        Raises:
            LabError: as `get`.
        """
        return self._patiently(lambda: self._http.patch(path, json=body))

    def put(self, path: str, content: bytes, **query: str) -> Any:
        """Send bytes, once.

        Raises:
            LabError: refused, or unreachable.
        """
        try:
            return self._answer(self._http.put(path, content=content, params=query))
        except httpx.TransportError as wrong:
            raise LabError(f"The Manager does not answer: {unanswered.why(wrong)}.") from wrong

    def _patiently(self, send: Callable[[], httpx.Response]) -> Any:
        until = time.monotonic() + PATIENCE_S
        while True:
            said = "it is busy"
            try:
                answer = send()
                if not _is_busy(answer):
                    return self._answer(answer)
            except httpx.TransportError as wrong:
                said = unanswered.why(wrong)
            if time.monotonic() > until:
                raise LabError(f"The Manager does not answer for a minute: {said}.")
            time.sleep(0.1)

    @staticmethod
    def _answer(answer: httpx.Response) -> Any:
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            problem = answer.json()
        except ValueError:
            problem = {"title": answer.text[:300]}
        sentence = f"{answer.request.method} {answer.request.url.path}: {problem.get('title')}"
        raise LabError(
            f"{sentence} ({answer.status_code} {problem.get('code', '')})", hint=str(problem.get("detail", ""))
        )


def _is_busy(answer: httpx.Response) -> bool:
    """It may go well a moment later. A refusal of a room's own with the same status is final."""
    is_ours = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    return answer.status_code in (502, 503, 504) and (not is_ours or answer.json().get("code") == "core.busy")


class Platform:
    """The Manager and its machines in one instance of the lab."""

    def __init__(self, instance: str, *, port: int) -> None:
        self.lab = Lab(instance)
        self.port = port
        self._api: Api | None = None

    @property
    def manager(self) -> Machine:
        """The machine of the Manager, its worker and its bus."""
        return self.lab.machine("manager1")

    @property
    def profile(self) -> Path:
        """Where the access of this instance is noted, for root alone."""
        return self.lab.paths.home / "access.json"

    @property
    def access(self) -> Access:
        """How to reach the Manager.

        Raises:
            LabError: this instance was never put into service.
        """
        try:
            return Access(**json.loads(self.profile.read_text()))
        except FileNotFoundError:
            raise LabError(f"The instance {self.lab.instance} has no Manager yet.", hint="Start it first.") from None
        except PermissionError:
            raise LabError(
                f"Only root may know how to reach the Manager of {self.lab.instance}.",
                hint="Put sudo before the command.",
            ) from None

    @property
    def api(self) -> Api:
        """The Manager's API as the first administrator. One set of connections, kept for the next request."""
        access = self.access
        if self._api is None or self._api.access != access:
            self._api = Api(access)
        return self._api

    def up(self, *, progress: Progress = silent) -> None:
        """Boot the machines, put the Manager into service, enrol every machine that is new. What is there is kept."""
        self.lab.up(progress=part(progress, 0.0, 0.7))
        if self.profile.exists():
            self.refresh()
        else:
            progress("Putting the Manager into service", 0.72)
            self.install_manager()
        self.lab.forward(self.port, "manager1", 8000)
        self.wait_for_manager()
        if not self.profile.exists():
            progress("Making the first administrator", 0.8)
            self.make_administrator()
        progress("Enrolling the machines", 0.85)
        for machine in self.lab.machines:
            if machine.name.role != "manager":
                self.enrol(machine)
        progress("The platform is in service.", 1.0)

    def refresh(self) -> None:
        """Units and settings of a Manager that was in service before, from the code of today."""
        self.install_manager()

    def install_manager(self) -> None:
        """`essaim manager install`, on the manager's machine."""
        self.manager.run(
            [
                *PYTHON, "-m", "essaim.cli", "manager", "install",
                f"--origin=http://127.0.0.1:{self.port}",
                "--address=manager1.lab.test", f"--address={self.manager.address4}", f"--address={self.manager.address6}",
                "--listen=0.0.0.0:8000", "--house=La Ruche", f"--acme-directory={ACME_DIRECTORY}",
                "--second-factor=asked",  # a demo is looked at by somebody who has no telephone at hand
                f"--fetch={self.fetch}",
            ],
            timeout=120,
        )  # fmt: skip

    @property
    def fetch(self) -> str:
        """The command that fetches the site `{name}` as the machine outside sees it, typed in a checkout as root."""
        lab = f"PYTHONPATH=src .venv/bin/python -m essaim.lab --instance {self.lab.instance}"
        return f"{lab} run outside1 -- curl -sSL --cacert /etc/essaim/prober-ca.pem http://{{name}}/"

    def wait_for_manager(self, *, seconds: float = 40.0) -> None:
        """Until the Manager answers.

        Raises:
            LabError: it does not, with the end of its journal.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/api/v1/status", timeout=5, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise LabError("The Manager does not answer.", hint=self.manager.describe_failures())

    def make_administrator(self) -> None:
        """The first administrator and a token, made on the manager's machine."""
        password = uuid4().hex
        as_essaim = ["setpriv", "--reuid=essaim", "--regid=essaim", "--clear-groups"]
        settings = ["env", *self._settings(), *PYTHON[1:], "-m", "essaim.cli", "admin"]
        create = [*as_essaim, *settings, "create", ADMIN, "--name=Admin", "--password-stdin"]
        self.manager.run(create, input=password.encode())
        scopes = [f"--scope={scope}" for scope in SCOPES]
        token = self.manager.run([*as_essaim, *settings, "token", ADMIN, "--name=lab", *scopes]).stdout.decode().strip()
        access = Access(f"http://127.0.0.1:{self.port}", ADMIN, password, token.splitlines()[-1])
        self.profile.touch(mode=0o600)
        self.profile.write_text(
            json.dumps({"url": access.url, "email": ADMIN, "password": password, "token": access.token})
        )
        config = self.lab.paths.home / "cli.toml"
        config.touch(mode=0o600)
        config.write_text(f'[profiles.default]\nurl = "{access.url}"\ntoken = "{access.token}"\n')

    def make_samples(self, what: str, password: str) -> None:
        """What `essaim admin sample-WHAT` makes up: the demo's `team`, then its `clients`; twice is once."""
        as_essaim = ["setpriv", "--reuid=essaim", "--regid=essaim", "--clear-groups"]
        admin = ["env", *self._settings(), *PYTHON[1:], "-m", "essaim.cli", "admin"]
        self.manager.run([*as_essaim, *admin, f"sample-{what}", "--password-stdin"], input=password.encode())

    def _settings(self) -> list[str]:
        lines = self.manager.read_file("/etc/essaim/manager.env").decode().splitlines()
        return [line for line in lines if "=" in line and not line.startswith("#")]

    def enrol(self, machine: Machine) -> None:
        """Put one machine into service: added, given a token, enrolled. One that is enrolled stays so."""
        if machine.run(["test", "-e", "/etc/essaim/agent.jwt"], check=False).returncode == 0:
            return
        role = "prober" if machine.name.role == "outside" else "web"
        known = {row["name"] for row in self.api.get("/machines")["items"]}
        if str(machine.name) not in known:
            body = {
                "name": str(machine.name),
                "roles": [role],
                "address4": machine.address4,
                "address6": machine.address6,
            }
            self.api.post("/machines", {**body, "capacity_accounts": 12_000})
        token = self.api.post(f"/machines/{machine.name}/enrolment-token")["token"]
        url = "http://manager1.lab.test:8000"
        machine.run([*PYTHON, "-m", "essaim.agent", "enrol", "--manager", url, "--token", token], timeout=120)

    def wait_for(self, what: Callable[[], bool], *, seconds: float, sentence: str, every: float = 0.1) -> float:
        """Until `what` holds; the seconds it took.

        Raises:
            LabError: it does not in time, with `sentence`.
        """
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if what():
                return time.monotonic() - started
            time.sleep(every)
        raise LabError(sentence)

    def order_site(self, account: str, name: str, **fields: Any) -> dict[str, Any]:
        """Order a site; it is not waited for."""
        answer: dict[str, Any] = self.api.post("/sites", {"account": account, "name": name, **fields})
        return answer

    def widen(self, fqdn: str) -> None:
        """Let one visitor ask the site for as much as a thousand would: who measures a site alone is a flood otherwise."""
        self.api.post(f"/sites/{fqdn}/limits", {"times": 1000})
        self.wait_live(fqdn)
        time.sleep(1.1)  # a worker of nginx goes by what it knows of a site for a second

    def wait_live(self, fqdn: str, *, https: bool = False, seconds: float = 60.0) -> dict[str, Any]:
        """The site's representation once it is proved live (over HTTPS too, if asked).

        Raises:
            LabError: not live in time, with what its page says.
        """
        until = time.monotonic() + seconds
        while True:
            site: dict[str, Any] = self.api.get(f"/sites/{fqdn}", wait="live", timeout=5)
            if site["health"] == "live" and (not https or site["https"] == "live"):
                return site
            if time.monotonic() > until:
                said = site["health_sentence"] or site["https_sentence"] or site["health"]
                raise LabError(f"{fqdn} is not live after {seconds:.0f} s: {said}")
            time.sleep(0.02)


@contextmanager
def quiet_umask() -> Iterator[None]:
    """Files that hold secrets are made for root alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
