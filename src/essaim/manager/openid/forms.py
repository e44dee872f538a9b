"""What the pages of tools ask."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.manager.openid.models import Tool
from essaim.manager.people import rights

PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


class ToolForm(forms.Form):
    """A tool: its name, where people come back to it, who may sign in."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As people call it: Wiki of the team."))
    redirect_uris = forms.CharField(
        label=_("Addresses that people come back to"),
        max_length=8000,
        help_text=_("As the tool names them (redirect URI, callback). One on each line, compared letter by letter."),
        widget=forms.Textarea(attrs={"rows": 2, **PLAIN}),
    )
    groups = forms.MultipleChoiceField(
        label=_("Groups that may sign in"), required=False, widget=forms.CheckboxSelectMultiple
    )
    logout_url = forms.CharField(
        label=_("Address told of sign-outs"),
        max_length=500,
        required=False,
        help_text=_(
            "The tool's back-channel logout address, if it has one: who leaves the team is signed out there at once."
        ),
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, data: object = None, initial: dict[str, object] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        choices = [(group.name, group.label) for group in rights.GROUPS.values()]
        self.fields["groups"].choices = choices  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField

    def clean_redirect_uris(self) -> list[str]:
        return [address for address in re.split(r"\s+", self.cleaned_data["redirect_uris"]) if address]

    @staticmethod
    def of(tool: Tool) -> dict[str, object]:
        """The form's present values."""
        addresses = "\n".join(tool.client.get_redirect_uris())
        return {
            "name": tool.client.name,
            "redirect_uris": addresses,
            "groups": tool.groups,
            "logout_url": tool.logout_url,
        }


class CloseForm(forms.Form):
    """Why nobody is to sign in to it."""

    reason = forms.CharField(label=_("Reason"), max_length=2000)
