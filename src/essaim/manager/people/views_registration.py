"""Registration by oneself, where the operator opened it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import ask_or_act, made_by, posted
from essaim.manager.people import registration, second_factor
from essaim.manager.people.forms import NewPasswordForm
from essaim.manager.people.models import Client


class RegisterForm(forms.Form):
    """Who wants to become a client. `more` is seen by nobody: a program that fills in everything is known by it."""

    email = forms.CharField(
        label=gettext_lazy("E-mail"), max_length=400, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    client_name = forms.CharField(
        label=gettext_lazy("Who becomes a client"),
        max_length=160,
        help_text=gettext_lazy("The name of your organisation, or your own."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=Client.Kind.choices, initial="organisation", widget=forms.RadioSelect
    )
    more = forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    signed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_more(self) -> str:
        if self.cleaned_data["more"]:
            raise forms.ValidationError(_("Leave this field empty: it is there for robots."))
        return ""


@never_cache
@ask_or_act
def register(request: HttpRequest) -> HttpResponse:
    """Ask to become a client; the answer is the same whoever asks."""
    if request.user.is_authenticated:
        return redirect("web:home")
    context: dict[str, object] = {"is_open": registration.is_open()}
    form = RegisterForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("email", "name", "client_name", "kind")}
        try:
            registration.ask(
                form=form.cleaned_data["signed"],
                address=request.META.get("REMOTE_ADDR", ""),
                language=get_language() or "fr",
                **given,
            )
        except EssaimError as refusal:
            if not registration.is_open():
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, f"{refusal} {refusal.advice}")
        else:
            return render(request, "people/register.html", context | {"asked": given["email"]})
    context |= {"form": form, "signed": _signed(form)}
    return render(request, "people/register.html", context, status=422 if form.is_bound else 200)


def _signed(form: RegisterForm) -> str:
    """The form's own mark again if it is still good to send, a fresh one otherwise."""
    before = form.data.get("signed", "") if form.is_bound else ""
    return before if before and registration.is_good(before) else registration.new_form()


@sensitive_post_parameters()
@never_cache
@ask_or_act
def registration_link(request: HttpRequest, text: str) -> HttpResponse:
    """The letter's link: choose a password, and be the owner of a client."""
    found = registration.find(text)
    form = NewPasswordForm(posted(request))
    made = made_by(request, form, lambda: registration.complete(text, password=form.cleaned_data["password"]))
    if made:
        person, client = made
        answer = second_factor.sign_in(request, person, reverse("people:client", args=[client.slug]))
        messages.success(request, _("Welcome. Say next where bills and letters go."))
        return answer
    context = {"form": form, "registration": found}
    return render(request, "people/registration.html", context, status=422 if form.is_bound else 200)
