"""Hours by each one's own clock, also in the weeks in which only one of two places has changed it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from essaim.manager.people.models import Person
from essaim.manager.team import cover, windows
from essaim.manager.team.clocks import apart, hours_text, is_waking_time, parse_hours, parse_zone
from essaim.manager.team.errors import HoursMalformed, HoursOverlap, ZoneUnknown
from essaim.manager.team.models import Absence
from essaim.manager.team.presence import Member

PARIS, MONTREAL = ZoneInfo("Europe/Paris"), ZoneInfo("America/Montreal")
HOUR = timedelta(hours=1)
NINE_TO_FIVE = {day: [(9 * 60, 17 * 60)] for day in range(5)}
USUAL = date(2026, 1, 14)
ONLY_MONTREAL = date(2026, 3, 18)
"""Clocks in Montréal changed on 8 March 2026, in Paris on 29 March: between, five hours instead of six."""


def member(
    name: str, zone: ZoneInfo, hours: dict[int, list[tuple[int, int]]] | None = None, *absences: Absence
) -> Member:
    given = NINE_TO_FIVE if hours is None else hours
    return Member(Person(name=name, email=f"{name}@example.test"), zone, hours=given, absences=list(absences))


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("", []),
        ("9-12", [(540, 720)]),
        ("14:00-18:30, 9:00-12:00", [(540, 720), (840, 1110)]),
        ("9h30–12h ; 20:00-24:00", [(570, 720), (1200, 1440)]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, stretches: list[tuple[int, int]]) -> None:
    assert parse_hours(text) == stretches
    assert parse_hours(hours_text(stretches)) == stretches


@pytest.mark.parametrize("text", ["nine to five", "9", "12-9", "9:60-10", "9-25", "9-9", "-3-4"])
def test_what_is_no_list_of_hours_is_refused(text: str) -> None:
    with pytest.raises(HoursMalformed):
        parse_hours(text)


def test_hours_that_overlap_are_refused() -> None:
    with pytest.raises(HoursOverlap):
        parse_hours("9-12, 11-13")


@pytest.mark.parametrize("name", ["", "Paris", "Europe/Atlantis", "../../etc/passwd", "GMT+1"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ZoneUnknown):
        parse_zone(name)


def test_nine_in_paris_is_nine_in_paris_before_and_after_the_change() -> None:
    paris = member("paris", PARIS)
    winter = paris.stretches(utc(date(2026, 3, 27), 0), utc(date(2026, 3, 28), 0))
    summer = paris.stretches(utc(date(2026, 3, 30), 0), utc(date(2026, 3, 31), 0))
    assert [one.begins.hour for one in (*winter, *summer)] == [8, 7]


def test_both_are_there_one_hour_longer_in_the_weeks_when_only_one_has_changed_clocks() -> None:
    team = [member("paris", PARIS), member("montreal", MONTREAL)]

    def together(day: date) -> timedelta:
        found = cover.pieces(team, utc(day, 0), utc(day, 0) + timedelta(days=1))
        return sum((piece.ends - piece.begins for piece in found if len(piece.who) == 2), timedelta())

    assert (together(USUAL), together(ONLY_MONTREAL)) == (2 * HOUR, 3 * HOUR)
    assert (apart(PARIS, MONTREAL, utc(USUAL, 12)), apart(PARIS, MONTREAL, utc(ONLY_MONTREAL, 12))) == (
        6 * HOUR,
        5 * HOUR,
    )


def test_the_year_says_when_the_clocks_are_how_far_apart() -> None:
    rows = windows.apart_over(PARIS, MONTREAL, date(2026, 1, 1), days=365)
    assert [(row.first, row.hours) for row in rows] == [
        (date(2026, 1, 1), 6),
        (date(2026, 3, 8), 5),
        (date(2026, 3, 29), 6),
        (date(2026, 10, 25), 5),
        (date(2026, 11, 1), 6),
    ]


def test_a_week_in_which_clocks_change_has_an_hour_less_or_more_and_no_cell_is_wrong() -> None:
    spring, autumn = cover.week_of(date(2026, 3, 29), PARIS), cover.week_of(date(2026, 10, 25), PARIS)
    assert ((spring.ends - spring.begins) / HOUR, (autumn.ends - autumn.begins) / HOUR) == (167, 169)

    night = member("night", PARIS, {6: [(0, 24 * 60)]})
    table = dict(cover.grid(cover.pieces([night], spring.begins, spring.ends), spring))
    sunday = table[date(2026, 3, 29)]
    assert [hour.people for hour in sunday[:4]] == [1, 1, None, 1]
    table = dict(cover.grid(cover.pieces([night], autumn.begins, autumn.ends), autumn))
    assert {hour.people for hour in table[date(2026, 10, 25)]} == {1}


def test_who_is_absent_covers_nothing_and_the_hole_is_told() -> None:
    away = Absence(first_day=date(2026, 1, 14), last_day=date(2026, 1, 15))
    week = cover.week_of(USUAL, PARIS)
    holes = cover.holes([member("paris", PARIS, None, away)], week.begins, week.ends)
    assert (holes[2].begins.astimezone(PARIS).strftime("%a %H"), holes[2].ends.astimezone(PARIS).strftime("%a %H")) == (
        "Tue 17",
        "Fri 09",
    )


def test_a_day_that_ends_at_midnight_touches_the_next() -> None:
    late = member("late", PARIS, {0: [(22 * 60, 24 * 60)], 1: [(0, 60)]})
    week = cover.week_of(USUAL, PARIS)
    covered = [piece for piece in cover.pieces([late], week.begins, week.ends) if piece.who]
    assert [piece.ends - piece.begins for piece in covered] == [3 * HOUR]


def test_the_best_hour_for_a_meeting_is_in_everybodys_hours_in_either_week() -> None:
    team = [member("paris", PARIS), member("montreal", MONTREAL)]
    for day in (USUAL, ONLY_MONTREAL):
        best = windows.for_meeting(team, cover.week_of(day, PARIS), length=HOUR)[0]
        assert len(best.there) == 2
        assert 9 <= best.begins.astimezone(MONTREAL).hour < best.ends.astimezone(PARIS).hour <= 17


def test_a_maintenance_is_best_when_it_is_night_for_both_and_somebody_is_there() -> None:
    owl = member("owl", MONTREAL, {day: [(22 * 60, 24 * 60)] for day in range(7)})
    for day in (USUAL, ONLY_MONTREAL):
        week = cover.week_of(day, PARIS)
        best = windows.for_maintenance([owl, member("paris", PARIS)], week, length=2 * HOUR, zones=[PARIS, MONTREAL])[0]
        assert (best.quiet, [one.person.name for one in best.there]) == (2, ["owl"])
        assert best.begins.astimezone(MONTREAL).hour == 22
        assert best.ends.astimezone(PARIS).hour <= 7


def test_proposals_do_not_overlap() -> None:
    found = windows.for_meeting([member("paris", PARIS)], cover.week_of(USUAL, PARIS), length=HOUR)
    assert all(a.ends <= b.begins or b.ends <= a.begins for a in found for b in found if a is not b)


def test_awake_is_by_ones_own_clock() -> None:
    moment = utc(USUAL, 6, 30)
    assert (is_waking_time(moment, PARIS), is_waking_time(moment, MONTREAL)) == (True, False)
