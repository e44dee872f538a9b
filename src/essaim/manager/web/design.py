"""The page that shows every component with made-up data: what to build pages with, and where a change of look is judged."""

import inspect
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from essaim.manager.core.pages import Request
from essaim.manager.hosting.numbers import Figures
from essaim.manager.people.rights import may
from essaim.manager.web.templatetags import charts, figures, plots, ui
from essaim.manager.web.templatetags.states import LOOKS

ICONS = [
    "home",
    "site",
    "account",
    "machine",
    "certificate",
    "check",
    "check-round",
    "cross",
    "cross-round",
    "clock",
    "warning",
    "info",
    "question",
    "pause",
    "play",
    "lock",
    "unlock",
    "globe",
    "upload",
    "download",
    "undo",
    "again",
    "trash",
    "search",
    "person",
    "users",
    "key",
    "plus",
    "minus",
    "arrow",
    "chevron",
    "chevron-down",
    "sort",
    "external",
    "copy",
    "sun",
    "moon",
    "half",
    "menu",
    "more",
    "filter",
    "pulse",
    "database",
    "mail",
    "book",
    "send",
    "eye",
    "drift",
    "archive",
    "file",
    "log",
    "settings",
    "leave",
    "palette",
    "language",
    "bee",
    "hexagon",
]
COLOURS = [
    "page",
    "sunken",
    "surface",
    "raised",
    "line",
    "line-strong",
    "ink",
    "ink-soft",
    "ink-faint",
    "honey",
    "honey-strong",
    "honey-deep",
    "honey-tint",
]


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=gettext_lazy("Name of the site"), help_text=gettext_lazy("As visitors type it; accents are welcome.")
    )
    title = forms.CharField(label=gettext_lazy("Title"), required=False)
    php = forms.ChoiceField(label=gettext_lazy("PHP version"), choices=[("8.2", "8.2"), ("8.4", "8.4")])
    account = forms.ChoiceField(
        label=gettext_lazy("Account"),
        choices=[("a", "asso-abeilles"), ("b", "theatre-du-lac")],
        widget=forms.RadioSelect,
    )
    redirect = forms.BooleanField(
        label=gettext_lazy("Redirect to HTTPS"),
        required=False,
        help_text=gettext_lazy("Once the certificate is in place."),
    )
    archive = forms.FileField(
        label=gettext_lazy("Content"), help_text=gettext_lazy("A zip or tar archive, at most 512 MiB.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class Tag(NamedTuple):
    """A template tag as a contributor writes it: `{% load library %}`, its name with its parameters, its promise."""

    library: str
    name: str
    parameters: str
    promise: str


def reference() -> list[Tag]:
    """Every tag and filter of the components, from their own docstrings."""
    found = []
    for module in (ui, figures, plots, charts):
        library = module.__name__.rpartition(".")[2]
        for name, function in sorted({**module.register.tags, **module.register.filters}.items()):
            if name.startswith("end"):
                continue
            plain = inspect.unwrap(function)
            found.append(Tag(library, name, _written(plain), inspect.getdoc(plain) or ""))
    return found


def _written(function: Callable[..., object]) -> str:
    """The parameters with their defaults, without types: as a template gives them."""
    given = inspect.signature(function).parameters.values()
    shown = [
        one.name if one.default is one.empty else f"{one.name}={one.default!r}"
        for one in given
        if one.name not in ("content", "context")
    ]
    return " ".join(shown)


def sample_steps(now: str) -> list[dict[str, Any]]:
    """A wish on its way: up to `now` done, then under way or failed."""
    told = [
        (_("asked"), None, "camille@example.test"),
        (_("sent"), 0.02, ""),
        (_("made"), 0.11, "web1"),
        (_("proved"), 0.31, _("IPv4 and IPv6")),
        (_("live"), 0.17, _("HTTPS as well")),
    ]
    at = {"asked": 1, "made": 2, "failed": 3, "live": 5}[now]
    steps = []
    for place, (label, seconds, detail) in enumerate(told):
        state = "done" if place < at else ("failed" if now == "failed" else "now") if place == at else "waiting"
        shown = detail if state in ("done", "now") else _("nobody answers on IPv6") if state == "failed" else ""
        steps.append({"label": label, "state": state, "seconds": seconds if state == "done" else None, "detail": shown})
    return steps


def sample_sites(count: int) -> list[dict[str, Any]]:
    """Sites in every state, for tables."""
    names = [
        "abeilles",
        "theatre-du-lac",
        "chorale",
        "jardins-partages",
        "radio-libre",
        "ecole-de-musique",
        "refuge",
        "velo",
    ]
    states = ["live", "live", "proving", "waiting", "live", "failed", "suspended", "changed"]
    return [
        {
            "name": f"{names[i % 8]}{i // 8 or ''}.example.test",
            "account": names[i % 8],
            "client": names[i % 8].replace("-", " ").capitalize(),
            "state": states[i % 8],
            "seconds": 0.31 + 0.077 * (i % 8),
            "size": 1024**2 * 37.2 * (i % 8 + 1) ** 2,
            "at": timezone.now() - timedelta(minutes=7 * i * i + 1),
        }
        for i in range(count)
    ]


def sample_day() -> tuple[list[float], list[datetime]]:
    """A day of load that looks like one."""
    now = timezone.now()
    moments = [now - timedelta(minutes=10 * (144 - i)) for i in range(145)]
    values = [
        26 + 18 * math.sin((i - 50) / 145 * 6.28) + 7 * math.sin(i * 0.9) + 4 * math.sin(i * 2.3) for i in range(145)
    ]
    return values, moments


NOBODY_CAME, MUCH_FAILED = 11, 19
"""Days of the sample."""


def sample_visits() -> list[Figures]:
    """A month with a day on which nobody came and one on which much failed."""
    first = timezone.now() - timedelta(days=29)
    parts = []
    for n in range(30):
        part = Figures(first + timedelta(days=n))
        part.requests = 0 if n == NOBODY_CAME else int(900 + 400 * math.sin(n / 2.3))
        part.statuses.update({"5": part.requests // (3 if n == MUCH_FAILED else 80), "4": part.requests // 9})
        part.times.update({16: part.requests - part.requests // 12, 30 + n % 5: part.requests // 12})
        parts.append(part)
    return parts


def show_design(request: HttpRequest) -> HttpResponse:
    """Every component, with data and without."""
    values, moments = sample_day()
    wrong = SampleForm({"name": "exa mple..test", "php": "8.2"})
    wrong.add_error("name", _("A name has no space and no empty part."))
    context = {
        "tags": reference(),
        "icons": ICONS,
        "colours": COLOURS,
        "states": list(LOOKS),
        "form": SampleForm(prefix="sample"),
        "wrong": wrong,
        "paths": [(now, sample_steps(now)) for now in ("asked", "made", "failed", "live")],
        "sites": sample_sites(8),
        "values": values,
        "moments": moments,
        "short": values[::6],
        "visits": sample_visits(),
        "now": timezone.now() - timedelta(seconds=70),
        "difference": [
            (_("PHP version"), "8.2", "8.4"),
            (_("Published folder"), "", "public"),
            (_("Alias"), "www.example.test", ""),
        ],
        "tabs": [("#overview", _("Overview")), ("#content", _("Content")), ("#story", _("Story"))],
    }
    return render(request, "web/design.html", context)


@login_required
def design(request: Request) -> HttpResponse:
    """`show_design`, for the team; it does not exist for others."""
    if not may(request.user, "design.see"):
        raise Http404
    return show_design(request)
