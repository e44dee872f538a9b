"""What the people room asks about a client: what it is, where it is, whom to write to."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError
from essaim.manager.people.addresses import countries
from essaim.manager.people.client_details import Reached, contacts_of, read_contact
from essaim.manager.people.identities import written_phone
from essaim.manager.people.models import LANGUAGES, Client, Contact, Membership, Person


class DetailsForm(forms.Form):
    """Names, address, numbers, language and time zone of a client."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Client.Kind.choices, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name"), max_length=160, help_text=_("As others know it."))
    legal_name = forms.CharField(
        label=_("Legal name"),
        max_length=200,
        required=False,
        help_text=_("As its statutes or papers have it, if that is another."),
    )
    street = forms.CharField(
        label=_("Street"),
        max_length=300,
        required=False,
        help_text=_("As on an envelope, on at most three lines."),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=_("City"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    area = forms.CharField(
        label=_("Province or state"),
        max_length=60,
        required=False,
        help_text=_("Where addresses have one, as QC or TX."),
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    siren = forms.CharField(label="SIREN", max_length=20, required=False)
    siret = forms.CharField(label="SIRET", max_length=30, required=False)
    rna = forms.CharField(
        label="RNA", max_length=20, required=False, help_text=_("The number of a French association, as W751234567.")
    )
    vat = forms.CharField(label=_("VAT number"), max_length=30, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, data: object = None, *, initial: Mapping[str, object] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))  # type: ignore[arg-type]  # the stubs want a QueryDict
        self.fields["country"].choices = [("", "–"), *countries().items()]  # type: ignore[attr-defined]  # a ChoiceField
        zones = sorted(
            zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
        )
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in ["UTC", *zones]]  # type: ignore[attr-defined]


class ContactsForm(forms.Form):
    """Whom to write to or call about each side of a client."""

    def __init__(self, client: Client, data: object = None) -> None:
        known = contacts_of(client)
        initial = {
            f"{kind}_{name}": written_phone(contact.phone) if name == "phone" else getattr(contact, name)
            for kind, contact in known.items()
            for name in ("name", "email", "phone")
        }
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # the stubs want a QueryDict
        self.client = client
        for kind in Contact.Kind.values:
            self.fields[f"{kind}_name"] = forms.CharField(label=_("Name"), max_length=120, required=False)
            self.fields[f"{kind}_email"] = forms.CharField(label=_("E-mail"), max_length=400, required=False)
            self.fields[f"{kind}_phone"] = forms.CharField(label=_("Telephone"), max_length=40, required=False)

    def clean(self) -> None:
        """Each contact is read as it will be kept; a refusal stands at its own field."""
        super().clean()
        for kind, reached in self.reached.items():
            try:
                read_contact(reached, country=self.client.country)
            except EssaimError as refusal:
                self.add_error(f"{kind}_{refusal.field}", f"{refusal} {refusal.advice}")

    @property
    def reached(self) -> dict[str, Reached]:
        """What was typed, by side."""
        given = self.cleaned_data
        return {
            kind: Reached(**{name: given.get(f"{kind}_{name}", "") for name in ("name", "email", "phone")})
            for kind in Contact.Kind.values
        }

    @property
    def sides(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each side, with its heading."""
        heads = {
            "owner": gettext("About what is decided"),
            "technical": gettext("About sites and machines"),
            "billing": gettext("About money"),
        }
        return [(heads[kind], [self[f"{kind}_{name}"] for name in ("name", "email", "phone")]) for kind in heads]


class RoleForm(forms.Form):
    """What somebody is at a client."""

    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, widget=forms.RadioSelect)


class HandoverForm(forms.Form):
    """To whom ownership goes, and whether the giver stays."""

    to = forms.ChoiceField(label=_("To whom"), help_text=_("Of the people who have a place here. Invite others first."))
    giver_leaves = forms.BooleanField(
        label=_("I leave afterwards"), required=False, help_text=_("Otherwise you stay as manager.")
    )

    def __init__(self, client: Client, giver: Person, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict
        others = client.memberships.select_related("person").exclude(person=giver).filter(person__is_active=True)
        choices = [(one.person.email, f"{one.person.name} ({one.person.email})") for one in others]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
