"""The French of every sentence."""

from essaim.cli.translations import is_unelided, spaced


def test_no_line_ends_inside_quotation_marks_or_before_a_colon() -> None:
    assert spaced("Il faut le droit « clients.see » : à demander.") == (
        "Il faut le droit «\u202fclients.see\u202f»\u202f: à demander."
    )


def test_addresses_and_figures_stay() -> None:
    assert spaced("Voir https://example.test/?a=1 :x") == "Voir https://example.test/?a=1 :x"


def test_a_name_does_not_follow_a_word_that_would_lose_its_vowel() -> None:
    assert is_unelided("La propriété de %(client)s")
    assert is_unelided("On propose que %(person)s ait ce droit")
    assert not is_unelided("La propriété du compte %(client)s, vue de %(count)s personnes")
