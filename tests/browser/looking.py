"""How a page is looked at: widths, colours, languages, and everything a browser could complain about."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from essaim.manager.people.models import Person
from essaim.manager.people.step_up import SHOWN_AT

VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`);
});
"""
SETTLED = """document.fonts.ready.then(
  () => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(() => seen(true)))))"""
"""True once the page stands as a person sees it: with its letters, laid out and painted."""
TABS_MAX = 80
PATIENCE_MS = 60_000
"""How long anything on a page may take on a slow and busy machine."""
GOOD = range(200, 400)


class View(NamedTuple):
    """One way of looking."""

    width: int
    scheme: str
    language: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}"


VIEWS = [View(1440, "light", "fr"), View(1440, "dark", "en"), View(360, "light", "en"), View(360, "dark", "fr")]
"""Every pair of width, colours and language is seen; the other four views would show no new pair."""
LOOKED_AT_BY_AXE = [(1440, "light"), (360, "dark")]
"""Each width and each set of colours once: axe takes longer than all the rest of a look."""


FEW = [View(1440, "light", "fr"), View(360, "dark", "en")]
"""For pages made of the same parts as others: each width, scheme and language once."""


@dataclass
class Looker:
    """Opens pages and notes what is wrong. One browser context for each person and way of looking, kept open."""

    browser: Browser
    manager: str
    pictures: Path | None
    contexts: dict[tuple[str, View], BrowserContext] = field(default_factory=dict)
    tabs: dict[tuple[str, View], Page] = field(default_factory=dict)
    """The tab of each context that `faults` opens one page after the other in: a new one costs as much as a look at it."""

    def page(self, person: Person | None, view: View) -> Page:
        """A fresh tab of `person`, signed in, as `view` says."""
        key = _key(person, view)
        if key not in self.contexts:
            self.contexts[key] = self._context(person, view)
        return self.contexts[key].new_page()

    @contextmanager
    def _listening(self, person: Person | None, view: View, said: list[str], *, status: int) -> Iterator[Page]:
        """An empty tab of `person`; while inside, whatever the browser complains about is added to `said`."""
        key = _key(person, view)
        if key not in self.tabs:
            self.tabs[key] = self.page(person, view)
        page = self.tabs[key]
        hears: dict[str, Callable[..., None]] = {
            "console": lambda message: _note(message, said),
            "pageerror": lambda error: said.append(f"script: {error}"),
            "response": lambda r: said.append(f"{r.status} {r.url}") if r.status not in (status, *GOOD) else None,
        }
        for event, hear in hears.items():
            page.on(event, hear)  # type: ignore[call-overload]  # one of the names it knows
        try:
            yield page
        finally:
            for event, hear in hears.items():
                page.remove_listener(event, hear)
            page.goto("about:blank")  # nothing of this page is heard by who looks at the next

    def _context(self, person: Person | None, view: View) -> BrowserContext:
        context = self.browser.new_context(
            viewport={"width": view.width, "height": 900},
            color_scheme=view.scheme,  # type: ignore[arg-type]
            locale=view.language,
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(VIOLATIONS)
        cookies = {"django_language": view.language, "scheme": view.scheme}
        if person is not None:
            cookies["sessionid"] = session_of(person)
        context.add_cookies([{"name": n, "value": v, "url": self.manager} for n, v in cookies.items()])
        return context

    def faults(self, person: Person | None, path: str, view: View, name: str, *, status: int = 200) -> list[str]:
        """Open `path`, keep a picture of it under `name` if pictures are wanted, and say everything that is wrong with it.
        `status`: what the page itself answers with.
        """
        said: list[str] = []
        with self._listening(person, view, said, status=status) as page:
            page.goto(f"{self.manager}{path}", wait_until="load")
            page.evaluate(SETTLED)
            said[:] = [line for line in said if f"status of {status} " not in line]
            if self.pictures is not None:
                self.pictures.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=self.pictures / f"{name}-{view}.png", full_page=True)
            said += [f"policy: {line}" for line in page.evaluate("window.__violations")]
            said += wider_than_the_window(page)
            said += _language(page, view)
            if (view.width, view.scheme) in LOOKED_AT_BY_AXE:
                said += what_axe_finds(page)
        return said

    def close(self) -> None:
        for context in self.contexts.values():
            context.close()


def _key(person: Person | None, view: View) -> tuple[str, View]:
    return (person.email if person else "", view)


def _note(message: ConsoleMessage, said: list[str]) -> None:
    if message.type in ("error", "warning"):
        said.append(f"console: {message.text}")


def _language(page: Page, view: View) -> list[str]:
    spoken = page.evaluate("document.documentElement.lang")
    return [] if spoken == view.language else [f"the page speaks {spoken}"]


def wider_than_the_window(page: Page) -> list[str]:
    """What sticks out to the right, if anything does."""
    return page.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= room) return [];
          const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1);
          return [`wider than ${room}: ${out.slice(0, 3).map((e) => e.tagName + "." + e.className).join(", ")}`];
        }"""
    )


def what_axe_finds(page: Page) -> list[str]:
    """One line for each rule that is broken, with the first element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [f"axe {rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:160]}" for rule in found]


def reached_by_keyboard(page: Page, selector: str) -> bool:
    """Whether Tab alone leads from the top of the page to what `selector` names."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", selector):
            return True
    return False


def session_of(person: Person) -> str:
    """The key of a new session of `person`, as sign-in makes it; sign-in itself is tested by the journey."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session[SHOWN_AT] = time.time()
    session.save()
    return str(session.session_key)
