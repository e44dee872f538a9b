"""What the privacy room asks."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EraseMeForm(forms.Form):
    """One's e-mail, typed, so that nobody erases themselves by a slip."""

    confirm = forms.CharField(
        label=_("Your e-mail, to confirm"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class EraseClientForm(forms.Form):
    """The client's identifier, typed, and why."""

    confirm = forms.CharField(
        label=_("The client's identifier, to confirm"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
