"""How a site's health and its HTTPS are written: the word, and what is said about it. Whoever calls saves `FIELDS`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from essaim.contract import Report
from essaim.manager.hosting.models import Site

HEALTH_FIELDS = ["health", "health_code", "health_facts", "health_sentence", "health_advice"]
HTTPS_FIELDS = ["https", "https_code", "https_facts", "https_sentence"]


class Said(NamedTuple):
    """A machine's words: the code and the facts by which they are said in any language, and how the machine said them."""

    code: str = ""
    facts: Mapping[str, object] = {}
    sentence: str = ""
    advice: str = ""


NOTHING = Said()


def said_by(report: Report) -> Said:
    """What `report` says; where it says nothing itself, what the first of its probes that failed does."""
    if report.sentence:
        return Said(report.code, report.facts, report.sentence, report.advice)
    probe = next((probe for probe in report.probes if not probe.ok and probe.sentence), None)
    if probe is None:
        return Said(report.code, report.facts, "", report.advice)
    return Said(probe.code, probe.facts, probe.sentence, report.advice)


def moment_of(fact: object) -> datetime | None:
    """A fact that is a number of seconds since the epoch, as a moment; None: it is none."""
    is_number = isinstance(fact, int | float) and not isinstance(fact, bool)
    return datetime.fromtimestamp(fact, UTC) if is_number else None  # type: ignore[arg-type]  # looked at above


def set_health(site: Site, health: Site.Health, said: Said = NOTHING) -> None:
    """`site` is in `health`, because of what was `said`."""
    site.health, site.health_code, site.health_facts = health, said.code, dict(said.facts)
    site.health_sentence, site.health_advice = said.sentence, said.advice


def set_https(site: Site, https: Site.Https, said: Said = NOTHING) -> None:
    """The HTTPS of `site` is `https`, because of what was `said`."""
    site.https, site.https_code, site.https_facts = https, said.code, dict(said.facts)
    site.https_sentence = said.sentence
