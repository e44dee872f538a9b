"""Forms about groups of the team."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.people.models import Grant


class WhyForm(forms.Form):
    """A reason, which whoever it is about reads."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever it is about reads it."),
    )


class ProposeForm(forms.Form):
    """Whom to give which group, why, until when."""

    email = forms.CharField(label=_("E-mail of the person"), max_length=254)
    group = forms.ChoiceField(label=_("Group"), choices=Grant.Group.choices)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    until = forms.DateField(
        label=_("Until"),
        required=False,
        help_text=_("The last day on which it holds; empty: until it is withdrawn."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        """The end of the last day, in time rather than as a date."""
        cleaned = dict(super().clean() or {})
        if day := cleaned.get("until"):
            cleaned["until"] = timezone.make_aware(datetime.combine(day, time.max))
        return cleaned
