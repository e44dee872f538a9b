"""What the vault asks of people. Shape only: what may be is decided by the actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.manager.vault import rights
from essaim.manager.vault.actions.values import MOST
from essaim.manager.vault.models import Secret
from essaim.manager.vault.queries import Row

PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
EVERY = [
    ("", _("when somebody thinks so")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("180", _("six months")),
    ("365", _("a year")),
    ("730", _("two years")),
]


class ValueForm(forms.Form):
    """A new value."""

    value = forms.CharField(
        label=_("Value"),
        strip=False,
        max_length=MOST,
        help_text=_("The Manager seals it for its readers in this request, and keeps only what is sealed."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", **PLAIN}),
    )

    def clean_value(self) -> str:
        value = str(self.cleaned_data["value"]).replace("\r\n", "\n")
        return value.rstrip("\n") if value.count("\n") <= 1 else value  # a form adds a line's end to one line


class DetailsForm(forms.Form):
    """What is said of a secret, and who reads it."""

    groups = forms.MultipleChoiceField(
        label=_("Groups that may read it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    people = forms.MultipleChoiceField(
        label=_("People who may read it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    folder = forms.CharField(label=_("Folder"), max_length=80, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Secret.Kind.choices)
    login = forms.CharField(label=_("User name"), max_length=200, required=False, widget=forms.TextInput(attrs=PLAIN))
    url = forms.CharField(
        label=_("Where it is used"), max_length=300, required=False, widget=forms.TextInput(attrs=PLAIN)
    )
    note = forms.CharField(
        label=_("What others must know"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    rotate_days = forms.TypedChoiceField(
        label=_("To be replaced every"), choices=EVERY, required=False, coerce=int, empty_value=None
    )

    def __init__(self, data: object = None, initial: dict[str, object] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        people = [(person.email, person.name) for person in rights.may_be_readers()]
        self.fields["people"].choices = people  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField
        self.fields["groups"].choices = list(rights.GROUPS.items())  # type: ignore[attr-defined]  # as above
        now = self.initial.get("rotate_days")
        if now and str(now) not in dict(EVERY):
            choices = [*EVERY, (str(now), _("%(days)s days") % {"days": now})]
            self.fields["rotate_days"].choices = choices  # type: ignore[attr-defined]  # as above


class AddForm(DetailsForm):
    """A new secret, with its first value."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Lower-case letters, digits, hyphens, dots; it stays for good: registrar.example."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    value = ValueForm.base_fields["value"]
    field_order = ("name", "value", "groups", "people", "folder", "kind", "login", "url", "note", "rotate_days")

    clean_value = ValueForm.clean_value


class ChangeForm(DetailsForm):
    """Another word about a secret, other readers."""

    @staticmethod
    def of(row: Row) -> dict[str, object]:
        """The form's present values."""
        given: dict[str, object] = {
            name: getattr(row.secret, name) for name in ("folder", "kind", "login", "url", "note", "rotate_days")
        }
        given["groups"] = [reader.group for reader in row.readers if reader.group]
        given["people"] = [reader.person.email for reader in row.readers if reader.person]
        return given


class CloseForm(forms.Form):
    """Why it is used no more."""

    reason = forms.CharField(label=_("Reason"), max_length=2000)


class UnlockForm(forms.Form):
    """The passphrase of one's key."""

    passphrase = forms.CharField(
        label=_("Passphrase of your key"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


class PassphraseForm(forms.Form):
    """A new passphrase, twice."""

    passphrase = forms.CharField(
        label=_("New passphrase"),
        strip=False,
        help_text=_("At least 12 characters, and not your password. Nobody can give you a new one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New passphrase, again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("passphrase", again):
            raise forms.ValidationError(_("The two are not the same."))
        return again


class ChangePassphraseForm(PassphraseForm):
    """The present passphrase, and a new one twice."""

    old = forms.CharField(
        label=_("Present passphrase"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    field_order = ("old", "passphrase", "again")


class RecipientForm(forms.Form):
    """The public half of a key that somebody keeps themselves."""

    recipient = forms.CharField(
        label=_("Public key"),
        max_length=100,
        help_text=_("As age-keygen prints it: it begins with age1."),
        widget=forms.TextInput(attrs=PLAIN),
    )
