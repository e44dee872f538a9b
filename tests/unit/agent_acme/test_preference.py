"""Several authorities in order of preference, over real HTTP; outages by a clock of the test's own."""

import time
from collections.abc import Iterator

import pytest

from essaim.agent.acme.preference import LONG_OUTAGE_S, LOOK_AGAIN_S, Preference, summed
from essaim.agent.errors import PermanentError, TemporaryError
from essaim.contract import AcmeDirectory
from tests.unit.agent_acme.authority import Authority, Refusal, running
from tests.unit.agent_acme.web import SITE, Web

FIRST, SECOND = AcmeDirectory(url="https://one.example.test/dir"), AcmeDirectory(url="https://two.example.test/dir")
AWAY = TemporaryError("certificate.ca_unreachable", "It is away.")


@pytest.fixture
def second(web: Web) -> Iterator[Authority]:
    with running(Authority(web.machine.paths.challenges)) as authority:
        yield authority


def spec_of(web: Web, second: Authority):  # type: ignore[no-untyped-def]  # what `in_order` gives
    return web.in_order(AcmeDirectory(url=f"{second.url}/directory"))


def test_the_preferred_one_issues(web: Web, second: Authority) -> None:
    facts = web.apply(spec_of(web, second)).facts
    assert facts["directory"] == "127.0.0.1"
    assert second.asked == []


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("rateLimited", "Too many", 429, Retry_After="86400"),
        Refusal("rejectedIdentifier", "Policy forbids it"),
    ],
)
def test_a_reason_that_lasts_passes_on_to_the_next(web: Web, second: Authority, refusal: Refusal) -> None:
    web.authority.refusals["order"] = refusal
    assert web.apply(spec_of(web, second)).facts["serial"] == "1"
    assert second.asked.count("order") == 1


def test_a_caa_record_passes_on_to_the_next(web: Web, second: Authority) -> None:
    web.authority.names_refused[SITE] = "caa forbidden"
    web.apply(spec_of(web, second))
    assert second.asked.count("order") == 1


def test_a_name_that_leads_elsewhere_is_the_same_to_all(web: Web, second: Authority) -> None:
    web.authority.names_refused[SITE] = "connection refused"
    assert web.refusal(spec_of(web, second)).code == "certificate.name_not_pointing"
    assert second.asked == []


def test_what_the_second_issued_is_kept_and_the_next_renewal_goes_back_to_the_first(
    web: Web, second: Authority
) -> None:
    web.authority.refusals["order"] = Refusal("rateLimited", "Too many", 429)
    spec = spec_of(web, second)
    web.apply(spec)
    del web.authority.refusals["order"]
    web.apply(spec)
    assert web.authority.asked.count("order") == 1
    web.change("facts.json", not_before=time.time() - 85 * 86400, not_after=time.time() + 5 * 86400)
    web.apply(spec)
    assert web.authority.asked.count("order") == 2
    assert second.asked.count("order") == 1


def test_when_none_issues_the_preferred_ones_words_are_told_and_the_sooner_time(web: Web, second: Authority) -> None:
    web.authority.refusals["order"] = Refusal("rateLimited", "Too many here", 429, Retry_After="4000")
    second.refusals["order"] = Refusal("rateLimited", "Too many there", 429, Retry_After="3000")
    told = web.refusal(spec_of(web, second))
    assert "Too many here" in told.sentence
    assert told.retry_in_s == 3000


def test_a_refusal_for_good_does_not_hide_one_that_passes() -> None:
    told = summed([PermanentError("certificate.ca_refused", "Never."), AWAY])
    assert told is AWAY


def test_an_outage_passes_on_only_when_it_lasts() -> None:
    now = [0.0]
    preference = Preference(lambda: now[0])
    assert not preference.passes_on(FIRST, AWAY)
    now[0] = LONG_OUTAGE_S - 1
    assert not preference.passes_on(FIRST, AWAY)
    now[0] = LONG_OUTAGE_S
    assert preference.passes_on(FIRST, AWAY)


def test_one_that_is_down_for_long_is_asked_now_and_then() -> None:
    now = [0.0]
    preference = Preference(lambda: now[0])
    preference.passes_on(FIRST, AWAY)
    now[0] = LONG_OUTAGE_S
    preference.passes_on(FIRST, AWAY)
    assert preference.in_turn([FIRST, SECOND]) == [SECOND]
    assert preference.in_turn([FIRST]) == [FIRST]
    now[0] += LOOK_AGAIN_S
    assert preference.in_turn([FIRST, SECOND]) == [FIRST, SECOND]


def test_an_answer_ends_the_outage() -> None:
    now = [0.0]
    preference = Preference(lambda: now[0])
    preference.passes_on(FIRST, AWAY)
    preference.answered(FIRST)
    now[0] = LONG_OUTAGE_S
    assert not preference.passes_on(FIRST, AWAY)
