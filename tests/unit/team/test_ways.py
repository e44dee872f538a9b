"""Hours, duties, agreement, calls and candidates through the API: what the pages do, with the same refusals."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import masks
from essaim.manager.team import agreement, campaigns, duties, recruiting
from essaim.manager.team.models import Candidate, CandidateNote
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_person

WORDS = "I am Camille Unmistakable, write to camille@example.test."


@pytest.fixture
def calls(house: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(**{name: Caller(token_for(person)) for name, person in vars(house).items()})


@pytest.fixture
def candidate(house: SimpleNamespace) -> Candidate:
    today = campaigns.today()
    call = campaigns.write_campaign(None, title="Two for support", text="Come.", first_day=today, by=house.president)
    return Candidate.objects.create(
        campaign=call,
        name="Camille Unmistakable",
        email="camille@example.test",
        zone="Europe/Paris",
        would_do=WORDS,
        state=Candidate.State.WAITING,
        sha256="0" * 64,
        link_until=timezone.now() + timedelta(days=1),
    )


def test_a_volunteer_says_their_hours_and_what_is_not_named_stays(calls: SimpleNamespace) -> None:
    change = {"zone": "America/Montreal", "saturday": "9-12"}
    found = calls.president("PATCH", "/team/members/me/hours", change).json()
    assert (found["zone"], found["saturday"]) == ("America/Montreal", "9:00-12:00")
    assert found["monday"] == "9:00-12:00, 14:00-17:00"
    seen = calls.observer.get("/team/members/president@example.test/hours").json()
    assert seen == found
    wrong = calls.president("PATCH", "/team/members/me/hours", {"monday": "late"}).json()
    assert wrong["code"] == "team.hours_malformed"


def test_an_observer_says_their_own_hours_and_nobody_elses(calls: SimpleNamespace) -> None:
    assert calls.observer("PATCH", "/team/members/me/hours", {"monday": "9-12"}).status_code == 200
    other = "/team/members/president@example.test"
    assert calls.observer("PATCH", f"{other}/hours", {"monday": ""}).json()["code"] == "people.right_missing"
    days = {"first_day": "2027-01-04", "last_day": "2027-01-05"}
    assert calls.observer.post(f"{other}/absences", days).status_code == 403
    assert calls.president.post("/team/members/observation@example.test/absences", days).status_code == 201


def test_an_absence_comes_and_goes(calls: SimpleNamespace) -> None:
    day = timezone.localdate()
    days = {"first_day": day.isoformat(), "last_day": (day + timedelta(days=3)).isoformat(), "note": "Away."}
    made = calls.observer.post("/team/members/me/absences", days)
    assert made.status_code == 201
    assert calls.observer.post("/team/members/me/absences", days).json() == made.json()
    state = {one["email"]: one["state"] for one in calls.president.get("/team").json()["items"]}
    assert state["observation@example.test"] == "away"
    path = f"/team/absences/{made.json()['id']}/remove"
    assert calls.president.post(path).json()["code"] == "team.absence_not_found"
    assert calls.observer.post(path).json()["absences"] == []


def test_the_address_of_the_calendars_opens_until_it_is_taken_back(calls: SimpleNamespace) -> None:
    assert calls.observer.get("/team/feed").json()["made_at"] is None
    made = calls.observer.post("/team/feed")
    path = made.json()["cover"].split("://", 1)[1].partition("/")[2]
    assert (made.status_code, Browser().get(f"/{path}").status_code) == (201, 200)
    assert calls.observer.get("/team/feed").json()["made_at"] is not None
    calls.observer.post("/team/feed/revoke")
    assert Browser().get(f"/{path}").status_code == 404


def test_the_best_hours_of_a_week_name_who_is_there(calls: SimpleNamespace) -> None:
    found = calls.observer.get("/team/windows?week=2026-11-25&meeting=60").json()
    assert (found["monday"], len(found["meetings"])) == ("2026-11-23", 5)
    assert found["meetings"][0]["there"] == ["machines@example.test", "president@example.test"]
    assert found["maintenances"][0]["quiet"] == len(found["zones"])
    assert calls.observer.get("/team/windows?meeting=1").status_code == 422


def test_a_duty_is_written_down_changed_and_removed(calls: SimpleNamespace) -> None:
    order = {"name": "Pay the bills", "people": ["president@example.test"]}
    made = calls.president.post("/team/duties", order)
    assert (made.status_code, made.json()["people"]) == (201, ["president@example.test"])
    path = f"/team/duties/{made.json()['id']}"
    assert calls.president("PATCH", path, {"what": "At the bank."}).json()["people"] == ["president@example.test"]
    assert calls.president("PATCH", path, {"people": []}).json()["what"] == "At the bank."
    assert calls.president.post("/team/duties", order).json()["code"] == "team.duty_exists"
    assert calls.admin.post("/team/duties", {"name": "Other"}).status_code == 403
    assert calls.president.post(f"{path}/remove").json()["items"] == []


def test_the_agreement_says_who_signed_and_no_token_signs(house: SimpleNamespace, calls: SimpleNamespace) -> None:
    assert calls.observer.get("/team/agreement").json()["current"] is None
    draft = {"title": "Confidentiality", "text": "I keep it."}
    assert calls.observer.post("/team/agreement/draft", draft).status_code == 403
    assert calls.president.post("/team/agreement/draft", draft).json()["in_force_at"] is None
    agreement.put_in_force(by=house.president)
    assert calls.president.get("/team/agreement").json()["code"] == "people.agreement_unsigned"
    agreement.sign(house.president, number=1, typed_name=house.president.name)
    found = calls.president.get("/team/agreement").json()
    assert found["current"]["text"] == "I keep it.\n"
    signed = {one["email"]: one["signed_at"] is not None for one in found["signatures"]}
    assert signed == {
        "president@example.test": True,
        "machines@example.test": False,
        "observation@example.test": False,
    }


def test_a_call_is_written_and_its_days_changed(calls: SimpleNamespace) -> None:
    day = campaigns.today()
    order = {"title": "Two for support", "text": "Come.", "first_day": day.isoformat(), "last_day": day.isoformat()}
    made = calls.president.post("/team/campaigns", order)
    assert (made.status_code, made.json()["slug"], made.json()["state"]) == (201, "two-for-support", "open")
    path = "/team/campaigns/two-for-support"
    assert calls.president("PATCH", path, {"title": "Three"}).json()["last_day"] == day.isoformat()
    assert calls.president("PATCH", path, {"last_day": None}).json()["last_day"] is None
    past = (day - timedelta(days=1)).isoformat()
    assert calls.president("PATCH", path, {"last_day": past}).json()["code"] == "team.campaign_backwards"
    assert calls.observer.get("/team/campaigns").status_code == 403


def test_a_candidate_is_read_noted_and_declined(calls: SimpleNamespace, candidate: Candidate) -> None:
    assert [one["name"] for one in calls.president.get("/team/candidates").json()["items"]] == [candidate.name]
    path = f"/team/candidates/{candidate.pk}"
    noted = calls.president.post(f"{path}/notes", {"text": "Seen."}).json()
    assert (noted["would_do"], noted["notes"][0]["text"]) == (WORDS, "Seen.")
    done = calls.president.post(f"{path}/decline", {"decision": "Board, item 5."}).json()
    assert (done["state"], done["decided_by"]) == ("declined", "president@example.test")
    again = calls.president.post(f"{path}/decline", {"decision": "Board."}).json()
    assert again["code"] == "team.already_decided"
    for caller in (calls.observer, calls.admin):
        assert caller.get(path).status_code == caller.get("/team/candidates").status_code == 403


def test_an_observer_reads_nothing_of_a_candidate(house: SimpleNamespace, candidate: Candidate) -> None:
    recruiting.note(candidate, text=f"Known: {WORDS}", by=house.president)
    browser = Browser()
    browser.force_login(house.observer)
    for address in ("team:candidates", "team:campaigns"):
        assert browser.get(reverse(address)).status_code == 403
    for path in (reverse("team:candidate", args=[candidate.pk]), reverse("team:team"), reverse("web:audit")):
        assert b"amille" not in browser.get(path).content
    with masks.read_by(masks.Reader(house.observer.pk, house.observer.email)):
        row, note = Candidate.objects.get(), CandidateNote.objects.get()
        assert (row.name, row.email, row.would_do, note.text) == ("C… U…", "c…@…", "…", "…")


def test_who_applied_themselves_reads_it_and_an_observer_may_apply(candidate: Candidate) -> None:
    again = {"name": "Sacha", "email": "sacha@example.test", "zone": "Europe/Paris", "would_do": "Help."}
    applicant = make_person("camille@example.test", groups=["observer"])
    with masks.read_by(masks.Reader(applicant.pk, applicant.email)):
        assert Candidate.objects.get().would_do == WORDS
        recruiting.apply(candidate.campaign, **again)
        recruiting.apply(candidate.campaign, **again)
    assert Candidate.objects.get(email="sacha@example.test").name == "Sacha"


def test_duties_are_listed_by_three_queries(house: SimpleNamespace, django_assert_num_queries: object) -> None:
    for name in ("Pay", "Write", "Open"):
        duties.add_duty(name=name, by=house.president, people=[house.admin, house.observer])
    with django_assert_num_queries(3):  # type: ignore[operator]
        [[holder.person.name for holder in duty.holders.all()] for duty in duties.all_duties()]
