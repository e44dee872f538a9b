"""What the pages of a site's rules ask. Each form knows one part: `applied` puts it into the rules that the site has."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django import forms
from django.utils.translation import gettext_lazy as _
from msgspec.structs import replace

from essaim import contract
from essaim.contract.rules import NO_FILE, Elsewhere, Header, Hsts, Rules
from essaim.manager.core.errors import EssaimError
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.redirect_lines import (
    allowed_line,
    header_line,
    read_allowed,
    read_headers,
    read_redirects,
    redirect_line,
)
from essaim.manager.hosting.rule_words import KINDS, span
from essaim.manager.hosting.rules import names_of, rules_of

CODE = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off", "class": "mono"}
SECURITY = (
    Header(name="X-Content-Type-Options", value="nosniff"),
    Header(name="X-Frame-Options", value="SAMEORIGIN"),
    Header(name="Referrer-Policy", value="strict-origin-when-cross-origin"),
    Header(name="Permissions-Policy", value="camera=(), microphone=(), geolocation=()"),
)
"""What hardly any site suffers from: no guessing of types, no framing by others, no addresses told to others, no sensors."""
ELSEWHERE: dict[str, Literal[301, 302, 307, 308]] = {"301": 301, "302": 302, "307": 307, "308": 308}
SPANS = (0, 3600, 86400, 604800, 2592000, 31536000)
HSTS_SPANS = (300, 86400, 2592000, 31536000, 63072000)


class RulesForm(forms.Form):
    """Base: shown with what the site has."""

    lines_field = ""
    """The field whose lines are read, and at which an unreadable line is told."""

    def __init__(self, site: Site, data: object = None) -> None:
        self.site, self.before = site, rules_of(site)
        super().__init__(data, initial=self.shown())  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do

    def shown(self) -> dict[str, object]:
        """The present values."""
        raise NotImplementedError

    def applied(self, rules: Rules) -> Rules:
        """`rules` with what this form asks.

        Raises:
            RuleRefused: a line that cannot be read.
        """
        raise NotImplementedError

    def warnings(self, rules: Rules, address: str) -> Iterable[str]:  # noqa: ARG002 (of the forms that have some)
        """What to think of before it is done. `address`: the person's own."""
        return ()


def _lines(label: object, help_text: object, rows: int) -> forms.CharField:
    area = forms.Textarea(attrs={**CODE, "rows": rows, "wrap": "off"})
    return forms.CharField(label=label, required=False, max_length=60_000, widget=area, help_text=help_text)  # type: ignore[arg-type]  # lazy texts


class RedirectsForm(RulesForm):
    """One redirect on a line."""

    redirects = _lines(
        _("Redirects, one on each line"),
        _(
            "The old path, where it leads, and a status if it is not 301 (for good): 302 for now, 307 and 308 keep what a form sent, "
            "410 says that it is gone. The first line that fits counts."
        ),
        12,
    )

    def shown(self) -> dict[str, object]:
        return {"redirects": "\n".join(redirect_line(one) for one in self.before.redirects)}

    def applied(self, rules: Rules) -> Rules:
        return replace(rules, redirects=read_redirects(self.cleaned_data["redirects"]))


class HeadersForm(RulesForm):
    """Headers, and HTTPS alone."""

    security = forms.BooleanField(
        label=_("Add the usual security headers"),
        required=False,
        help_text=_(
            "No guessing of file types, no framing by other sites, no paths told to other sites, no camera or microphone."
        ),
    )
    headers = _lines(_("Headers, one on each line"), _("Name: value. It takes the place of what your program says."), 6)
    hsts = forms.ChoiceField(
        label=_("Browsers use HTTPS alone (HSTS)"),
        required=False,
        help_text=_("Begin with five minutes: who was told so cannot come over HTTP again before that time is over."),
    )
    subdomains = forms.BooleanField(
        label=_("For all names below this one, too"),
        required=False,
        help_text=_("Every one of them must have HTTPS, also those that are served elsewhere: mail, shop, intranet."),
    )

    def __init__(self, site: Site, data: object = None) -> None:
        super().__init__(site, data)
        spans = dict.fromkeys((*HSTS_SPANS, *([self.before.hsts.max_age_s] if self.before.hsts else [])))
        self.fields["hsts"].choices = [("", _("no")), *((str(one), span(one)) for one in spans)]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField

    def shown(self) -> dict[str, object]:
        hsts = self.before.hsts
        return {
            "headers": "\n".join(header_line(one) for one in self.before.headers),
            "hsts": str(hsts.max_age_s) if hsts else "",
            "subdomains": bool(hsts and hsts.subdomains),
        }

    def applied(self, rules: Rules) -> Rules:
        given = self.cleaned_data
        headers = read_headers(given["headers"])
        if given["security"]:
            named = {header.name.lower() for header in headers}
            headers = (*headers, *(header for header in SECURITY if header.name.lower() not in named))
        hsts = Hsts(max_age_s=int(given["hsts"]), subdomains=given["subdomains"]) if given["hsts"] else None
        return replace(rules, headers=headers, hsts=hsts)

    def warnings(self, rules: Rules, address: str) -> Iterable[str]:  # noqa: ARG002
        if rules.hsts and rules.hsts.subdomains and not (self.before.hsts and self.before.hsts.subdomains):
            yield _("Every name below %(name)s must answer over HTTPS from now on, wherever it is served.") % {
                "name": self.site
            }


class FilesForm(RulesForm):
    """What is shown where there is no file, and how long browsers keep files."""

    absent = forms.ChoiceField(
        label=_("Where there is no such file"),
        choices=[
            ("", _("the site's index.php answers, if there is one (WordPress and most programs)")),
            (NO_FILE, _("visitors are told that there is nothing")),
            ("file", _("this file answers, for a program that runs in the browser:")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    file = forms.CharField(
        label=_("File"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={**CODE, "placeholder": "/index.html"}),
    )

    def __init__(self, site: Site, data: object = None) -> None:
        super().__init__(site, data)
        for kind, label in KINDS.items():
            now = self.before.cache.get(kind)  # type: ignore[call-overload]  # one of KINDS
            spans = dict.fromkeys((*SPANS, *([now] if now is not None else [])))
            self.fields[f"cache_{kind}"] = forms.ChoiceField(
                label=str(label),
                required=False,
                choices=[("", _("as usual")), *((str(one), span(one)) for one in spans)],
                initial="" if now is None else str(now),
            )

    def shown(self) -> dict[str, object]:
        absent = self.before.absent
        is_file = absent not in ("", NO_FILE)
        return {"absent": "file" if is_file else absent, "file": absent if is_file else ""}

    def clean(self) -> dict[str, object]:
        """A file is named where one is chosen."""
        if self.cleaned_data.get("absent") == "file" and not self.cleaned_data.get("file", "").strip():
            self.add_error("file", _("Name the file, for example /index.html."))
        return self.cleaned_data

    def applied(self, rules: Rules) -> Rules:
        given = self.cleaned_data
        absent = given["file"].strip() if given["absent"] == "file" else given["absent"]
        cache = {kind: int(given[f"cache_{kind}"]) for kind in KINDS if given[f"cache_{kind}"]}
        return replace(rules, absent=absent, cache=cache)


class AccessForm(RulesForm):
    """Folders for some networks alone."""

    allowed = _lines(
        _("Folders for some networks alone, one on each line"),
        _(
            "A folder and the networks that reach it: /admin 203.0.113.7 2001:db8::/32. A slash alone is the whole site."
        ),
        4,
    )

    def shown(self) -> dict[str, object]:
        return {"allowed": "\n".join(allowed_line(one) for one in self.before.allowed)}

    def applied(self, rules: Rules) -> Rules:
        return replace(rules, allowed=read_allowed(self.cleaned_data["allowed"]))

    def warnings(self, rules: Rules, address: str) -> Iterable[str]:
        from essaim.manager.hosting.rules import lets_in

        for allowed in rules.allowed:
            if not lets_in(allowed.networks, address):
                words = _(
                    "Your own address, %(address)s, is not among those that reach %(path)s: you would be kept out."
                )
                yield words % {"address": address, "path": allowed.path}


class NamesForm(RulesForm):
    """Which name is the site's own, and whether it has content at all."""

    canonical = forms.ChoiceField(label=_("One name before all"), required=False)
    elsewhere = forms.CharField(
        label=_("Lead every visitor to another address"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={**CODE, "inputmode": "url", "placeholder": "https://www.example.org"}),
        help_text=_("The site then has no content: its names only redirect. Empty: it is served as usual."),
    )
    status = forms.ChoiceField(
        label=_("For good or for now"),
        required=False,
        choices=[
            ("301", _("for good (301)")),
            ("302", _("for now (302)")),
            ("308", _("for good, forms too (308)")),
            ("307", _("for now, forms too (307)")),
        ],
    )
    keep_path = forms.BooleanField(label=_("Keep what follows the name"), required=False)

    def __init__(self, site: Site, data: object = None) -> None:
        super().__init__(site, data)
        names = [(name, _("all lead to %(name)s") % {"name": contract.as_read(name)}) for name in names_of(site)]
        self.fields["canonical"].choices = [("", _("all of its names answer")), *(names if len(names) > 1 else [])]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField

    def shown(self) -> dict[str, object]:
        to = self.before.elsewhere
        return {
            "canonical": self.before.canonical or "",
            "elsewhere": to.target if to else "",
            "status": str(to.status) if to else "301",
            "keep_path": to.keep_path if to else True,
        }

    def applied(self, rules: Rules) -> Rules:
        given = self.cleaned_data
        target = given["elsewhere"].strip()
        canonical = contract.Fqdn(given["canonical"]) if given["canonical"] else None
        if not target:
            return replace(rules, canonical=canonical, elsewhere=None)
        keep, status = given["keep_path"], given["status"] or "301"
        to = Elsewhere(target=target.rstrip("/") if keep else target, status=ELSEWHERE[status], keep_path=keep)
        return replace(rules, canonical=canonical, elsewhere=to)


class ProtectForm(forms.Form):
    """One person's way into a folder."""

    path = forms.CharField(
        label=_("Folder"),
        max_length=200,
        widget=forms.TextInput(attrs={**CODE, "placeholder": "/members"}),
        help_text=_("From the slash on. A slash alone is the whole site."),
    )
    user = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "At least 10 characters. It is not shown again; who has one for that folder already gets this one."
        ),
    )


class MaintenanceForm(forms.Form):
    """What visitors are told, and who passes."""

    sentence = forms.CharField(
        label=_("What visitors read"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A sentence of yours, above ours. For example: We are moving to a new design."),
    )
    until = forms.DateTimeField(
        label=_("Expected back"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Visitors read it; the site does not come back by itself."),
    )
    own = forms.BooleanField(label=_("Let me see the site meanwhile"), required=False)
    networks = forms.CharField(
        label=_("Addresses that see the site"),
        required=False,
        max_length=5000,
        widget=forms.TextInput(attrs=CODE),
        help_text=_("Besides, everyone with the secret link, which is shown once maintenance is on."),
    )
    renew = forms.BooleanField(label=_("Make a new secret link: the present one stops working"), required=False)

    @property
    def given_until(self) -> datetime | None:
        """When the site is expected back."""
        found: datetime | None = self.cleaned_data["until"]
        return found


def refused(form: forms.BaseForm, refusal: EssaimError, *, at: str = "") -> bool:
    """Show `refusal` at the field `at` or its own, or above them all."""
    field = next((name for name in (at, refusal.field) if name in form.fields), None)
    form.add_error(field, f"{refusal} {refusal.advice}".strip())
    return False
