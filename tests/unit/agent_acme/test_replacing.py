"""Certificates that are replaced before their time, and a clock that cannot be right."""

import time

import msgspec
import pytest

from essaim.agent.errors import TemporaryError
from tests.unit.agent_acme.web import SITE, Web

YEAR_S = 366 * 86400


def key(web: Web) -> bytes:
    return (web.tls / "key.pem").read_bytes()


def test_an_order_to_replace_is_met_once_with_a_new_key(web: Web) -> None:
    web.apply()
    before = key(web)
    anew = msgspec.structs.replace(web.spec(), reissue=7)
    web.apply(anew)
    web.apply(anew)
    assert web.authority.asked.count("order") == 2
    assert key(web) != before


def test_a_number_that_is_known_replaces_nothing(web: Web) -> None:
    anew = msgspec.structs.replace(web.spec(), reissue=7)
    web.apply(anew)
    web.apply(anew)
    assert web.authority.asked.count("order") == 1


@pytest.mark.parametrize("ahead_s", [YEAR_S, -YEAR_S], ids=["a year ahead", "a year behind"])
def test_a_clock_that_is_wrong_is_told_the_certificate_serves_and_no_order_follows_another(
    web: Web, monkeypatch: pytest.MonkeyPatch, ahead_s: int
) -> None:
    right = time.time

    async def both(resource: object) -> list[str]:
        codes = []
        for name in (SITE, "second.example.test"):
            with pytest.raises(TemporaryError) as told:
                await resource.apply(web.spec(name), 1, web.machine)  # type: ignore[attr-defined]
            codes.append(told.value.code)
        monkeypatch.setattr(time, "time", right)
        await resource.apply(web.spec("second.example.test"), 1, web.machine)  # type: ignore[attr-defined]
        return codes

    monkeypatch.setattr(time, "time", lambda: right() + ahead_s)
    assert web.run(both) == ["certificate.clock_wrong"] * 2
    assert (web.tls / "fullchain.pem").is_file()
    assert web.authority.asked.count("order") == 2
