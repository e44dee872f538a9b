"""Components: what a reader hears and sees of them."""

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting.models import Account, Site, Upload
from essaim.manager.web.templatetags.plots import plot, sparkline
from essaim.manager.web.templatetags.states import LOOKS, look_of
from essaim.manager.web.templatetags.ui import avatar, badge


def render(source: str, **context: object) -> str:
    with translation.override("en"):
        return Template("{% load ui figures plots %}" + source).render(Context(context))


def test_a_state_is_told_by_icon_and_word_never_by_colour_alone() -> None:
    for state in LOOKS:
        shown = badge(state)
        assert "<use href=" in shown
        assert str(LOOKS[state].word) in shown


def test_every_state_of_the_rows_has_a_look() -> None:
    states = [*Site.State.values, *Site.Health.values, *Site.Https.values, *Account.State.values, *Machine.State.values]
    states += [*Upload.State.values, *(outcome for outcome in Wanted.Outcome.values if outcome)]
    assert [state for state in states if state not in LOOKS] == []


def test_an_unknown_state_looks_unknown_and_breaks_nothing() -> None:
    assert look_of("never heard of") is LOOKS["unknown"]
    assert look_of("") is LOOKS["unknown"]


@pytest.mark.parametrize(
    ("name", "initials"), [("Camille Durand", "CD"), ("Étienne", "É"), ("", "?"), ("a@b.test", "AB")]
)
def test_initials_come_from_first_and_last_name(name: str, initials: str) -> None:
    assert f">{initials}<" in avatar(name)


def test_what_somebody_typed_is_escaped_in_a_card() -> None:
    shown = render("{% card title=name %}{{ name }}{% endcard %}", name="<script>")
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 2


class Sample(forms.Form):
    name = forms.CharField(help_text="As typed.")
    note = forms.CharField(required=False)


def test_a_field_that_is_wrong_says_so_and_points_to_why() -> None:
    shown = render("{% field form.name %}", form=Sample({"name": ""}))
    assert 'aria-invalid="true"' in shown
    assert 'id="id_name_error"' in shown
    assert "This field is required." in shown


def test_only_a_field_that_may_stay_empty_is_marked() -> None:
    shown = render("{% field form.name %}|{% field form.note %}", form=Sample())
    required, optional = shown.split("|")
    assert "optional" not in required
    assert "optional" in optional


def test_a_button_that_acts_posts_with_the_token_of_the_page() -> None:
    shown = render('{% act "/x/" "Erase" confirm="Sure?" kind="danger" %}', csrf_token="T" * 8)
    assert 'method="post" action="/x/" data-confirm="Sure?"' in shown
    assert 'value="TTTTTTTT"' in shown


def test_more_rows_keep_the_search() -> None:
    request = RequestFactory().get("/sites/", {"text": "bee", "after": "old"})
    shown = render('{% more_row "new.example.test" columns=3 %}', request=request)
    assert "?text=bee&amp;after=new.example.test" in shown
    assert "old" not in shown


def test_the_last_page_has_no_more_rows() -> None:
    assert render('{% more_row "" columns=3 %}', request=RequestFactory().get("/")).strip() == ""


def test_a_step_under_way_is_heard_as_such() -> None:
    steps = [{"label": "asked", "state": "done", "seconds": None}, {"label": "made", "state": "now", "seconds": None}]
    shown = render("{% stepper steps %}", steps=steps)
    assert 'aria-current="step"' in shown
    assert "under way" in shown


def test_a_full_meter_says_that_it_is_full() -> None:
    shown = render('{% meter 97 100 label="Disk" %}')
    assert 'aria-label="Disk: 97 %, full"' in shown.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_a_plot_without_figures_says_so() -> None:
    assert plot([], label="Load") == {"label": "Load"}
    assert "no figures yet" in sparkline([])


def test_a_plot_of_a_day_has_few_points_and_the_true_highest() -> None:
    with translation.override("en"):
        drawn = plot([0.0] * 1439 + [90.0], label="Load", top=100)
    assert len(str(drawn["line"]).split()) <= 180
    assert drawn["highest"] == "90.0"


def test_only_what_may_stay_empty_is_called_optional() -> None:
    class Asked(forms.Form):
        shows = forms.ChoiceField(
            choices=[("a", "A"), ("b", "B")], initial="a", required=False, widget=forms.RadioSelect
        )
        state = forms.ChoiceField(choices=[("", "all"), ("a", "A")], required=False)
        note = forms.CharField(required=False)

    shown = {name: render("{% field bound %}", bound=Asked()[name]) for name in ("shows", "state", "note")}
    assert [name for name, html in shown.items() if "optional" in html] == ["state", "note"]


def test_a_long_name_breaks_before_its_dots_and_a_short_one_not_at_all() -> None:
    source = "{% load names %}{{ name|by_labels }}"
    assert render(source, name="www.abeilles.example.test") == "www.abeilles.example.test"
    long = "les-tres-riches-heures-des-abeilles.abeilles.example.test"
    shown = render(source, name=long)
    assert shown.count("<wbr>") == long.count(".")
    assert '<span class="name-label">.example</span>' in shown
    assert '<span class="">les-tres-riches-heures-des-abeilles</span>' in shown
    assert "<b>" not in render(source, name="<b>" + long)
