"""Renewal when the authority suggests it (RFC 9773), over real HTTP: Debian's pebble does not know it yet."""

import json
import time
from typing import Any

import pytest

from essaim.agent.acme.ari import certificate_id
from essaim.agent.resources import Applied
from tests.unit.agent_acme.authority import Refusal
from tests.unit.agent_acme.web import SITE, Web

HOUR, DAY = 3600.0, 86400.0
RFC_EXAMPLE = """-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
"""


def ask_now(web: Web) -> None:
    """The time of the next question has come."""
    web.change("renewal.json", ask_at=time.time() - 1)


def suggested(web: Web) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((web.tls / "renewal.json").read_bytes())
    return told


def asked(web: Web) -> list[str]:
    return [what for what in web.authority.asked if what.startswith("renewal/")]


def look(web: Web) -> Applied:
    ask_now(web)
    return web.apply()


def test_the_id_is_the_one_of_the_standards_example() -> None:
    assert certificate_id(RFC_EXAMPLE) == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"


def test_a_new_certificate_asks_nothing_and_comes_back_within_hours(web: Web) -> None:
    web.authority.window = (time.time() + 50 * DAY, time.time() + 52 * DAY)
    again = web.apply().again_in_s
    assert again is not None
    assert HOUR - 5 <= again <= 6 * HOUR
    assert asked(web) == []


def test_the_suggestion_is_asked_for_by_the_certificates_id_and_kept(web: Web) -> None:
    web.authority.window = (time.time() + 50 * DAY, time.time() + 52 * DAY)
    web.apply()
    kept = look(web)
    assert asked(web) == [f"renewal/{certificate_id((web.tls / 'fullchain.pem').read_text())}"]
    assert suggested(web)["start"] == pytest.approx(web.authority.window[0], abs=1)
    assert suggested(web)["explanation"] == "https://ca.example.test/why"
    assert kept.again_in_s == pytest.approx(6 * HOUR, abs=5)
    assert kept.is_news
    assert (kept.facts["window_start"], kept.facts["window_end"]) == pytest.approx(web.authority.window, abs=1)
    assert kept.facts["window_why"] == "https://ca.example.test/why"
    assert not look(web).is_news


def test_it_is_not_asked_before_its_time(web: Web) -> None:
    web.authority.window = (time.time() + 50 * DAY, time.time() + 52 * DAY)
    web.apply()
    web.apply()
    assert asked(web) == []


@pytest.mark.parametrize(("said", "pause"), [("1", 60.0), ("7200", 7200.0), ("999999", DAY), ("soon", 6 * HOUR)])
def test_retry_after_is_honoured_between_a_minute_and_a_day(web: Web, said: str, pause: float) -> None:
    web.authority.window, web.authority.ask_again = (time.time() + 50 * DAY, time.time() + 52 * DAY), said
    web.apply()
    look(web)
    assert suggested(web)["ask_at"] - time.time() == pytest.approx(pause, abs=10)


def test_a_window_that_has_begun_and_ended_renews_at_once_and_says_what_it_replaces(web: Web) -> None:
    web.apply()
    former = certificate_id((web.tls / "fullchain.pem").read_text())
    web.authority.window = (time.time() - 2 * DAY, time.time() - DAY)
    renewed = look(web)
    assert renewed.facts["serial"] == "2"
    assert renewed.is_news
    assert web.authority.replaced == [former]


def test_a_renewal_waits_for_its_moment_in_the_window(web: Web) -> None:
    web.apply()
    web.change("facts.json", not_before=time.time() - 85 * DAY, not_after=time.time() + 5 * DAY)  # due by itself
    web.change("renewal.json", start=time.time() + 2 * DAY, end=time.time() + 3 * DAY)
    assert web.run(lambda resource: resource.drift(web.spec(), web.machine)) is None
    assert web.apply().facts["serial"] == "1"


def test_a_replacement_the_authority_does_not_take_is_ordered_as_any_other(web: Web) -> None:
    web.apply()
    web.authority.window, web.authority.replacing_refused = (time.time() - 2 * DAY, time.time() - DAY), True
    assert look(web).facts["serial"] == "2"
    assert len(web.authority.replaced) == 1


def test_other_names_replace_the_former_certificate_too(web: Web) -> None:
    web.authority.window = (time.time() + 50 * DAY, time.time() + 52 * DAY)
    web.apply()
    web.apply(web.spec(SITE, "new.example.test"))
    assert len(web.authority.replaced) == 1


def test_an_authority_without_suggestions_is_not_told_what_is_replaced(web: Web) -> None:
    web.apply()
    web.apply(web.spec(SITE, "new.example.test"))
    assert web.authority.replaced == []


def test_an_authority_without_suggestions_is_renewed_by_the_end(web: Web) -> None:
    web.apply()
    assert look(web).facts["serial"] == "1"
    web.change("facts.json", not_before=time.time() - 85 * DAY, not_after=time.time() + 5 * DAY)
    assert web.apply().facts["serial"] == "2"


@pytest.mark.parametrize("refusal", [Refusal("serverInternal", "Boom", 500), Refusal("malformed", "Which?", 404)])
def test_an_authority_that_cannot_say_is_asked_again_hours_later(web: Web, refusal: Refusal) -> None:
    web.authority.window = (time.time() + 50 * DAY, time.time() + 52 * DAY)
    web.apply()
    web.authority.refusals["renewal"] = refusal
    assert look(web).facts["serial"] == "1"
    assert suggested(web)["ask_at"] - time.time() == pytest.approx(6 * HOUR, abs=10)


def test_a_window_without_length_is_no_suggestion(web: Web) -> None:
    web.authority.window = (time.time() - DAY, time.time() - DAY)
    web.apply()
    assert look(web).facts["serial"] == "1"
    assert "end" not in suggested(web)


def test_nothing_is_asked_about_a_certificate_that_has_ended(web: Web) -> None:
    web.authority.window = (time.time() + 50 * DAY, time.time() + 52 * DAY)
    web.apply()
    web.change("facts.json", not_before=time.time() - 95 * DAY, not_after=time.time() - 5 * DAY)
    assert look(web).facts["serial"] == "2"
    assert asked(web) == []
