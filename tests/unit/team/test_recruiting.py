"""From the public page of a campaign to an observer who has signed in."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import personal
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people.errors import EmailMalformed
from essaim.manager.people.models import Grant, Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.team import campaigns, recruiting
from essaim.manager.team.errors import (
    AddressUnproved,
    AlreadyDecided,
    CampaignBackwards,
    CampaignExists,
    CandidateLinkGone,
    TooManyApplications,
    ZoneUnknown,
)
from essaim.manager.team.models import Campaign, Candidate
from tests.unit.team.conftest import browser_of

NEW = "candidature@example.test"
FORM = {
    "name": "Núria Ó Briain",
    "email": NEW,
    "zone": "America/Montreal",
    "would_do": "Answer clients, <b>learn</b> mail.",
}


@pytest.fixture
def campaign(house: SimpleNamespace) -> Campaign:
    return campaigns.write_campaign(
        None, title="Two for support", text="We look for **two**.", first_day=campaigns.today(), by=house.president
    )


def link(kind: str) -> str:
    found = re.search(r"https?://[^/]+(/\S+)", Mail.objects.filter(kind=kind).latest("id").text)
    assert found is not None
    return found[1]


def forget() -> None:
    """What happens to candidates each night."""
    declared = next(one for one in personal.declarations() if one.model is Candidate)
    for rows in declared.forgotten(timezone.now()):
        rows.delete()


def visitor() -> Browser:
    return Browser(headers={"accept-language": "en"})


def waiting(campaign: Campaign) -> Candidate:
    recruiting.apply(campaign, **FORM)
    return recruiting.prove(link("prove address").split("/")[-2])


def test_a_visitor_applies_proves_and_is_listed(house: SimpleNamespace, campaign: Campaign) -> None:
    browser = visitor()
    assert "Two for support" in browser.get("/join/").content.decode()
    assert "<strong>two</strong>" in browser.get("/join/two-for-support/").content.decode()

    answer = browser.post("/join/two-for-support/", FORM)
    assert "A letter is on its way." in answer.content.decode()
    assert not recruiting.candidates(seen_by=house.president).exists()
    path = link("prove address")
    assert "Confirm your address" in browser.get(path).content.decode()
    assert not recruiting.candidates(seen_by=house.president).exists()  # a program that opens links proves nothing
    browser.post(path)

    page = browser_of(house.president).get(reverse("team:candidates")).content.decode()
    assert "Núria Ó Briain" in page
    one = browser_of(house.president).get(reverse("team:candidate", args=[Candidate.objects.get().pk])).content.decode()
    assert "&lt;b&gt;learn&lt;/b&gt;" in one
    assert browser.get(path).status_code == 410


def test_whoever_applies_again_learns_nothing(campaign: Campaign) -> None:
    waiting(campaign)
    before = Mail.objects.count()
    answer = visitor().post("/join/two-for-support/", {**FORM, "name": "Somebody else"})
    assert "A letter is on its way." in answer.content.decode()
    assert (Mail.objects.count(), Candidate.objects.get().name) == (before, "Núria Ó Briain")


def test_applications_are_slowed_down(campaign: Campaign) -> None:
    for _number in range(3):
        recruiting.apply(campaign, **FORM, address="192.0.2.7")
    with pytest.raises(TooManyApplications):
        recruiting.apply(campaign, **FORM, address="192.0.2.8")
    for number in range(7):
        recruiting.apply(campaign, **{**FORM, "email": f"n{number}@example.test"}, address="192.0.2.7")
    with pytest.raises(TooManyApplications):
        recruiting.apply(campaign, **{**FORM, "email": "n8@example.test"}, address="192.0.2.7")


def test_what_is_wrong_is_said_at_its_field(campaign: Campaign) -> None:
    with pytest.raises(EmailMalformed):
        recruiting.apply(campaign, **{**FORM, "email": "nobody"})
    with pytest.raises(ZoneUnknown):
        recruiting.apply(campaign, **{**FORM, "zone": "Moon/Tranquility"})
    answer = visitor().post("/join/two-for-support/", {**FORM, "zone": "Moon/Tranquility", "name": ""})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"zone", "name"})
    assert FORM["would_do"].split(",")[0] in answer.content.decode()


def test_a_campaign_opens_and_closes_on_its_days(house: SimpleNamespace) -> None:
    today, day = campaigns.today(), timedelta(days=1)
    write = campaigns.write_campaign
    write(None, title="Over", text="x", first_day=today - 2 * day, last_day=today - day, by=house.president)
    write(None, title="To come", text="x", first_day=today + day, by=house.president)
    write(None, title="Last day", text="x", first_day=today, last_day=today, by=house.president)
    assert [one.title for one in campaigns.open_campaigns()] == ["Last day"]
    browser = visitor()
    assert "This call is closed." in browser.get("/join/over/").content.decode()
    assert browser.post("/join/over/", FORM).status_code == 410
    assert (browser.get("/join/to-come/").status_code, browser.get("/join/nothing/").status_code) == (404, 404)
    with pytest.raises(CampaignBackwards):
        write(None, title="Backwards", text="x", first_day=today, last_day=today - day, by=house.president)
    with pytest.raises(CampaignExists):
        write(None, title="Over", text="x", first_day=today, by=house.president)


def test_nothing_open_is_said(db: None) -> None:
    assert "No call is open at the moment" in visitor().get("/join/").content.decode()


def test_an_accepted_candidate_joins_and_waits_for_a_second_person(house: SimpleNamespace, campaign: Campaign) -> None:
    candidate = waiting(campaign)
    board = browser_of(house.president)
    board.post(reverse("team:candidate_note", args=[candidate.pk]), {"text": "Met at the assembly."})
    board.post(reverse("team:candidate_accept", args=[candidate.pk]), {"decision": "Minutes of 12 November, item 4."})
    path, browser = link("accepted"), visitor()
    assert "as an observer" in browser.get(path).content.decode()

    browser.post(path, {"password": "un cheval correct", "again": "un cheval correct"})

    person = Person.objects.get(email=NEW)
    assert (person.name, person.is_team, person.zone.name) == ("Núria Ó Briain", False, "America/Montreal")
    grant = Grant.objects.get(person=person)
    assert (grant.group, grant.granted_by, grant.confirmed_at) == ("observer", house.president, None)
    assert Candidate.objects.get().state == Candidate.State.JOINED
    assert visitor().get(path).status_code == 410
    codes = set(AuditLine.objects.filter(about_kind="candidate").values_list("code", flat=True))
    assert codes == {"team.candidate_asked", "team.candidate_noted", "team.candidate_accepted", "team.joined"}


def test_who_signs_in_already_joins_with_that(house: SimpleNamespace, campaign: Campaign) -> None:
    from tests.unit.factories import make_person

    person, other = make_person(NEW), make_person()
    recruiting.accept(waiting(campaign), by=house.president, decision="Minutes.")
    path = link("accepted")
    assert visitor().get(path)["Location"].startswith(reverse("people:sign_in"))
    assert browser_of(other).post(path).status_code == 409
    browser_of(person).post(path)
    assert Candidate.objects.get().person == person


def test_a_declined_candidate_gets_a_letter_and_is_forgotten_later(house: SimpleNamespace, campaign: Campaign) -> None:
    candidate = waiting(campaign)
    recruiting.decline(candidate, by=house.president, decision="Minutes.", words="Come back next year.")
    assert "Come back next year." in Mail.objects.get(kind="declined").text
    with pytest.raises(AlreadyDecided):
        recruiting.accept(candidate, by=house.president, decision="Changed our mind.")
    forget()
    assert Candidate.objects.exists()
    Candidate.objects.update(decided_at=timezone.now() - timedelta(days=184))
    forget()
    assert not Candidate.objects.exists()


def test_a_decision_needs_words_a_proved_address_and_the_right(house: SimpleNamespace, campaign: Campaign) -> None:
    recruiting.apply(campaign, **FORM)
    candidate = Candidate.objects.get()
    with pytest.raises(AddressUnproved):
        recruiting.accept(candidate, by=house.president, decision="Minutes.")
    recruiting.prove(link("prove address").split("/")[-2])
    with pytest.raises(ReasonMissing):
        recruiting.accept(candidate, by=house.president, decision=" ")
    with pytest.raises(RightMissing):
        recruiting.accept(candidate, by=house.admin, decision="Minutes.")
    with pytest.raises(RightMissing):
        recruiting.candidates(seen_by=house.observer)


def test_an_old_link_proves_nothing_and_is_forgotten(campaign: Campaign) -> None:
    recruiting.apply(campaign, **FORM)
    Candidate.objects.update(link_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(CandidateLinkGone):
        recruiting.prove(link("prove address").split("/")[-2])
    forget()
    assert not Candidate.objects.exists()
