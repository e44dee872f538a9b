"""The forms of the keys room."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept in the audit trail and shown with the certificate.")
    )
