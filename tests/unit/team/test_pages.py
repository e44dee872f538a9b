"""The team's pages: what they show, to whom, in whose time, in how many queries."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from essaim.manager.people.models import Person
from essaim.manager.team import calendars, duties, hours
from essaim.manager.team.errors import AbsenceBackwards, AbsenceNotFound, FeedMissing, NotOfTheTeam
from essaim.manager.team.models import Absence, WorkingHours
from tests.unit.factories import make_person
from tests.unit.team.conftest import browser_of

PAGES = ["team", "awake", "cover", "windows", "bus_factor", "duties", "versions", "hours"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_queries_however_many_there_are(house: SimpleNamespace, name: str) -> None:
    browser, url = browser_of(house.president), reverse(f"team:{name}")
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin])
    browser.get(url)
    with CaptureQueriesContext(connection) as few:
        assert browser.get(url).status_code == 200
    for number in range(8):
        person = make_person(groups=["supporter"])
        hours.change_hours(person, zone="Europe/Paris", hours={0: "9-12"}, by=person)
        hours.add_absence(person, first_day=date(2030, 1, 1), last_day=date(2030, 1, 2), by=person)
        duties.add_duty(name=f"Duty {number}", by=house.president, people=[person])

    with CaptureQueriesContext(connection) as many:
        browser.get(url)

    assert len(many) == len(few)
    assert len(many) <= QUERIES[name], [query["sql"][:120] for query in many]


QUERIES = {"team": 16, "awake": 6, "cover": 6, "windows": 6, "bus_factor": 11, "duties": 6, "versions": 6, "hours": 7}
"""Two of each are the session and its person, one the reader's zone; where matters are counted, other rooms ask for theirs."""


def test_the_first_page_says_who_is_here_and_what_only_one_can_do(house: SimpleNamespace) -> None:
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin])
    page = browser_of(house.observer).get(reverse("team:team")).content.decode()
    for words in ("President", "Admin", "Observer", "Pay the bills", "Montreal", "1 person has not said their hours"):
        assert words in page
    assert reverse("team:leave", args=[house.admin.pk]) not in page
    assert reverse("team:leave", args=[house.observer.pk]) in page


def test_hours_are_shown_by_the_readers_own_clock(house: SimpleNamespace) -> None:
    in_paris = browser_of(house.president).get(reverse("team:cover") + "?week=2026-01-14").content.decode()
    in_montreal = browser_of(house.admin).get(reverse("team:cover") + "?week=2026-01-14").content.decode()
    assert "Monday 12 January, 00:00 – Monday 12 January, 09:00" in in_paris
    assert "Monday 12 January, 00:00 – Monday 12 January, 03:00" in in_montreal


def test_best_hours_are_of_the_week_that_is_asked_for(house: SimpleNamespace) -> None:
    page = (
        browser_of(house.president)
        .get(reverse("team:windows") + "?week=2026-03-18&meeting=30&work=60")
        .content.decode()
    )
    assert "8 March 2026" not in page  # the table begins with the week
    assert "29 March 2026" in page
    assert "14:00–14:30" in page
    assert browser_of(house.president).get(reverse("team:windows") + "?week=nonsense&meeting=9").status_code == 200


def test_one_says_ones_own_hours(house: SimpleNamespace) -> None:
    browser = browser_of(house.observer)
    form = {"zone": "Asia/Kathmandu", "day0": "9-12", "day6": "22:00-24:00"}
    assert browser.post(reverse("team:hours"), form)["Location"] == reverse("team:hours")
    person = Person.objects.get(pk=house.observer.pk)
    assert person.zone.name == "Asia/Kathmandu"
    assert list(person.working_hours.values_list("weekday", "begins", "ends")) == [(0, 540, 720), (6, 1320, 1440)]

    wrong = browser.post(reverse("team:hours"), {**form, "day1": "all day", "day2": "9-12, 10-11"})

    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"day1", "day2"})
    assert "all day" in wrong.content.decode()
    assert WorkingHours.objects.filter(person=person).count() == 2


def test_absences_are_ones_own(house: SimpleNamespace) -> None:
    first, last = date(2030, 7, 1), date(2030, 7, 14)
    browser = browser_of(house.observer)
    browser.post(reverse("team:absence_add"), {"first_day": "2030-07-01", "last_day": "2030-07-14", "note": "Holiday"})
    browser.post(reverse("team:absence_add"), {"first_day": "2030-07-01", "last_day": "2030-07-14", "note": "Holiday"})
    absence = Absence.objects.get()
    assert (absence.person, absence.first_day, absence.last_day) == (house.observer, first, last)
    backwards = browser.post(reverse("team:absence_add"), {"first_day": "2030-07-14", "last_day": "2030-07-01"})
    assert (backwards.status_code, set(backwards.context["absence_form"].errors)) == (422, {"last_day"})
    with pytest.raises(AbsenceBackwards):
        hours.add_absence(house.admin, first_day=last, last_day=first, by=house.admin)
    with pytest.raises(AbsenceNotFound):
        hours.remove_absence(absence.pk, by=house.admin)
    with pytest.raises(NotOfTheTeam):
        hours.add_absence(make_person(), first_day=first, last_day=last, by=house.president)
    browser.post(reverse("team:absence_remove", args=[absence.pk]))
    assert not Absence.objects.exists()


def test_calendars_are_read_by_their_secret_address_until_it_is_revoked(house: SimpleNamespace) -> None:
    today = timezone.localdate()
    hours.add_absence(
        house.admin, first_day=today, last_day=today + timedelta(days=2), note="Away; far", by=house.admin
    )
    browser = browser_of(house.president)
    page = browser.post(reverse("team:feed_make"))
    assert page.status_code == 201
    urls = dict(page.context["feeds"])
    nobody = Browser()
    path = {kind: url.split("/", 3)[3] for kind, url in urls.items()}

    answer = nobody.get(f"/{path['absences']}")
    assert answer["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in events] == [(today, today + timedelta(days=3))]
    cover = Calendar.from_ical(nobody.get(f"/{path['cover']}").content).walk("VEVENT")
    pieces = sorted((event["DTSTART"].dt, event["DTEND"].dt) for event in cover)
    assert all(one[1] == other[0] for one, other in pairwise(pieces))

    browser.post(reverse("team:feed_revoke"))
    assert nobody.get(f"/{path['cover']}").status_code == 404


def test_a_new_address_ends_the_one_before_and_none_is_in_the_database(house: SimpleNamespace) -> None:
    first = calendars.make_feed(house.admin, by=house.admin)
    second = calendars.make_feed(house.admin, by=house.admin)
    with pytest.raises(FeedMissing):
        calendars.open_feed(first)
    assert calendars.open_feed(second) == house.admin
    assert second not in str(list(house.admin.feeds.values()))


def test_a_calendar_of_who_has_not_signed_is_closed(house: SimpleNamespace) -> None:
    text = calendars.make_feed(house.admin, by=house.admin)
    Person.objects.filter(pk=house.admin.pk).update(agreement_due=True)
    with pytest.raises(FeedMissing):
        calendars.open_feed(text)


def test_a_pair_is_asked_for(house: SimpleNamespace) -> None:
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin, house.observer])
    url = f"{reverse('team:bus_factor')}?one={house.admin.pk}&two={house.observer.pk}"
    page = browser_of(house.president).get(url)
    assert "Pay the bills" in [str(matter.name) for matter in page.context["lost"]]
    assert page.status_code == 200
    assert browser_of(house.president).get(reverse("team:bus_factor") + "?one=x&two=999999999999").status_code == 200


def test_duties_are_written_on_their_pages(house: SimpleNamespace) -> None:
    browser = browser_of(house.president)
    browser.post(
        reverse("team:duty_add"),
        {"name": "Open the office", "what": "The key is at the bakery.", "people": [house.admin.pk]},
    )
    page = browser.get(reverse("team:duties")).content.decode()
    assert "Open the office" in page
    pk = page.split('id="duty-')[1].split('"')[0]
    browser.post(reverse("team:duty_change", args=[pk]), {"name": "Open the office", "what": "", "people": []})
    again = browser.post(reverse("team:duty_add"), {"name": "open the OFFICE"})
    assert (again.status_code, set(again.context["form"].errors)) == (422, {"name"})
    browser.post(reverse("team:duty_remove", args=[pk]))
    assert browser.get(reverse("team:duty_change", args=[pk])).status_code == 404
