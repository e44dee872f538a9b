"""When a certificate is renewed, as numbers."""

import pytest

from essaim.agent.acme.window import Held, Window, renew_at

DAY = 86400.0
BEFORE = 30 * DAY


def held(days: float = 90) -> Held:
    return Held(
        directory="https://ca.example.test/dir", names=("a.example.test",), not_before=0.0, not_after=days * DAY,
        serial="1", issuer="Test authority", chain_sha256="0",
    )  # fmt: skip


def window(start: float, end: float) -> Window:
    return Window(chain_sha256="0", ask_at=0.0, start=start * DAY, end=end * DAY)


def days(window: Window | None = None, *, life: float = 90, name: str = "a.example.test") -> float:
    return renew_at(held(life), window, BEFORE, name) / DAY


def test_without_a_suggestion_it_is_renewed_in_the_first_fifth_of_the_last_thirty_days() -> None:
    moments = [days(name=f"s{n}.example.test") for n in range(200)]
    assert all(60 <= moment <= 66 for moment in moments)
    assert max(moments) - min(moments) > 5


def test_a_short_lived_one_is_renewed_in_its_last_third() -> None:
    assert 4 <= days(life=6) <= 4.4


def test_a_suggested_window_is_filled_evenly_and_each_name_keeps_its_moment() -> None:
    moments = [days(window(50, 52), name=f"s{n}.example.test") for n in range(200)]
    assert all(50 <= moment <= 52 for moment in moments)
    assert max(moments) - min(moments) > 1.8
    assert days(window(50, 52)) == days(window(50, 52))


def test_another_window_is_another_moment() -> None:
    assert days(window(50, 52)) - 50 != pytest.approx(days(window(40, 42)) - 40, abs=1e-6)


def test_a_window_that_leaves_no_time_to_try_again_is_cut() -> None:
    assert days(window(200, 300)) == pytest.approx(85.5)


def test_the_first_question_comes_within_hours_and_soon_for_the_short_lived() -> None:
    pauses = [Window.first(held(), f"s{n}.example.test", 0.0).ask_at / 3600 for n in range(200)]
    assert all(1 <= pause <= 6 for pause in pauses)
    assert Window.first(held(days=0.1), "a.example.test", 0.0).ask_at / 3600 < 0.5


def test_an_authority_that_cannot_be_asked_leaves_what_it_suggested_last() -> None:
    kept = window(50, 52).unanswered(now=10.0)
    assert (kept.start, kept.end, kept.ask_at) == (50 * DAY, 52 * DAY, 10.0 + 6 * 3600)
