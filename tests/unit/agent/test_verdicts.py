"""How long the agent waits before it tries again."""

import pytest

from essaim.agent import verdicts
from essaim.agent.errors import TemporaryError
from essaim.agent.resources import Applied
from essaim.agent.store import Wish


@pytest.mark.parametrize(("attempts", "longest"), [(0, 0.2), (1, 0.4), (5, 6.4), (11, 300), (5000, 300)])
def test_the_delay_doubles_up_to_five_minutes(attempts: int, longest: float) -> None:
    delays = {verdicts.delay_s(attempts, verdicts.FIRST_DELAY_S, verdicts.LONGEST_DELAY_S) for _ in range(50)}
    assert max(delays) <= longest
    assert min(delays) >= 0.75 * longest - 1e-9
    assert len(delays) > 1


def test_a_daemons_own_delay_is_kept() -> None:
    wish = Wish("certificate", "a.test", 1, b"{}", erase=False)
    verdict = verdicts.failed(wish, TemporaryError("certificate.limited", "Too many.", retry_in_s=3600), 0.1)
    assert verdict.retry_in_s == 3600
    assert verdict.report is not None
    assert verdict.report.retry_at == pytest.approx(verdict.report.at + 3600, abs=1)


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        ({"applied_revision": 1}, False),
        ({"applied_revision": 0}, True),
        ({"applied_revision": 1, "attempts": 1}, True),
        ({"applied_revision": 1, "drifted": True}, True),
    ],
)
def test_what_was_as_wanted_and_told_so_is_not_told_again(before: dict[str, int], *, is_told: bool) -> None:
    wish = Wish("certificate", "www.example.test", 1, b"{}", erase=False, **before)
    verdict = verdicts.applied(wish, Applied(is_news=False, again_in_s=60.0), 0.1)
    assert (verdict.report is not None) is is_told
    assert verdict.result.again_at is not None
