"""Sums: by hour and day, the histogram, the busiest, and how they are told."""

from pathlib import Path

import pytest

from essaim.agent.weblog import telling
from essaim.agent.weblog.sums import COUNTERS, count_tops, referrer_of, tops_of
from essaim.contract import Numbers, decode
from essaim.contract.numbers import quantile, step_of
from tests.unit.agent_weblog.machine import NOON, WebMachine, request


@pytest.fixture
def web(tmp_path: Path) -> WebMachine:
    return WebMachine(tmp_path)


def told(web: WebMachine) -> Numbers:
    process = web.reader()
    while process.read_once():
        pass
    process._told_at = -1e9
    process.tell_when_due()
    process.close()
    (path,) = web.places.told.glob("*.json")
    found = decode(path.read_bytes(), Numbers)
    path.unlink()
    return found


def test_sums_are_of_hours_and_days_of_utc(web: WebMachine) -> None:
    web.write(
        request(),
        request(at=NOON + 3599.9, status="404", uri="/x?a=1"),
        request(at=NOON + 43_200, state="suspended", status="503"),
    )
    (site,) = told(web).sites
    assert [(hour.start - int(NOON), hour.requests) for hour in site.hours] == [(0, 2), (43_200, 1)]
    first, second = site.days
    assert (first.requests, first.sent_bytes, first.received_bytes) == (2, 1000, 240)
    assert first.statuses == {"2": 1, "4": 1}
    assert (second.statuses, second.states) == ({"5": 1}, {"suspended": 1})
    assert (site.tops[0].paths, site.tops[0].missing) == ({"/": 1}, {"/x": 1})


def test_an_hour_is_told_whole_again_when_it_grew(web: WebMachine) -> None:
    web.write(request())
    assert told(web).sites[0].hours[0].requests == 1
    web.write(request())
    assert told(web).sites[0].hours[0].requests == 2


def test_nothing_of_a_visitor_is_in_what_is_told(web: WebMachine) -> None:
    about = {"address": "198.51.100.77", "user": "camille", "agent": "Rare/1.0"}
    web.write(request(uri="/s?email=camille@example.org", referrer="https://mail.example.org/inbox?id=secret", **about))
    said = str(told(web))
    assert "mail.example.org" in said
    for private in ("198.51", "camille", "Rare", "secret", "inbox"):
        assert private not in said


def test_while_the_agent_has_not_taken_it_away_nothing_piles_up(web: WebMachine) -> None:
    process = web.reader()
    for _ in range(3):
        web.write(request())
        process.read_once()
        process._told_at = -1e9
        process.tell_when_due()
    process.close()
    assert len(list(web.places.told.iterdir())) == 1
    next(web.places.told.iterdir()).unlink()
    assert told(web).sites[0].hours[0].requests == 3


def test_with_more_sites_than_fit_they_take_turns(web: WebMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_BYTES", 1000)
    names = [f"s{n}.example.test" for n in range(9)]
    for name in names:
        web.site(name, "alice")
        web.write(request(name))
    seen: set[str] = set()
    rounds = 0
    while len(seen) < len(names):
        batch = told(web)
        assert batch.sites
        seen |= {site.fqdn for site in batch.sites}
        web.write(request(names[0]))  # the busiest does not come before those that wait
        web.now += 60
        rounds += 1
        assert rounds < 9
    assert rounds > 1


@pytest.mark.parametrize("seconds", [0.0005, 0.001, 0.0042, 0.05, 0.3, 1.0, 7.5, 60.0])
def test_a_quantile_is_right_to_a_tenth(seconds: float) -> None:
    found = quantile({step_of(seconds): 100, step_of(200): 1}, 0.5)
    assert found is not None
    assert found == pytest.approx(max(seconds, 0.001), rel=0.1)
    assert quantile({}, 0.5) is None


def test_the_95th_is_the_slow_ones() -> None:
    times = {step_of(0.01): 94, step_of(2.0): 6}
    assert quantile(times, 0.5) == pytest.approx(0.01, rel=0.1)
    assert quantile(times, 0.95) == pytest.approx(2.0, rel=0.1)


def test_the_busiest_are_found_among_thousands_in_bounded_room() -> None:
    counters: dict[str, tuple[int, int]] = {}
    for round_ in range(100):
        count_tops(counters, {"/busy": 50, "/second": 20} | {f"/{round_}-{n}": 1 for n in range(40)})
    assert len(counters) == COUNTERS
    found = tops_of(counters, 2)
    assert list(found) == ["/busy", "/second"]
    assert 4800 <= found["/busy"] <= 5000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://example.org/a?b=c", "example.org"),
        ("http://user:word@example.org:8080/", "example.org"),
        ("android-app://org.example.reader/", "org.example.reader"),
        ("https://a.example.test/other-page", ""),
        ("https://www.a.example.test/", ""),
        ("javascript:alert(1)", ""),
        ("https://[not an address/", ""),
        ("https://evil\u202e.example/", "evil\\u202e.example"),
        ("about:blank", ""),
    ],
)
def test_of_a_referrer_the_name_is_kept(text: str, name: str) -> None:
    assert referrer_of(text, fqdn="a.example.test", site="a.example.test") == name
