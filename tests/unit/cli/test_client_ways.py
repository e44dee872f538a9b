"""Handover, notes, the end of a client, merging looked at and another e-mail address, through the API and from a terminal."""

from pathlib import Path
from types import SimpleNamespace

from django.test import Client as Browser
from django.urls import reverse

from essaim.manager.core import masks
from essaim.manager.core.models import Mail
from essaim.manager.people import endings, team_notes
from essaim.manager.people.models import Client, EmailChange, Ending, Membership, Note, Person
from tests.unit.api.calling import Caller, token_for
from tests.unit.cli.conftest import Run
from tests.unit.factories import make_client, make_person

PDF = b"%PDF-1.4 a certificate"
SECRET = "Camille Unmistakable is ill."


def test_ownership_goes_over_by_the_consent_of_both(house: SimpleNamespace) -> None:
    taker = make_person("taker@example.test", client=house.client, role="manager")
    as_owner, as_taker = Caller(token_for(house.owner)), Caller(token_for(taker))
    order = {"client": "garden", "to": taker.email, "giver_leaves": True}
    offered = as_owner.post("/handovers", order)
    assert (offered.status_code, offered.json()["state"]) == (201, "offered")
    number = offered.json()["id"]
    assert [one["id"] for one in as_taker.get("/handovers").json()["items"]] == [number]
    assert as_owner.post(f"/handovers/{number}/accept").status_code == 404
    assert as_taker.post(f"/handovers/{number}/accept").json()["state"] == "accepted"
    places = dict(house.client.memberships.values_list("person", "role"))
    assert places == {taker.pk: Membership.Role.OWNER}
    assert as_taker.post(f"/handovers/{number}/decline").json()["code"] == "people.handover_gone"
    assert Caller(token_for(house.team)).post("/handovers", order).json()["code"] == "people.not_an_owner"


def test_an_observer_and_the_clients_people_read_no_note(house: SimpleNamespace) -> None:
    team = Caller(token_for(house.team))
    assert team.post("/clients/garden/notes", {"text": " "}).json()["code"] == "people.note_empty"
    made = team.post("/clients/garden/notes", {"text": SECRET}).json()
    assert [one["text"] for one in team.get("/clients/garden/notes").json()["items"]] == [SECRET]
    observer = make_person("observer@example.test", groups=["observer"])
    for person in (observer, house.owner):
        caller = Caller(token_for(person))
        assert caller.get("/clients/garden/notes").status_code == 403
        browser = Browser()
        browser.force_login(person)
        for page in (reverse("people:client", args=["garden"]), reverse("web:home"), "/team/search/?text=Unmistakable"):
            assert b"is ill" not in browser.get(page).content
    assert b"is ill" not in Caller(token_for(observer)).get("/audit?client=garden").content
    with masks.read_by(masks.Reader(observer.pk, observer.email)):
        assert Note.objects.get().text == "…"
    with masks.read_by(masks.Reader(observer.pk, observer.email, {house.client.pk: "garden"})):
        assert Note.objects.get().text == SECRET
    assert team.post(f"/clients/garden/notes/{made['id']}/erase").json()["items"] == []


def test_a_client_ends_by_two_with_a_paper(house: SimpleNamespace) -> None:
    first, second = (Caller(token_for(make_person(groups=["administrator"]))) for _one in range(2))
    path = "/clients/garden/endings"
    order = {"cause": "dissolution", "reason": SECRET, "ends_on": "2020-01-01"}
    assert first.post(path, order).status_code == 201
    assert second.post(f"{path}/approve").json()["code"] == "people.document_missing"
    for _twice in range(2):
        kept = first("PUT", f"{path}/document?filename=notice.pdf", PDF).json()
    assert [one["filename"] for one in kept["documents"]] == ["notice.pdf"]
    assert first("PUT", f"{path}/document?filename=x.pdf", b"text").json()["code"] == "people.document_refused"
    assert first.post(f"{path}/approve").json()["code"] == "people.second_volunteer_missing"
    paper = f"{path}/documents/{kept['documents'][0]['id']}"
    assert second.get(paper).content == PDF
    assert second.get(f"{path}/documents/999").json()["code"] == "people.document_not_found"
    observer = make_person("observer@example.test", groups=["observer"])
    for asked in (path, paper):
        assert Caller(token_for(observer)).get(asked).status_code == 403
    with masks.read_by(masks.Reader(observer.pk, observer.email)):
        assert (Ending.objects.get().reason, endings.EndingDocument.objects.get().filename) == ("…", "…")
    assert second.post(f"{path}/approve").json()["state"] == "done"
    assert Client.objects.get(slug="garden").state == Client.State.CLOSED
    assert second.post(f"{path}/withdraw").json()["code"] == "people.ending_gone"


def test_merging_is_looked_at_before(house: SimpleNamespace) -> None:
    make_client("garden-2")
    team = Caller(token_for(house.team))
    team_notes.write_note(Client.objects.get(slug="garden"), text="Seen.", by=house.team)
    seen = team.get("/merges/preview?kept=garden-2&gone=garden").json()
    assert (seen["kept"], seen["gone"]) == ("garden-2", "garden")
    assert all(one["number"] for one in seen["moving"])
    assert Client.objects.get(slug="garden").state == Client.State.ACTIVE
    assert team.get("/merges/preview?kept=garden&gone=garden").json()["code"] == "people.merge_with_itself"
    assert Caller(token_for(house.owner)).get("/merges/preview?kept=garden&gone=garden").status_code == 403


def test_another_address_is_asked_for_and_changes_by_letters_alone(house: SimpleNamespace) -> None:
    owner = Caller(token_for(house.owner))
    before = house.owner.email
    asked = owner.post("/me/email", {"email": "new@example.test"})
    assert (asked.status_code, asked.json()["wanted"], asked.json()["email"]) == (202, "new@example.test", before)
    assert set(Mail.objects.values_list("to", flat=True)) >= {before, "new@example.test"}
    assert owner.get("/me/email").json()["is_agreed_by_old"] is False
    assert owner.post("/me/email", {"email": before}).json()["code"] == "people.email_same"
    without = Caller(token_for(house.owner, ["sites:write"]))
    assert without.post("/me/email", {"email": "x@example.test"}).json()["code"] == "people.scope_missing"
    assert EmailChange.objects.count() == 1


def test_from_a_terminal(essaim: Run, house: SimpleNamespace, tmp_path: Path) -> None:
    taker = make_person("taker@example.test", client=house.client, role="manager")
    as_owner, as_taker = {"ESSAIM_TOKEN": token_for(house.owner)}, {"ESSAIM_TOKEN": token_for(taker)}
    as_team = {"ESSAIM_TOKEN": token_for(house.team)}
    assert "is asked by a letter" in essaim("client", "ownership", "offer", "garden", taker.email, **as_owner).out
    number = essaim("client", "ownership", "list", **as_taker).out.splitlines()[1].split()[0]
    assert "owner of garden" in essaim("client", "ownership", "accept", number).out
    assert "You have left garden" in essaim("client", "leave", "garden", "--yes", **as_owner).out
    assert "is asked for" in essaim("email", "new@example.test").out
    assert "is kept" in essaim("client", "note", "add", "garden", "Seen.", **as_team).out
    assert "Seen." in essaim("client", "note", "list", "garden").out
    make_client("garden-2")
    assert essaim("client", "merge", "garden-2", "garden", "--look").code == 0
    assert essaim("client", "merge", "garden-2", "garden").code == 2
    paper = tmp_path / "notice.pdf"
    paper.write_bytes(PDF)
    order = ("--cause", "death", "--reason", "A letter.", "--on", "2099-01-01")
    assert "proposed" in essaim("client", "end", "propose", "garden", *order).out
    assert "notice.pdf" in essaim("client", "end", "paper", "garden", str(paper)).out
    shown = essaim("client", "end", "show", "garden").out
    number = shown.partition(": notice.pdf")[0].split()[-1]
    copy = tmp_path / "copy.pdf"
    assert "copy.pdf" in essaim("client", "end", "fetch", "garden", number, "--output", str(copy)).out
    assert copy.read_bytes() == PDF
    assert essaim("client", "end", "approve", "garden").code in (3, 6)
    assert "people.ending_proposed" in essaim("client", "history", "garden").out
    assert "withdrawn" in essaim("client", "end", "withdraw", "garden").out
    assert "withdrawn" in essaim("client", "end", "show", "garden").out


def test_an_owner_invites_takes_it_back_and_changes_roles(house: SimpleNamespace) -> None:
    owner = Caller(token_for(house.owner))
    order = {"email": "new@example.test", "role": "reader"}
    assert owner.post("/clients/garden/invitations", order).status_code == 201
    assert [one["email"] for one in owner.get("/clients/garden/invitations").json()["items"]] == ["new@example.test"]
    observer = Caller(token_for(make_person("observer@example.test", groups=["observer"])))
    assert observer.get("/clients/garden/invitations").json()["items"][0]["email"] == "n…@…"
    assert observer.post("/clients/garden/invitations", order).status_code == 403
    for _twice in range(2):
        assert owner.post("/clients/garden/invitations/withdraw", order | {"role": ""}).status_code == 422
        left = owner.post("/clients/garden/invitations/withdraw", {"email": "new@example.test"})
        assert left.json()["items"] == []
    make_person("member@example.test", client=house.client, role="reader")
    change = {"email": "member@example.test", "role": "manager"}
    assert owner.post("/clients/garden/people/role", change).json()["role"] == "manager"
    own = {"email": house.owner.email, "role": "reader"}
    assert owner.post("/clients/garden/people/role", own).json()["code"] == "people.last_owner"
    first = owner.get("/clients/garden/history?limit=1").json()
    assert (first["items"][0]["code"], first["items"][0]["who"]) == ("people.role_changed", house.owner.email)
    after = owner.get(f"/clients/garden/history?limit=1&after={first['next']}").json()
    assert after["items"][0]["id"] < first["items"][0]["id"]
    member = Caller(token_for(Person.objects.get(email="member@example.test")))
    assert (
        member.get("/clients/garden/history").status_code == observer.get("/clients/garden/history").status_code == 403
    )


def test_invitations_and_roles_from_a_terminal(essaim: Run, house: SimpleNamespace) -> None:
    assert "invites new@example.test" in essaim("client", "invite", "garden", "new@example.test").out
    assert "new@example.test" in essaim("client", "invitations", "garden").out
    assert "No invitation" in essaim("client", "uninvite", "garden", "new@example.test").out
    make_person("member@example.test", client=house.client, role="reader")
    assert "is billing of garden" in essaim("client", "role", "garden", "member@example.test", "billing").out
