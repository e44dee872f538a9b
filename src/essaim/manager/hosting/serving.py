"""What the page “Serving” says of a site's rules. Nothing here changes state."""

from typing import NamedTuple

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.contract.rules import Maintenance, Rules
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rule_words import KINDS, PARTS, flat
from essaim.manager.hosting.rules import maintenance_of, rules_of, rules_served

SHOWN_MOST = 8
"""So many redirects the page shows; the form has them all."""

CARDS: tuple[tuple[str, str, str | Promise, tuple[str, ...], str | Promise], ...] = (
    ("hosting:redirects", "arrow", _("Redirects"), ("redirects",), _("No path leads elsewhere.")),
    ("hosting:access", "lock", _("Access"), ("protected", "allowed"), _("All of the site is open to everyone.")),
    (
        "hosting:headers",
        "certificate",
        _("Headers"),
        ("headers", "hsts"),
        _("Answers carry the program's own headers."),
    ),
    (
        "hosting:files",
        "file",
        _("Files"),
        ("absent", "cache"),
        _(
            "Browsers decide how long they keep files. What is not a file goes to the site's index.php, if there is one."
        ),
    ),
)


class Line(NamedTuple):
    """One rule as a card shows it."""

    words: str
    what: str
    value: str


class RulesCard(NamedTuple):
    """Some of the rules, and where they are changed."""

    address: str
    icon: str
    title: "str | Promise"
    lines: list[Line]
    more: int
    nothing: "str | Promise"


def serving_of(site: Site) -> dict[str, object]:
    """What the cards need."""
    rules, maintenance = rules_of(site), maintenance_of(site)
    return {
        "rules": rules,
        "rule_cards": [_card(entry, rules) for entry in CARDS],
        "canonical": rules_served(site).canonical,
        "aliases": list(site.aliases.all()),
        "maintenance": maintenance,
        "pass_address": pass_address(site, maintenance),
    }


def _card(entry: tuple[str, str, str | Promise, tuple[str, ...], str | Promise], rules: Rules) -> RulesCard:
    address, icon, title, parts, nothing = entry
    found = flat(rules)
    lines = [_line(part, what, value) for part in parts for what, value in found[part].items()]
    return RulesCard(address, icon, title, lines[:SHOWN_MOST], max(0, len(lines) - SHOWN_MOST), nothing)


def _line(part: str, what: str, value: str) -> Line:
    if part == "redirects":
        return Line("", what, value.removeprefix(what).strip())
    if part == "cache":
        return Line(str(KINDS[what]), "", value)
    return Line("" if part == "headers" else str(PARTS[part]), what, value)


def pass_address(site: Site, maintenance: Maintenance | None) -> str:
    """The secret link past the maintenance page; empty: there is none."""
    if maintenance is None or not maintenance.key:
        return ""
    scheme = "https" if site.https == Site.Https.LIVE else "http"
    return f"{scheme}://{rules_served(site).canonical or site.fqdn}/?essaim_pass={maintenance.key}"


def own_address(request: HttpRequest) -> str:
    """Where the person who asks is, as the site's machine would see them over the same family."""
    return str(request.META.get("REMOTE_ADDR", ""))
