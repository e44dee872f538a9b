"""What is asked of the team about offers."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import CEILINGS, SETTINGS
from essaim.manager.hosting.extensions import all_names, label_of
from essaim.manager.hosting.models import Offer
from essaim.manager.hosting.php import LABELS, value_of

GIB, MIB = 1024**3, 1024**2
CEILING = "ceiling_"


class OfferForm(forms.Form):
    """An offer as it is to be. `offer`: the one that is changed, whose identifier stays; None: a new one."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Clients read it on the page of their account."))
    slug = forms.CharField(
        label=_("Identifier"),
        max_length=40,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}),
        help_text=_("For the command line and the API, for example large. It stays."),
    )
    quota_gib = forms.DecimalField(label=_("Disk (GiB)"), min_value=0, max_digits=8, decimal_places=2)
    memory_mib = forms.IntegerField(label=_("Memory (MiB)"), min_value=1)
    processes = forms.IntegerField(label=_("Processes at once"), min_value=1)
    sites_max = forms.IntegerField(
        label=_("Most sites"), min_value=1, required=False, help_text=_("Empty: any number.")
    )
    php_extensions = forms.MultipleChoiceField(
        label=_("PHP extensions to choose from"),
        choices=[(name, label_of(name)) for name in all_names()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("An account loads those it chooses, for a version at a time."),
    )
    is_warm = forms.BooleanField(
        label=_("Keep PHP awake"),
        required=False,
        help_text=_(
            "It is started with the machine and never put to sleep. It costs about 10 MiB for each account and version."
        ),
    )
    is_usual = forms.BooleanField(
        label=_("New accounts get this offer"),
        required=False,
        help_text=_("It takes the place of the one that they get now."),
    )

    def __init__(self, offer: Offer | None, data: object = None) -> None:
        super().__init__(data, initial=_values(offer or Offer()))  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        if offer is not None:
            del self.fields["slug"]
            if offer.is_usual:
                del self.fields["is_usual"]  # another takes its place when it is made the usual one
        for name in CEILINGS:
            self.fields[f"{CEILING}{name}"] = _ceiling_field(name)
        flags = [name for name in ("php_extensions", "is_warm", "is_usual") if name in self.fields]
        self.order_fields([*(name for name in self.fields if name not in flags), *flags])

    @property
    def given(self) -> dict[str, Any]:
        """As `create_offer` and `change_offer` take it."""
        given = dict(self.cleaned_data)
        ceilings = {name: given.pop(f"{CEILING}{name}") for name in CEILINGS}
        given["quota_bytes"] = int(given.pop("quota_gib") * GIB)
        given["memory_bytes"] = given.pop("memory_mib") * MIB
        return {**given, "sites_max": given["sites_max"] or 0, "php_ceilings": ceilings}


def _values(offer: Offer) -> dict[str, object]:
    ceilings = {f"{CEILING}{name}": offer.ceiling_of(name) for name in CEILINGS}
    return {
        "name": offer.name,
        "quota_gib": f"{offer.quota_bytes / GIB:.2f}".rstrip("0").rstrip("."),
        "memory_mib": offer.memory_bytes // MIB,
        "processes": offer.processes,
        "sites_max": offer.sites_max,
        "php_extensions": offer.php_extensions,
        "is_warm": offer.is_warm,
        "is_usual": offer.is_usual,
        **ceilings,
    }


def _ceiling_field(name: str) -> forms.Field:
    setting = SETTINGS[name]
    unit = _("MiB") if setting.unit == "MiB" else setting.unit
    facts = {"least": setting.default, "most": value_of(setting, str(setting.ceiling_most))}
    return forms.IntegerField(
        label=format_lazy(_("PHP: {label} ({unit})"), label=LABELS[name], unit=unit),
        min_value=int(setting.default),
        max_value=setting.ceiling_most,
        help_text=_("The most that a site may choose: from %(least)s to %(most)s.") % facts,
    )


class GiveOfferForm(forms.Form):
    """The offer that an account is to have."""

    offer = forms.ModelChoiceField(Offer.objects.none(), label=_("Offer"), to_field_name="slug", empty_label=None)

    def __init__(self, present: Offer, data: object = None) -> None:
        super().__init__(data, initial={"offer": present})  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.fields["offer"].queryset = Offer.objects.all()  # type: ignore[attr-defined]  # the stubs know a Field, it is a ModelChoiceField
