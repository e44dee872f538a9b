"""What the fleet's pages ask."""

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.actions import ROLES

ROLE_NAMES = {"web": _("web: serves accounts and sites"), "prober": _("prober: looks at sites from outside")}


class MachineForm(forms.Form):
    """A machine to expect."""

    name = forms.CharField(
        label=_("Name"), max_length=64, help_text=_("Lower-case letters, digits and hyphens: web1. It stays for good.")
    )
    roles = forms.MultipleChoiceField(
        label=_("What it does"),
        choices=[(role, ROLE_NAMES.get(role, role)) for role in ROLES],
        initial=["web"],
        widget=forms.CheckboxSelectMultiple,
    )
    address4 = forms.GenericIPAddressField(
        label=_("IPv4 address"), protocol="IPv4", required=False, help_text=_("Empty: the machine says it itself.")
    )
    address6 = forms.GenericIPAddressField(label=_("IPv6 address"), protocol="IPv6", required=False)
    capacity_accounts = forms.IntegerField(
        label=_("Capacity in accounts"), min_value=0, max_value=100_000, initial=1000
    )


class ReasonForm(forms.Form):
    """Why: it is kept in the audit trail."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
