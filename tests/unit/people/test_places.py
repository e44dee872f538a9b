"""Places at a client: another role, an end, leaving, and ownership handed over by the consent of both."""

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from essaim.manager.core.errors import NotAllowed
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import errors, handovers, invitations, places
from essaim.manager.people.models import Client, Handover, Membership, Person
from tests.unit.factories import make_client, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def bees() -> Client:
    return make_client("bees", name="Bees of the lake")


@pytest.fixture
def owner(bees: Client) -> Person:
    return make_person(client=bees)


def place_of(person: Person) -> Membership:
    return Membership.objects.select_related("client").get(person=person)


def roles(client: Client) -> dict[str, str]:
    return dict(client.memberships.values_list("person__email", "role"))


def browser_of(person: Person) -> Browser:
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(person)
    return browser


def test_a_role_is_changed_told_and_noted(bees: Client, owner: Person) -> None:
    other = make_person(client=bees, role="reader")
    answer = browser_of(owner).post(reverse("people:place", args=["bees", place_of(other).pk]), {"role": "manager"})

    assert (answer.status_code, roles(bees)[other.email]) == (302, "manager")
    assert AuditLine.objects.get(code="people.role_changed").facts["before"] == {"role": "reader"}
    assert Mail.objects.get().to == other.email


def test_the_last_owner_neither_leaves_nor_becomes_less(bees: Client, owner: Person) -> None:
    make_person(client=bees, role="manager")
    with pytest.raises(errors.LastOwner):
        places.leave(bees, by=owner)
    with pytest.raises(errors.LastOwner):
        places.change_role(place_of(owner), role="reader", by=owner)
    with pytest.raises(errors.LastOwner):
        places.remove(place_of(owner), by=make_person(is_team=True))
    assert "hand-over" in browser_of(owner).get("/clients/bees/leave/").content.decode()


def test_who_is_not_the_last_owner_leaves(bees: Client, owner: Person) -> None:
    second = make_person(client=bees)
    assert browser_of(second).post("/clients/bees/leave/").status_code == 302
    assert list(roles(bees)) == [owner.email]
    assert AuditLine.objects.filter(code="people.member_left", who=second.email).exists()
    assert browser_of(second).get("/clients/bees/").status_code == 404


def test_of_two_owners_who_remove_each_other_one_stays(bees: Client, owner: Person) -> None:
    second = make_person(client=bees)
    mine, theirs = place_of(owner), place_of(second)
    places.remove(theirs, by=owner)
    with pytest.raises(NotAllowed):  # asked before, done after: the right is looked at when the client is locked
        places.remove(mine, by=second)
    assert list(roles(bees)) == [owner.email]


def test_who_was_removed_is_told(bees: Client, owner: Person) -> None:
    other = make_person(client=bees, role="reader")
    browser_of(owner).post(reverse("people:place_remove", args=["bees", place_of(other).pk]))
    assert Mail.objects.get(kind="place ended").to == other.email
    with pytest.raises(errors.PlaceMissing):
        places.get_place(bees, 0)


def test_ownership_changes_hands_once_both_have_said_yes(bees: Client, owner: Person) -> None:
    taker = make_person(client=bees, role="reader")
    browser_of(owner).post("/clients/bees/hand-over/", {"to": taker.email})
    assert roles(bees) == {owner.email: "owner", taker.email: "reader"}  # nothing yet
    link = re.search(r"https?://[^/]+(/handovers/\d+/)", Mail.objects.get(kind="handover offered").text)
    assert link is not None

    assert "Accept the ownership" in browser_of(taker).get(link[1]).content.decode()
    browser_of(taker).post(link[1], {"act": "accept"})

    assert roles(bees) == {owner.email: "manager", taker.email: "owner"}
    assert Mail.objects.get(kind="handover answered").to == owner.email
    browser_of(taker).post(link[1], {"act": "accept"})  # twice is once
    assert Mail.objects.filter(kind="handover answered").count() == 1


def test_who_hands_over_may_leave_by_it(bees: Client, owner: Person) -> None:
    taker = make_person(client=bees, role="manager")
    handovers.accept(handovers.offer(bees, to=taker.email, by=owner, giver_leaves=True), by=taker)
    assert roles(bees) == {taker.email: "owner"}


def test_a_declined_and_a_withdrawn_offer_change_nothing(bees: Client, owner: Person) -> None:
    taker = make_person(client=bees, role="manager")
    declined = handovers.offer(bees, to=taker.email, by=owner)
    browser_of(taker).post(f"/handovers/{declined.pk}/", {"act": "decline"})
    withdrawn = handovers.offer(bees, to=taker.email, by=owner)
    browser_of(owner).post(f"/handovers/{withdrawn.pk}/", {"act": "withdraw"})

    assert roles(bees) == {owner.email: "owner", taker.email: "manager"}
    for gone in (declined, withdrawn):
        assert browser_of(taker).post(f"/handovers/{gone.pk}/", {"act": "accept"}).status_code == 410


def test_a_second_offer_takes_the_place_of_the_first(bees: Client, owner: Person) -> None:
    first, second = (make_person(client=bees, role="manager") for _ in range(2))
    handovers.offer(bees, to=first.email, by=owner)
    handovers.offer(bees, to=second.email, by=owner)
    assert list(Handover.objects.order_by("id").values_list("state", flat=True)) == ["withdrawn", "offered"]


def test_an_offer_of_who_is_no_owner_any_more_is_gone(bees: Client, owner: Person) -> None:
    taker, third = make_person(client=bees, role="manager"), make_person(client=bees)
    offered = handovers.offer(bees, to=taker.email, by=owner)
    places.change_role(place_of(owner), role="reader", by=third)
    with pytest.raises(errors.HandoverGone):
        handovers.accept(offered, by=taker)
    assert roles(bees)[taker.email] == "manager"


def test_nobody_hands_over_what_is_not_theirs(bees: Client, owner: Person) -> None:
    manager, stranger = make_person(client=bees, role="manager"), make_person()
    with pytest.raises(errors.NotAnOwner):
        handovers.offer(bees, to=manager.email, by=make_person(is_team=True))
    for nobody in (stranger.email, owner.email, "nobody"):
        with pytest.raises(errors.HandoverToNobody):
            handovers.offer(bees, to=nobody, by=owner)
    offered = handovers.offer(bees, to=manager.email, by=owner)
    for act in (handovers.accept, handovers.decline):
        with pytest.raises(errors.HandoverMissing):
            act(offered, by=stranger)
    assert browser_of(stranger).get(f"/handovers/{offered.pk}/").status_code == 404


def test_an_invitation_opened_again_says_what_became_of_it(bees: Client, owner: Person) -> None:
    invited = make_person("ada@example.test")
    invitations.invite(bees, email=invited.email, by=owner, role="reader")
    link = re.search(r"https?://[^/]+(/invitations/\S+)", Mail.objects.latest("id").text)
    assert link is not None
    path = link[1]

    assert browser_of(owner).get(path).status_code == 409  # somebody else's: told at once
    browser_of(invited).post(path)
    again = browser_of(invited).get(path, follow=True)
    assert "You accepted this invitation before" in again.content.decode()
    assert "people.invitation_accepted" in Browser().get(path).content.decode()
    invitations.invite(bees, email="other@example.test", by=owner)
    invitations.invite(bees, email="other@example.test", by=owner)
    old = re.search(r"https?://[^/]+(/invitations/\S+)", Mail.objects.order_by("-id")[1].text)
    assert old is not None
    assert "people.invitation_withdrawn" in Browser().get(old[1]).content.decode()
