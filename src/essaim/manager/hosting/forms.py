"""What the hosting room asks of people. Shape only: what may be is decided by the actions, whose refusals come back
to the field they are about.
"""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import DEFAULT, SETTINGS, Generation, Setting, generation
from essaim.manager.core.errors import EssaimError
from essaim.manager.hosting.engines import CHOICES
from essaim.manager.hosting.models import Account, Site
from essaim.manager.hosting.php import HELPS, LABELS, choice_of, parse_settings, value_of

GIB, MIB = 1024**3, 1024**2
NEW = "new:"
"""Begins the choice of a new account; the client's identifier follows."""


class AliasesField(forms.CharField):
    """Names separated by blanks, commas or new lines."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Other names"),
            required=False,
            max_length=10_000,
            widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "none"}),
            help_text=_("Answered with the same content, for example www. before your domain. One on each line."),
        )

    def clean(self, value: object) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", super().clean(value)))))


class SiteFields(forms.Form):
    """What an order and a change have in common."""

    aliases = AliasesField()
    docroot = forms.CharField(
        label=_("Published folder"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("A folder of your site, for example public. Empty: the whole site is published."),
    )


class OrderForm(SiteFields):
    """A new site. `places` are the accounts it may stand in, as choices; `versions` the PHP, and `engines`, that machines have."""

    account = forms.ChoiceField(label=_("Account"))
    name = forms.CharField(
        label=_("Name of the site"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off", "inputmode": "url"}
        ),
        help_text=_("For example my-association.org. The domain must lead here before visitors can see the site."),
    )
    php = forms.ChoiceField(label=_("PHP version"), initial=DEFAULT)
    engine = forms.ChoiceField(
        label=_("Answered by"),
        required=False,
        initial=Site.Engine.NGINX,
        help_text=_("Once its files are there, its page says which one they ask for; it can be changed at any time."),
    )
    purpose = forms.ChoiceField(
        label=_("What it shows"),
        required=False,
        initial="content",
        choices=[("content", _("content of its own")), ("elsewhere", _("nothing: it redirects to another address"))],
        widget=forms.RadioSelect,
    )
    elsewhere = forms.CharField(
        label=_("Address it redirects to"),
        required=False,
        max_length=500,
        widget=forms.TextInput(
            attrs={
                "spellcheck": "false",
                "autocapitalize": "none",
                "inputmode": "url",
                "placeholder": "https://www.example.org",
            }
        ),
        help_text=_("Every visitor is led there, with what follows the name. It can be changed at any time."),
    )
    field_order = ("name", "account", "purpose", "elsewhere", "aliases", "php", "engine", "docroot")

    def __init__(
        self,
        places: list[tuple[str, str]],
        versions: Iterable[Generation],
        engines: Iterable[str],
        data: object = None,
        initial: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.fields["php"].choices = [choice_of(one) for one in versions]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        self.fields["engine"].choices = [(engine, CHOICES[engine]) for engine in engines]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        self.fields["account"].choices = places  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        if len(places) == 1:
            self.initial.setdefault("account", places[0][0])

    def clean_engine(self) -> str:
        return self.cleaned_data["engine"] or str(Site.Engine.NGINX)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = {**(super().clean() or {}), **self.cleaned_data}
        redirects, address = given.pop("purpose", "") == "elsewhere", given.get("elsewhere", "").strip()
        if redirects and not address and "elsewhere" not in self.errors:
            self.add_error("elsewhere", _("Write the address, for example https://www.example.org."))
        if address and not redirects:
            self.add_error("purpose", _("You wrote an address: choose that the site redirects to it, or take it out."))
        return given


class ChangeSiteForm(SiteFields):
    """What may be changed of a site; its name stays."""

    https_only = forms.BooleanField(
        label=_("Redirect visitors to HTTPS"),
        required=False,
        help_text=_("Once a certificate is in place. Leave it on unless a device of yours knows HTTP only."),
    )

    @staticmethod
    def of(site: Site) -> dict[str, object]:
        """The form's present values."""
        names = "\n".join(alias.name_unicode for alias in site.aliases.all())
        return {"aliases": names, "docroot": site.docroot, "https_only": site.https_only}


class PhpTrialForm(forms.Form):
    """The version to try: one of `versions`."""

    php = forms.ChoiceField(label=_("PHP version to try"))

    def __init__(self, versions: Iterable[Generation], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        choices = [choice_of(one) for one in versions]
        self.fields["php"].choices = choices  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        self.initial["php"] = choices[-1][0] if choices else ""


class PhpForm(forms.Form):
    """The PHP of a site: one of `versions`, and each setting by the name that PHP has for it."""

    php = forms.ChoiceField(label=_("PHP version"))

    def __init__(self, site: Site, versions: Iterable[Generation], data: object = None) -> None:
        super().__init__(data, initial={"php": site.php})  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        now = generation(site.php)
        known = {one.version: one for one in (now, *versions) if one is not None}  # now: its machine may have lost it
        self.fields["php"].choices = [choice_of(known[key]) for key in sorted(known)]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        self.offer = site.account.offer
        for setting in SETTINGS.values():
            text = site.php_settings.get(setting.name, setting.default)
            self.fields[setting.name] = _setting_field(setting, text, self.offer.php_ceilings.get(setting.name))

    def clean(self) -> dict[str, object]:
        """Each refusal at its own field."""
        for name, text in self.settings.items():
            try:
                parse_settings({name: text}, {}, self.offer)
            except EssaimError as refusal:
                self.add_error(name, f"{refusal} {refusal.advice}")
        return self.cleaned_data

    @property
    def settings(self) -> dict[str, str]:
        """As `change_site` takes them."""
        given = {name: self.cleaned_data.get(name, "") for name in SETTINGS}
        return {name: ("on" if text else "off") if isinstance(text, bool) else text for name, text in given.items()}


def _setting_field(setting: Setting, text: str, ceiling: int | None) -> forms.Field:
    label, help_text = LABELS[setting.name], HELPS.get(setting.name, "")
    if setting.sort == "switch":
        return forms.BooleanField(label=label, required=False, initial=text == "on", help_text=help_text)
    if setting.sort == "timezone":
        return forms.CharField(
            label=label,
            initial=text,
            max_length=60,
            widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
            help_text=_("A continent and a city, for example Europe/Paris, or UTC."),
        )
    most = setting.most if ceiling is None else ceiling
    facts = {"least": setting.least, "most": value_of(setting, str(most)), "usual": setting.default}
    return forms.CharField(
        label=format_lazy("{label} ({unit})", label=label, unit=_("MiB") if setting.unit == "MiB" else setting.unit),
        initial=text,
        max_length=20,
        widget=forms.NumberInput(attrs={"min": setting.least, "max": most}),
        help_text=_("From %(least)s to %(most)s. Usually %(usual)s.") % facts,
    )


class EngineForm(forms.Form):
    """What answers for a site, one of `engines`."""

    engine = forms.ChoiceField(label=_("Answered by"), widget=forms.RadioSelect)

    def __init__(self, site: Site, engines: Iterable[str], data: object = None) -> None:
        super().__init__(data, initial={"engine": site.engine})  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.fields["engine"].choices = [(engine, CHOICES[engine]) for engine in engines]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField


class ReasonForm(forms.Form):
    """Why: the people concerned read it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the story, where everyone concerned can read it."),
    )


class CloseForm(forms.Form):
    """Closing needs no reason, and keeps one."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class EraseForm(forms.Form):
    """Typing the name is the confirmation: nothing brings the data back."""

    confirm = forms.CharField(
        label=_("Type the name to confirm"),
        max_length=253,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, names: tuple[str, ...], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.names = names

    def clean_confirm(self) -> str:
        typed = str(self.cleaned_data["confirm"]).strip().lower()
        if typed not in self.names:
            raise forms.ValidationError(_("This is not the name. Type: %(name)s"), params={"name": self.names[0]})
        return typed


class ContentForm(forms.Form):
    """An archive that becomes the site's content."""

    file = forms.FileField(
        label=_("Archive"),
        widget=forms.FileInput(attrs={"accept": ".zip,.tar,.tgz,.tar.gz,.tar.bz2,.tar.xz,.txz,.tbz2"}),
        help_text=_("A zip or tar archive. What stands there now is replaced, and can be put back once."),
    )

    def __init__(self, data: object = None, files: object = None) -> None:
        super().__init__(data, files)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do

    @property
    def most_mib(self) -> int:
        """The largest archive that is taken."""
        return int(settings.UPLOAD_BYTES_MAX) // MIB


class ConsentForm(forms.Form):
    """Whom one lets have a name."""

    name = forms.CharField(
        label=_("Name"),
        max_length=300,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "inputmode": "url"}),
        help_text=_("The client may have it, and names under it. For example shop.my-association.org."),
    )
    guest = forms.CharField(
        label=_("Identifier of the other client"),
        max_length=60,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}),
        help_text=_("They read it below the name on their client's page."),
    )


class LimitsForm(forms.Form):
    """What an account may use; the team decides."""

    quota_gib = forms.DecimalField(label=_("Disk"), min_value=0, max_digits=8, decimal_places=2)
    processes = forms.IntegerField(label=_("Processes at once"), min_value=1)
    memory_mib = forms.IntegerField(label=_("Memory"), min_value=1)

    @staticmethod
    def of(account: Account) -> dict[str, object]:
        """The form's present values."""
        return {
            "quota_gib": round(account.quota_bytes / GIB, 2),
            "processes": account.processes,
            "memory_mib": account.memory_bytes // MIB,
        }

    @property
    def limits(self) -> dict[str, int]:
        """As `change_account` takes them."""
        given = self.cleaned_data
        return {
            "quota_bytes": int(given["quota_gib"] * GIB),
            "processes": given["processes"],
            "memory_bytes": given["memory_mib"] * MIB,
        }
