"""What is asked of people who raise a shield, or widen a site's limits."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from essaim.contract.shield import TIMES_MAX
from essaim.manager.hosting.models import Site

LASTING = (
    ("3600", _("for an hour")),
    ("86400", _("for a day")),
    ("604800", _("for a week")),
    ("", _("until it is taken down")),
)


class ShieldForm(forms.Form):
    """How a shield is raised."""

    level = forms.ChoiceField(
        label=_("What visitors meet"),
        widget=forms.RadioSelect,
        choices=(
            (Site.Shield.CHECKED, _("Checked: a short page first, which sets a cookie and leads on")),
            (Site.Shield.CALM, _("Calm: each visitor may ask for much less than usual")),
        ),
        initial=Site.Shield.CHECKED,
    )
    lasts = forms.ChoiceField(label=_("For how long"), choices=LASTING, required=False, initial="3600")
    ways = forms.CharField(
        label=_("Left out"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none", "placeholder": "/api/\nPOST /webhook"}
        ),
        help_text=_(
            "Programs that keep no cookies: payment services, apps, feeds. How the path begins, one on each line, with the "
            "method before it where it matters."
        ),
    )

    @staticmethod
    def of(site: Site) -> dict[str, object]:
        """The form's present values."""
        lasts = "" if site.shield and site.shield_until is None else "3600"
        return {"level": site.shield or Site.Shield.CHECKED, "lasts": lasts, "ways": "\n".join(site.shield_ways)}

    @property
    def lasting(self) -> timedelta | None:
        """As `raise_shield` takes it."""
        chosen = self.cleaned_data["lasts"]
        return timedelta(seconds=int(chosen)) if chosen else None

    @property
    def given_ways(self) -> list[str] | None:
        """As `raise_shield` takes them; None: nobody was asked."""
        return self.cleaned_data["ways"].splitlines() if "ways" in self.data else None


class WidenForm(forms.Form):
    """How many times the usual a site's visitors may ask for."""

    times = forms.IntegerField(
        label=_("Times the usual"),
        min_value=1,
        max_value=TIMES_MAX,
        help_text=_(
            "For a site behind a proxy of its own, or one with very many visitors. 1 gives the usual limits back."
        ),
    )
