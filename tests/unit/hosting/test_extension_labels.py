"""Extensions to choose, in words."""

from django.utils import translation

from essaim.manager.hosting.offer_forms import OfferForm


def test_an_offers_extensions_are_said_in_the_language_of_who_reads() -> None:
    choices = OfferForm.base_fields["php_extensions"].choices  # type: ignore[attr-defined]  # the stubs know a Field

    with translation.override("fr"):
        french = str(dict(choices)["redis"])
    with translation.override("en"):
        english = str(dict(choices)["redis"])

    assert english == "redis: speaks to a Redis server"
    assert french == "redis\u202f: parle à un serveur Redis"
