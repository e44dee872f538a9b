"""Clients from a table: first what each line means, then the same text again to bring it in."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted, show
from essaim.manager.people.client_import import COLUMNS, NEEDED, Report, as_text, bring_in
from essaim.manager.people.rights import require


class ImportForm(forms.Form):
    """A table, as a file or as the text that was looked at before."""

    file = forms.FileField(
        label=gettext_lazy("Table (CSV)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    without_broken = forms.BooleanField(
        label=gettext_lazy("Leave broken lines out"),
        required=False,
        help_text=gettext_lazy("Otherwise nothing is brought in while one line is broken."),
    )

    def clean(self) -> None:
        """The file's text takes the place of the text that was looked at."""
        super().clean()
        if file := self.cleaned_data.get("file"):
            self.cleaned_data["text"] = as_text(file.read())
        elif not self.cleaned_data.get("text"):
            self.add_error("file", _("Choose a file."))


@login_required
@ask_or_act
def import_clients(request: Request) -> HttpResponse:
    """Bring clients in from a table. For the team."""
    require(request.user, "clients.add")
    is_trial = request.POST.get("act") != "bring_in"
    form = ImportForm(posted(request), request.FILES or None)

    def read() -> Report:
        given = {"is_trial": is_trial, "without_broken": form.cleaned_data["without_broken"]}
        return bring_in(form.cleaned_data["text"], by=request.user, **given)

    report = made_by(request, form, read)
    if report is not None and report.is_done:
        said = _("Brought in: %(new)s new, %(changed)s changed; %(same)s were as in the table, %(broken)s left out.")
        messages.success(request, said % report.counts)
        return go(request, "people:clients")
    context = {
        "form": form,
        "report": report,
        "broken": [line for line in report.lines if line.what == "broken"] if report else [],
        "text": form.cleaned_data["text"] if report else "",
        "columns": COLUMNS,
        "needed": NEEDED,
        "was_refused": report is not None and not is_trial,
    }
    status = 422 if form.is_bound and report is None else 200
    return show(request, "people/import.html", context, status=status)
