"""What people are asked about certificates. Shape only: the actions' refusals come back to the field they are about."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.certificate_reads import OfMachine
from essaim.manager.hosting.models import Site


class OwnCertificateForm(forms.Form):
    """A certificate and its key, in one file or two."""

    chain = forms.FileField(
        label=_("Certificate with its chain"),
        allow_empty_file=True,  # refused with the words of what is missing
        help_text=_(
            "PEM: the site's certificate first, then those above it. Or PKCS#12 (.p12, .pfx), which holds the key too."
        ),
    )
    key = forms.FileField(
        label=_("Private key"),
        required=False,
        allow_empty_file=True,
        help_text=_("PEM. Leave it empty if it is in the same file."),
    )
    passphrase = forms.CharField(
        label=_("Pass phrase"),
        required=False,
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("If the key's file is protected by one. It is used once and not kept."),
    )


class TlsForm(forms.Form):
    """Which clients may come over HTTPS."""

    tls = forms.ChoiceField(label=_("Who may come over HTTPS"), required=False, choices=Site.Tls.choices)


class ReissueForm(forms.Form):
    """Which certificates are to be replaced, and why. Nothing chosen: all of them."""

    machine = forms.ChoiceField(label=_("Machine"), required=False)
    authority = forms.ChoiceField(label=_("Authority"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is kept in the trail."),
    )

    def __init__(self, of_fleet: Iterable[OfMachine], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        rows = list(of_fleet)
        for name, every in (("machine", _("every machine")), ("authority", _("every authority"))):
            found = sorted({getattr(row, name) for row in rows if getattr(row, name) not in ("", "own")})
            self.fields[name].choices = [("", every), *((one, one) for one in found)]  # type: ignore[attr-defined]  # the stubs know a Field, it is a ChoiceField

    @property
    def wanted(self) -> dict[str, Any]:
        """As `actions.reissue` takes it."""
        machine = Machine.objects.filter(name=self.cleaned_data["machine"]).first()
        return {"machine": machine, "authority": self.cleaned_data["authority"], "reason": self.cleaned_data["reason"]}
