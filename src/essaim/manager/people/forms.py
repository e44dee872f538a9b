"""What the people room asks: sign-in, another password, a key to the API, a client, a person of it."""

from datetime import datetime, timedelta

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.people import gate, throttle
from essaim.manager.people.emails import one_form
from essaim.manager.people.models import LANGUAGES, ApiToken, Membership, Person
from essaim.manager.people.rights import scopes_offered_to


class SignInForm(forms.Form):
    """E-mail and password. An unknown e-mail and a wrong password get the same answer, in the same time."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    person: Person | None = None

    def __init__(self, request: HttpRequest, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        self.request = request

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> None:
        super().clean()
        email, password = self.cleaned_data.get("email"), self.cleaned_data.get("password")
        if not email or not password:
            return
        address = self.request.META.get("REMOTE_ADDR", "")
        try:
            throttle.check(address=address, email=email, is_known=self._is_known(email))
        except throttle.TooManyTries as refusal:
            raise forms.ValidationError(f"{refusal} {refusal.advice}", code=refusal.code) from None
        person = authenticate(self.request, username=email, password=password)
        if person is None:
            throttle.note_failure(address=address, email=email)
            raise forms.ValidationError(_("E-mail and password do not go together."), code="people.wrong_sign_in")
        throttle.forget(address=address, email=email)
        self.person = person

    def _is_known(self, email: str) -> bool:
        """The person of that e-mail signed in with this browser before."""
        person = gate.device_of(self.request)
        return person is not None and Person.objects.filter(pk=person, email=one_form(email)).exists()


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 12 characters. Several words make a good one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password, again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("The two are not the same."))
        return again


class PasswordForm(NewPasswordForm):
    """The present password once, the new one twice."""

    current_password = forms.CharField(
        label=_("Your present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current_password", "password", "again")


class EmailForm(forms.Form):
    """Another address. What is wrong with it is said by the room, in its own words."""

    email = forms.CharField(
        label=_("New e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": None})
    )


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class FirstPasswordForm(forms.Form):
    """Who takes an invitation without a sign-in yet."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        help_text=_("At least 12 characters. Several words make a good one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Membership.Role.choices,
        help_text=_("Owners and managers change everything, readers look. A client keeps at least one owner."),
        initial=Membership.Role.MANAGER,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language of the letter"), choices=LANGUAGES)


class TokenForm(forms.Form):
    """A key to the API: what it is for, what it may do, how long."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=list(ApiToken.SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("Good for"),
        coerce=int,
        choices=[("7", _("a week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("one year"))],
        initial="90",
    )

    def __init__(self, person: Person, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        offered = [(scope, ApiToken.SCOPES[scope]) for scope in scopes_offered_to(person)]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField

    @property
    def expires_at(self) -> datetime | None:
        """When the key stops working; None: when it is revoked."""
        days: int = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class ClientForm(forms.Form):
    """A client to add."""

    name = forms.CharField(
        label=_("Name"), max_length=160, help_text=_("As others know the organisation or the person.")
    )
    slug = forms.CharField(
        label=_("Identifier"),
        max_length=64,
        required=False,
        help_text=_("Lower-case letters, digits and hyphens; it stays for good. Empty: one is made from the name."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class PlaceForm(forms.Form):
    """Somebody to give a place at a client."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Membership.Role.choices,
        help_text=_("Owners and managers change everything, readers look. A client keeps at least one owner."),
        initial=Membership.Role.OWNER,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("For a new sign-in. Who has one already keeps their name, language and password."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    password = forms.CharField(
        label=_("First password"),
        strip=False,
        required=False,
        help_text=_(
            "At least 12 characters; say it in person or by telephone. Empty: nobody signs in until the team sets one."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
