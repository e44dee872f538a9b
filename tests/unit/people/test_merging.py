"""Clients that are one are found, merged after a look, and put back exactly."""

from datetime import timedelta

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting.actions import give_consent
from essaim.manager.people import apart, merging
from essaim.manager.people import client_errors as errors
from essaim.manager.people.actions import create_client
from essaim.manager.people.client_details import Reached, change_contact, change_details
from essaim.manager.people.duplicates import find_duplicates
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.models import Apart, Client, Merge, Person
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing
from tests.unit import factories as make
from tests.unit.api.calling import Caller, token_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Person:
    return make.make_person(is_team=True)


@pytest.fixture
def kept(team: Person) -> Client:
    client = make.make_client("bees", name="Les abeilles du lac")
    make.make_person("both@example.test", client=client)
    make.make_account(client, login="bees")
    return client


@pytest.fixture
def gone(kept: Client) -> Client:
    client = make.make_client("bees-2", name="Abeilles du Lac (association)")
    change_details(
        client,
        by=None,
        siret="73282932000074",
        street="1 quai",
        city="Annecy",
        postal_code="74000",
        country="FR",
        reference="C-2",
    )
    change_contact(client, "billing", by=None, reached=Reached(email="money@example.test"))
    both = Person.objects.get(email="both@example.test")
    both.memberships.create(client=client, role="reader")
    make.make_person("only@example.test", client=client, role="manager")
    account = make.make_account(client, login="lake")
    make.make_site(account, "lake.example.test")
    give_consent(fqdn="lake.example.test", owner=client, guest=make.make_client("choir"), by=None)
    give_consent(fqdn="lake.example.test", owner=client, guest=kept, by=None)
    return Client.objects.get(pk=client.pk)


def everything() -> list[object]:
    rows: list[object] = [model_to_dict(one) for one in Client.objects.order_by("pk")]
    for part in merging.parts():
        rows += list(part.model._default_manager.order_by("pk").values())
    return rows


def test_they_are_found(kept: Client, gone: Client, team: Person) -> None:
    assert [(likeness.what, [one.slug for one in likeness.clients]) for likeness in find_duplicates(by=team)] == [
        ("abeilles lac", ["bees", "bees-2"])
    ]
    change_details(kept, by=None, siren="732829320")
    first = find_duplicates(by=team)[0]
    assert (str(first.why), first.what) == ("the same SIREN", "732829320")


def test_two_that_are_not_one_are_remembered_as_a_pair_listed_and_taken_back(
    kept: Client, gone: Client, team: Person
) -> None:
    third = create_client(name="Abeilles du lac", by=None, slug="bees-3")
    told = apart.tell_apart(gone, kept, by=team, reason="Two lakes.")
    assert apart.tell_apart(kept, gone, by=team) == told
    found = find_duplicates(by=team)[0]
    assert [(one.slug, other and other.slug) for one, other in found.rows] == [
        ("bees", None), ("bees-2", None), ("bees-3", "bees"),
    ]  # fmt: skip

    apart.tell_apart(kept, third, by=team)
    assert [one.slug for one in find_duplicates(by=team)[0].clients] == ["bees-2", "bees-3"]
    apart.tell_apart(gone, third, by=team)
    assert find_duplicates(by=team) == []

    apart.take_back(told, by=team)
    assert [one.slug for one in find_duplicates(by=team)[0].clients] == ["bees", "bees-2"]
    assert AuditLine.objects.filter(code="people.told_apart", client_slug="bees").count() == 2
    with pytest.raises(RightMissing):
        apart.tell_apart(kept, gone, by=make.make_person(groups=["supporter"]))
    with pytest.raises(errors.MergeWithItself):
        apart.tell_apart(kept, kept, by=team)


def test_the_page_and_the_api_tell_apart(kept: Client, gone: Client, team: Person) -> None:
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(team)
    assert "/clients/bees/not/bees-2/" in browser.get("/team/duplicates/").text
    page = browser.post("/clients/bees/not/bees-2/", {"reason": "Two lakes."}, follow=True).text
    assert ("Two lakes." in page, "/clients/bees/merge/bees-2/" in page) == (True, False)
    caller = Caller(token_for(team))
    [told] = caller.get("/merges/apart").json()["items"]
    assert told["clients"] == ["bees", "bees-2"]
    assert caller.post(f"/merges/apart/{told['id']}/undo").status_code == 200
    assert caller.post(f"/merges/apart/{told['id']}/undo").json()["code"] == "people.apart_missing"
    assert caller.post("/merges/apart", {"one": "bees", "other": "bees-2"}).status_code == 200
    browser.post(f"/team/duplicates/{Apart.objects.get().pk}/again/")
    assert not Apart.objects.exists()


def test_finding_costs_the_same_queries_however_many(team: Person) -> None:
    counts = []
    for many in (2, 40):
        Client.objects.bulk_create(Client(slug=f"c{many}-{n}", name=f"Client {many} {n // 2}") for n in range(many))
        with CaptureQueriesContext(connection) as seen:
            find_duplicates(by=team)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_is_the_others_moves_and_its_details_fill_what_is_empty(kept: Client, gone: Client, team: Person) -> None:
    seen = merging.preview(kept, gone, by=team)
    assert dict(seen.moving) == {
        "People": 1, "Invitations": 0, "Contacts": 1, "Notes of the team": 0, "Accounts and their sites": 1, "Consents given": 1, "Consents received": 0,
    }  # fmt: skip
    merging.merge(kept, gone, by=team, reason="the same statutes")

    kept.refresh_from_db()
    assert sorted(kept.accounts.values_list("login", flat=True)) == ["bees", "lake"]
    assert dict(kept.memberships.values_list("person__email", "role")) == {
        "both@example.test": "owner", "only@example.test": "manager",
    }  # fmt: skip
    assert (kept.siren, kept.city, kept.reference) == ("732829320", "Annecy", "C-2")
    with pytest.raises(errors.ClientMerged):
        get_client("bees-2", seen_by=Person.objects.get(email="only@example.test"))
    with pytest.raises(ClientNotFound):
        get_client("bees-2", seen_by=make.make_person())


def test_undoing_puts_everything_back_exactly(kept: Client, gone: Client, team: Person) -> None:
    before = everything()
    merged = merging.merge(kept, gone, by=team, reason="the same statutes")
    assert everything() != before
    merging.undo(merged, by=team)
    merging.undo(merged, by=team)  # twice is once

    assert everything() == before


def test_what_came_after_the_merge_stays_with_the_kept_one(kept: Client, gone: Client, team: Person) -> None:
    merged = merging.merge(kept, gone, by=team, reason="the same statutes")
    make.make_account(kept, login="after")
    merging.undo(merged, by=team)
    assert sorted(kept.accounts.values_list("login", flat=True)) == ["after", "bees"]


def test_after_thirty_days_it_stays(kept: Client, gone: Client, team: Person) -> None:
    merged = merging.merge(kept, gone, by=team, reason="the same statutes")
    Merge.objects.update(at=timezone.now() - timedelta(days=31))
    merged.refresh_from_db()
    with pytest.raises(errors.MergeTooOld):
        merging.undo(merged, by=team)


def test_what_makes_no_sense_is_refused(kept: Client, gone: Client, team: Person) -> None:
    with pytest.raises(errors.MergeWithItself):
        merging.merge(kept, kept, by=team, reason="because")
    with pytest.raises(ReasonMissing):
        merging.merge(kept, gone, by=team, reason=" ")
    with pytest.raises(RightMissing):
        merging.merge(kept, gone, by=make.make_person(groups=["supporter"]), reason="because")
    merging.merge(kept, gone, by=team, reason="because")
    with pytest.raises(errors.MergeAgain):
        merging.merge(kept, gone, by=team, reason="because")


def test_every_way_to_a_client_moves_or_is_known_to_stay() -> None:
    moving = {(part.model, part.field) for part in merging.parts()}
    staying = {
        "Apart",
        "ClientErasure",
        "KeptClient",
        "Ending",
        "Handover",
        "Merge",
        "Export",
        "Person",
    }  # Person: by its place, which moves
    for relation in Client._meta.related_objects:
        way = (relation.related_model, relation.field.name)
        assert way in moving or relation.related_model.__name__ in staying, way


def test_the_pages_compare_merge_and_undo(kept: Client, gone: Client, team: Person) -> None:
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(team)
    assert "/clients/bees/merge/bees-2/" in browser.get("/team/duplicates/").content.decode()
    assert "732829320" in browser.get("/clients/bees/merge/bees-2/").content.decode()
    assert browser.post("/clients/bees/merge/bees-2/", {"reason": ""}).status_code == 422
    assert browser.post("/clients/bees/merge/bees-2/", {"reason": "the same"}).status_code == 302
    assert browser.get("/clients/bees-2/").status_code == 410
    browser.post(f"/team/merges/{Merge.objects.get().pk}/undo/")
    assert browser.get("/clients/bees-2/").status_code == 200
