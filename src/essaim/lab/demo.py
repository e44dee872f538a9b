"""The demo: a whole Essaim on this machine, with an association, its clients and their sites, all made through the API.

Nothing here is a shortcut: the demo is what an operator would do, typed by a script.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from essaim.contract.php import VERSIONS
from essaim.lab import examples, pages, wiki, wordpress
from essaim.lab.errors import AlreadyRunning, LabError
from essaim.lab.platform import Platform
from essaim.lab.programs import Progress, silent

INSTANCE = os.environ.get("ESSAIM_DEMO_INSTANCE", "demo")
"""Another name lets a second demo run beside the first, for the tests of the demo itself."""
PORT = 8000


@dataclass(frozen=True, slots=True)
class DemoClient:
    """An association or a person of the demo. None exists: every name is under `.test` (RFC 2606)."""

    slug: str
    name: str
    email: str
    sites: tuple[str, ...]


CLIENTS = (
    DemoClient("fromagerie", "Fromagerie du Val", "fromagerie@example.test", ("fromagerie.test", "boutique.fromagerie.test", "blog.fromagerie.test")),
    DemoClient("chorale", "Chorale des Deux Rives", "chorale@example.test", ("chorale.test", "agenda.chorale.test", "concerts.chorale.test", "direct.chorale.test")),
    DemoClient("velo", "Atelier vélo", "velo@example.test", ("atelier-velo.test", "wiki.atelier-velo.test", "stages.atelier-velo.test", "salon.atelier-velo.test")),
    DemoClient("bibliotheque", "Bibliothèque sonore", "bibliotheque@example.test", ("bibliotheque-sonore.test", "écoute.bibliotheque-sonore.test", "catalogue.bibliotheque-sonore.test")),
)  # fmt: skip
PHP = {"blog.fromagerie.test": VERSIONS[0], "fromagerie.test": VERSIONS[-1]}
"""Sites that do not have the usual version, in one account: each version has its own processes."""
WIKI = "wiki.atelier-velo.test"
SHOP = "boutique.fromagerie.test"
"""A WordPress, answered by Apache: it sells cheese."""
PROGRAMS = {
    "direct.chorale.test": ("node", "hello.js"),
    "salon.atelier-velo.test": ("python", "talk.py"),
}
"""Sites that a program of their own answers, of `lab.examples`: one page, and one on which visitors talk over WebSockets."""
TEAM = ("president", "bureau", "machines-paris", "assistance", "tresorerie", "communication", "observation")
"""Of the made-up team (`essaim admin sample-team`), those whose sign-ins are printed, at `example.test`: each stage once."""
AGENCY = "agence"
"""Of `people.samples`: one sign-in with a place at several clients."""
EXTENDED = ("velo", "atelier-velo.test")
"""The account that chose extensions of PHP, for the version of this site."""
EXTENSIONS = ["apcu", "redis"]
"""What the usual offer has of them."""
PASSWORD = "essaim-demo-2026"  # noqa: S105 - of people who do not exist, on a loopback address, printed for the visitor


class Demo:
    """The demo's platform, and what it is filled with."""

    def __init__(self, *, port: int = PORT) -> None:
        self.platform = Platform(INSTANCE, port=port)

    def start(self, progress: Progress = silent) -> None:
        """Bring it up and fill it; what is there already is kept.

        Raises:
            AlreadyRunning: it is up.
        """
        self.refuse_when_running()
        self.platform.up(progress=lambda step, fraction: progress(step, fraction * 0.9))
        progress("Ordering the clients' sites", 0.92)
        self.fill()
        progress("Every site is proved.", 1.0)

    def refuse_when_running(self) -> None:
        """Raise `AlreadyRunning`, with where to sign in, when it is up."""
        if not self.platform.lab.status().is_running:
            return
        if not self.platform.profile.exists():
            raise AlreadyRunning(
                "The demo is being made, or was left half made.", hint="Wait, or end it: sudo ./essaim demo --stop"
            )
        raise AlreadyRunning(
            f"The demo is running already at {self.address}.",
            hint="Sign in there (who may: sudo ./essaim demo --status), or end it first: sudo ./essaim demo --stop",
        )

    @property
    def address(self) -> str:
        """Where the Manager is."""
        return self.platform.access.url

    def fill(self) -> None:
        """The team, clients, their people, accounts and sites; waits until every site is proved. Twice is once."""
        api = self.platform.api
        self.platform.make_samples("team", PASSWORD)
        known = {client["slug"] for client in api.get("/clients", limit=100)["items"]}
        for client in CLIENTS:
            if client.slug not in known:
                self._make_client(client)
        self.platform.make_samples("clients", PASSWORD)
        for client in CLIENTS:
            for name in client.sites:
                self.platform.wait_live(_ascii(name), seconds=90)
        self._choose_extensions()
        self._put_content()

    def _make_client(self, client: DemoClient) -> None:
        api = self.platform.api
        api.post(
            "/clients", {"slug": client.slug, "name": client.name, "language": "fr"}, key=f"demo-client-{client.slug}"
        )
        person = {"email": client.email, "name": client.name, "password": PASSWORD, "language": "fr", "role": "owner"}
        api.post(f"/clients/{client.slug}/people", person, key=f"demo-person-{client.slug}")
        account = api.post(
            "/accounts", {"client": client.slug, "login": client.slug}, key=f"demo-account-{client.slug}"
        )
        for name in client.sites:
            aliases = [f"www.{name}"] if name == client.sites[0] else []
            docroot = "public" if name == WIKI else ""
            body = {"account": account["login"], "name": name, "aliases": aliases, "docroot": docroot}
            api.post("/sites", body, key=f"demo-site-{client.slug}-{_ascii(name)}")
            if name in PHP:
                api.patch(f"/sites/{name}", {"php": PHP[name]})

    def _choose_extensions(self) -> None:
        """The bicycle workshop's PHP loads some that it chose, of those that its offer and its machine have."""
        api, login = self.platform.api, EXTENDED[0]
        account, php = api.get(f"/accounts/{login}"), api.get(f"/sites/{EXTENDED[1]}")["php"]
        if account["php_extensions"] or php not in account["php_extensions_offered"]:  # chosen, or no machine has any
            return
        api.patch("/offers/standard", {"php_extensions": EXTENSIONS})
        offered = api.get(f"/accounts/{login}")["php_extensions_offered"][php]
        if offered:
            api.post(f"/accounts/{login}/extensions", {"php": php, "extensions": offered}, key="demo-extensions")

    def _put_content(self) -> None:
        """A page for every client's first site, and Debian's DokuWiki as a client would upload it."""
        api = self.platform.api
        for client in CLIENTS:
            fqdn = client.sites[0]
            if not api.get(f"/sites/{fqdn}").get("content"):
                api.put(f"/sites/{fqdn}/content", pages.archive(client.name), filename="site.zip")
        if not api.get(f"/sites/{WIKI}").get("content"):
            api.put(f"/sites/{WIKI}/content", wiki.archive(), filename="dokuwiki.tar.gz")
        self._run_programs()
        self._open_shop()

    def _open_shop(self) -> None:
        """Debian's WordPress, with a MariaDB on the machine outside, put into service as its owner would."""
        api, lab = self.platform.api, self.platform.lab
        outside = lab.machine("outside1")
        wordpress.start_mariadb(outside, lab.machine("web1"))
        if api.get(f"/sites/{SHOP}").get("content"):
            return
        database = wordpress.make_database(outside, "boutique")
        api.put(f"/sites/{SHOP}/content", wordpress.archive(database), filename="wordpress.tar.gz")
        self._wait_in_place(SHOP)
        api.patch(f"/sites/{SHOP}", {"engine": "apache"})
        self.platform.wait_live(SHOP, https=True, seconds=60)
        wordpress.install(outside, SHOP, title="La boutique du Val", user="fromagerie", password=PASSWORD)

    def _wait_in_place(self, name: str) -> None:
        self.platform.wait_for(
            lambda: self.platform.api.get(f"/sites/{name}")["content"]["state"] == "in_place",
            seconds=60,
            sentence=f"The content of {name} is not in place.",
        )

    def _run_programs(self) -> None:
        """The clients' own programs, as they would be put: the content, then what starts it."""
        api = self.platform.api
        new = [name for name in PROGRAMS if api.get(f"/sites/{name}/program")["state"] == "none"]
        for name in new:
            file = PROGRAMS[name][1]
            api.put(f"/sites/{name}/content", examples.archive(file), filename=f"{file}.zip")
        for name in new:
            self._wait_in_place(name)
            runtime, command = PROGRAMS[name]
            api.post(f"/sites/{name}/program", {"runtime": runtime, "command": command}, key=f"demo-program-{name}")


def _ascii(name: str) -> str:
    import idna  # the one place here that needs it

    return idna.encode(name, uts46=True).decode()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of `essaim demo --check`, and how long it took."""

    name: str
    seconds: float
    said: str


def check(demo: Demo, tell: Callable[[Step], None]) -> None:
    """Order a site through the API, watch it become live, fetch it by name over HTTPS from outside, erase it.

    It is erased too when a step did not come out, or somebody would not wait.

    Raises:
        LabError: a step did not come out, with the reason.
    """
    platform = demo.platform
    name = f"essai-{int(time.time())}.velo-check.test"
    ordered = time.monotonic()
    try:
        _watch(platform, name, ordered, tell)
    except BaseException:
        with suppress(LabError):  # what went wrong first is what is told
            _erase(platform, name)
        raise
    _erase(platform, name)
    tell(Step("closed and erased again", time.monotonic() - ordered, ""))


def _watch(platform: Platform, name: str, ordered: float, tell: Callable[[Step], None]) -> None:
    def took() -> float:
        return time.monotonic() - ordered

    platform.order_site("velo", name)
    tell(Step("ordered through the API", took(), name))
    site = platform.wait_live(name, seconds=30)
    tell(
        Step("live: proved from outside over HTTP", took(), f"{site['live_seconds']:.2f} s by the Manager's own clock")
    )
    platform.wait_live(name, https=True, seconds=60)
    tell(Step("proved over HTTPS, certificate included", took(), ""))
    for family in ("4", "6"):
        tell(Step(f"fetched by name over HTTPS, IPv{family}", took(), _fetch(platform, name, family)))
    steps: list[dict[str, Any]] = platform.api.get(f"/sites/{name}")["steps"]
    tell(Step("its story", took(), " → ".join(step["name"] for step in steps)))


def _erase(platform: Platform, name: str) -> None:
    platform.api.post(f"/sites/{name}/close", {"reason": "end of the check"})
    platform.api.post(f"/sites/{name}/erase")


def _fetch(platform: Platform, name: str, family: str) -> str:
    curl = [
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        "10",
        f"-{family}",
        "--cacert",
        "/etc/essaim/prober-ca.pem",
    ]
    curl += [
        "--write-out",
        "%{http_code} %{remote_ip} %{ssl_verify_result}",
        "--output",
        "/dev/null",
        f"https://{name}/",
    ]
    said = platform.lab.machine("outside1").run(curl, check=False)
    answer = said.stdout.decode().strip()
    if said.returncode != 0 or not answer.startswith("200 "):
        raise LabError(f"https://{name}/ did not answer over IPv{family}: {answer} {said.stderr.decode().strip()}")
    return answer
