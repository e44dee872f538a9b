"""The French of every sentence."""

from essaim.cli.translations import spaced


def test_no_line_ends_inside_quotation_marks_or_before_a_colon() -> None:
    assert spaced("Il faut le droit « clients.see » : à demander.") == (
        "Il faut le droit «\u202fclients.see\u202f»\u202f: à demander."
    )


def test_addresses_and_figures_stay() -> None:
    assert spaced("Voir https://example.test/?a=1 :x") == "Voir https://example.test/?a=1 :x"
