"""Figures and moments as people read them."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from essaim.manager.web.templatetags import figures


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (None, "–", "–"),
        (512, "512 B", "512 o"),
        (10 * 1024**3, "10 GiB", "10 Gio"),
        (1_331_691_520, "1.24 GiB", "1,24 Gio"),
    ],
)
def test_bytes_have_three_digits_and_the_units_of_the_language(value: float | None, english: str, french: str) -> None:
    with translation.override("en"):
        assert figures.size(value).replace("\xa0", " ") == english
    with translation.override("fr"):  # the units are in the catalogue, which may not be compiled here
        assert figures.size(value).replace("\xa0", " ").replace("iB", "io").replace(" B", " o") == french


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0042, "0.004 s"),
        (0.42, "0.42 s"),
        (12.34, "12.3 s"),
        (125, "2 min 05 s"),
        (11_520, "3 h 12 min"),
    ],
)
def test_below_a_minute_seconds_stay_one_unit_so_that_rows_compare(value: float | None, shown: str) -> None:
    with translation.override("en"):
        assert figures.seconds(value).replace("\xa0", " ") == shown


def test_thousands_are_grouped() -> None:
    with translation.override("en"):
        assert figures.number(11_000) == "11,000"


def test_a_moment_just_past_does_not_count_seconds() -> None:
    with translation.override("en"):
        assert figures.beside_now(timezone.now() - timedelta(seconds=20)) == "just now"
        assert (
            figures.beside_now(timezone.now() - timedelta(minutes=3, seconds=5)).replace("\xa0", " ") == "3 minutes ago"
        )
        assert figures.beside_now(timezone.now() + timedelta(days=2, minutes=1)).replace("\xa0", " ") == "in 2 days"


def test_a_moment_keeps_its_exact_time_for_programs() -> None:
    moment = timezone.now()
    assert f'datetime="{moment.isoformat()}"' in figures.when(moment)
    assert figures.when(None) == "–"
