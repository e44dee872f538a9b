"""How far a site has come, as five steps that its page shows while they happen: asked, sent, applied, proved, https."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Site

StepState = Literal["done", "doing", "waiting", "failed", "none"]


class Step(NamedTuple):
    """One step. `seconds` is the time since it was asked."""

    name: Literal["asked", "sent", "applied", "proved", "https"]
    state: StepState
    at: datetime | None = None
    seconds: float | None = None
    sentence: str = ""


def wishes_about(site: Site) -> dict[str, Wanted]:
    """The newest wish of each kind about `site`: one query."""
    kinds = ("site", "certificate", "content", "probe")
    wishes = Wanted.objects.select_related("machine").filter(key=site.fqdn, kind__in=kinds)
    return {wish.kind: wish for wish in wishes.order_by("revision", "changed_at")}


def steps_of_site(site: Site, wishes: Mapping[str, Wanted] | None = None) -> list[Step]:
    """The five steps of the site's newest wish: one query, none with `wishes`, those about the site. A step is *doing* when
    all before it are done.
    """
    wishes = wishes_about(site) if wishes is None else wishes
    wish = wishes.get("site")
    if wish is None:
        return [Step("asked", "done", site.created_at)]
    asked = wish.changed_at
    steps = [Step("asked", "done", asked), _sent(wish), _applied(wish), _proved(site, wish)]
    steps.append(_https(site, wish, wishes.get("certificate")))
    return _first_open_is_doing(_in_order(steps))


def _in_order(steps: list[Step]) -> list[Step]:
    """The steps, none done before the one before it. What its machine made is dated by the machine's clock, all else by the
    manager's: that one says how long the whole took.
    """
    applied, proved = steps[2:4]
    if applied.seconds is not None and proved.seconds is not None and applied.seconds > proved.seconds:
        steps[2] = applied._replace(at=proved.at, seconds=proved.seconds)
    at, seconds = steps[0].at, 0.0
    for place, step in enumerate(steps):
        if step.seconds is not None and step.at is not None and at is not None:
            at, seconds = max(at, step.at), max(seconds, step.seconds)
            steps[place] = step._replace(at=at, seconds=seconds)
    return steps


def _since(asked: datetime, at: datetime | None) -> float | None:
    return max(0.0, (at - asked).total_seconds()) if at else None


def _sent(wish: Wanted) -> Step:
    if wish.sent_revision < wish.revision:
        return Step("sent", "waiting")
    return Step("sent", "done", wish.sent_at, _since(wish.changed_at, wish.sent_at))


def _applied(wish: Wanted) -> Step:
    if wish.reported_revision == wish.revision and wish.outcome in (Wanted.Outcome.FAILED, Wanted.Outcome.TOO_NEW):
        return Step("applied", "failed", sentence=wish.said)
    if wish.applied_revision < wish.revision:
        return Step("applied", "waiting")
    return Step("applied", "done", wish.applied_at, _since(wish.changed_at, wish.applied_at))


def _proved(site: Site, wish: Wanted) -> Step:
    sentence = site.health_said
    if site.health == Site.Health.CHANGED:
        return Step("proved", "failed", site.proved_at, sentence=sentence)
    if site.proved_revision != wish.revision:
        return Step("proved", "waiting", sentence=sentence if wish.is_current else "")
    return Step("proved", "done", site.revision_proved_at, _since(wish.changed_at, site.revision_proved_at))


def _https(site: Site, wish: Wanted, certificate: Wanted | None) -> Step:
    if site.https == Site.Https.NONE:
        return Step("https", "none")
    sentence = site.https_said
    if site.https == Site.Https.FAILED:
        return Step("https", "failed", sentence=sentence)
    if site.https == Site.Https.PENDING or certificate is None or site.proved_revision != wish.revision:
        return Step("https", "waiting", sentence=sentence)
    at = site.https_proved_at
    was_so_before = at is None or at < wish.changed_at  # the proof of this change took no time of its own over HTTPS
    return Step("https", "done", at, None if was_so_before else _since(wish.changed_at, at), sentence)


def _first_open_is_doing(steps: list[Step]) -> list[Step]:
    for place, step in enumerate(steps):
        if step.state == "failed":
            break
        if step.state == "waiting":
            steps[place] = step._replace(state="doing")
            break
    return steps
