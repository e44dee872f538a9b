"""What is asked about a site's own program. Shape only: the actions decide, and their refusals come back to their fields."""

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.contract.program import SHARES
from essaim.manager.core.errors import EssaimError
from essaim.manager.hosting.models import Program, Site
from essaim.manager.hosting.programs import parse_variables, runtimes_of, shown_variables

_TYPED = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class ProgramForm(forms.Form):
    """The program of a site. Values of variables are not shown again: a row of stars keeps what is there."""

    runtime = forms.ChoiceField(label=_("Written for"))
    command = forms.CharField(
        label=_("File to start"),
        max_length=2000,
        widget=forms.TextInput(attrs=_TYPED),
        help_text=_("With its options, from the folder of your site: server.js, or -m gunicorn app:app."),
    )
    environment = forms.CharField(
        label=_("Variables"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4, **_TYPED}),
        help_text=_("NAME=value, one on each line. Values are kept secret: later you see the names alone."),
    )
    health = forms.CharField(
        label=_("Address that has to answer"),
        required=False,
        max_length=201,
        widget=forms.TextInput(attrs=_TYPED),
        help_text=_("Visitors are sent to a new program once it answers there. Usually /."),
    )
    share_percent = forms.TypedChoiceField(
        label=_("Share of the account"),
        coerce=int,
        choices=[(share, f"{share} %") for share in SHARES],
        help_text=_("Of its memory and processes, at most."),
    )
    always_on = forms.BooleanField(
        label=_("Always on"),
        required=False,
        help_text=_("Otherwise it sleeps after ten minutes without visitors, and the next one wakes it."),
    )

    def __init__(self, site: Site, program: Program | None, data: object = None) -> None:
        super().__init__(data, initial=self._of(program))  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        kinds = runtimes_of(site.account.machine)
        self.fields["runtime"].choices = [(kind.name, kind.label) for kind in kinds]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        self._names = set(program.environment) if program else set()

    @staticmethod
    def _of(program: Program | None) -> dict[str, object]:
        if program is None:
            return {"health": "/", "share_percent": 50}
        kept = ("runtime", "command", "health", "share_percent", "always_on")
        found: dict[str, object] = {name: getattr(program, name) for name in kept}
        return {**found, "environment": shown_variables(program.environment)}

    def clean_environment(self) -> dict[str, str]:
        """As `put_program` takes them: what is no longer there is given up."""
        try:
            given = parse_variables(self.cleaned_data["environment"])
        except EssaimError as refusal:
            raise forms.ValidationError(f"{refusal} {refusal.advice}") from refusal
        return {**dict.fromkeys(self._names - given.keys(), ""), **given}
