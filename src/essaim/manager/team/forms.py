"""What the team room asks."""

from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError
from essaim.manager.people.models import LANGUAGES, Person
from essaim.manager.team.clocks import hours_text, parse_hours, zone_names
from essaim.manager.team.roll import team

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zone_names()]


class SignForm(forms.Form):
    """One's name, typed, under one version."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    typed_name = forms.CharField(
        label=_("Type your name"),
        max_length=160,
        help_text=_("As the Manager has it. This is your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DraftForm(forms.Form):
    """The next version of the agreement."""

    title = forms.CharField(label=_("Title"), max_length=160)
    text = forms.CharField(
        label=_("Text"), help_text=_("Markdown: # for a heading, - for a list, ** around what is bold."),
        max_length=100_000, widget=forms.Textarea(attrs={"rows": 24}),
    )  # fmt: skip


class HoursForm(forms.Form):
    """Where one's clock stands, and the hours of each weekday."""

    zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)
    EXAMPLE = _("For example 9:00-12:00, 14:00-18:30. Empty: not there.")

    def __init__(self, data: object = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        for number, name in enumerate(WEEKDAYS):
            self.fields[f"day{number}"] = forms.CharField(
                label=name, required=False, max_length=120, help_text=self.EXAMPLE if number == 0 else "",
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )  # fmt: skip

    @staticmethod
    def of(zone: ZoneInfo, hours: dict[int, list[tuple[int, int]]]) -> dict[str, str]:
        """What the form shows of what is kept."""
        return {"zone": zone.key} | {f"day{day}": hours_text(stretches) for day, stretches in hours.items()}

    def by_weekday(self) -> dict[int, str]:
        """The text of each weekday."""
        return {number: self.cleaned_data[f"day{number}"] for number in range(7)}

    def clean(self) -> None:
        super().clean()
        for number in range(7):
            try:
                parse_hours(self.cleaned_data.get(f"day{number}", ""))
            except EssaimError as refusal:
                self.add_error(f"day{number}", f"{refusal} {refusal.advice}")


class AbsenceForm(forms.Form):
    """Days on which one is away."""

    first_day = forms.DateField(label=_("First day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    last_day = forms.DateField(label=_("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    note = forms.CharField(
        label=_("Note"), max_length=160, required=False, help_text=_("The others of the team read it.")
    )


class _People(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # at run time it takes none
    def label_from_instance(self, obj: Person) -> str:
        return obj.name


class _OnePerson(forms.ModelChoiceField):  # type: ignore[type-arg]  # as above
    def label_from_instance(self, obj: Person) -> str:
        return obj.name


class DutyForm(forms.Form):
    """A duty and who can do it."""

    name = forms.CharField(label=_("Duty"), max_length=120, help_text=_("What somebody must be able to do."))
    what = forms.CharField(
        label=_("What it takes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("How it is done, or where that is written."),
    )  # fmt: skip
    people = _People(
        label=_("Who can, without asking anybody"),
        queryset=Person.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: object = None, *, initial: dict[str, object] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.fields["people"].queryset = team()  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """Why somebody leaves, and who takes over."""

    successor = _OnePerson(
        label=_("Who takes over"), queryset=Person.objects.none(), required=False, empty_label=_("nobody"),
        help_text=_("What nobody else can do becomes theirs. Nobody is needed where there is no such thing."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, person: Person, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.fields["successor"].queryset = team().exclude(pk=person.pk)  # type: ignore[attr-defined]


class CampaignForm(forms.Form):
    """A call for volunteers."""

    title = forms.CharField(label=_("Title"), max_length=120)
    slug = forms.SlugField(
        label=_("Address"), required=False, max_length=64,
        help_text=_("The end of its address, below /join/; it stays for good. Empty: made from the title."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    first_day = forms.DateField(label=_("Open from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("Open until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("The last day is in it. Empty: until somebody ends it."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Markdown: # for a heading, - for a list, ** around what is bold."),
    )  # fmt: skip


class ApplyForm(forms.Form):
    """Somebody would join."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("You get a letter with a link that confirms it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)
    would_do = forms.CharField(
        label=_("What you would do"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What you know, what you would like to learn, how much time you have."),
    )  # fmt: skip


class NoteForm(forms.Form):
    """Something to remember of a candidate."""

    text = forms.CharField(label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class DecisionForm(forms.Form):
    """What the board decided."""

    decision = forms.CharField(
        label=_("Decision"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where the board wrote it down, and why. The candidate does not read it."),
    )  # fmt: skip


class DeclineForm(DecisionForm):
    """What the board decided, and words for the candidate."""

    words = forms.CharField(
        label=_("Words for the candidate"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They stand in the letter."),
    )  # fmt: skip
