"""The team through the API: the same words as its pages."""

from types import SimpleNamespace

import pytest
from django.test import Client as Browser

from essaim.manager.people.models import Person
from essaim.manager.people.tokens import issue_token
from essaim.manager.team import duties

SCOPES = {"president": ["team:read", "team:write"], "observer": ["team:read"], "admin": ["team:read"]}


@pytest.fixture
def calls(house: SimpleNamespace) -> dict[str, Browser]:
    found = {}
    for name, scopes in SCOPES.items():
        person = getattr(house, name)
        text = issue_token(person, name="t", scopes=scopes, by=person)[1]
        found[name] = Browser(headers={"authorization": f"Bearer {text}", "accept-language": "en"})
    return found


def test_who_is_there_is_listed(house: SimpleNamespace, calls: dict[str, Browser]) -> None:
    items = calls["observer"].get("/api/v1/team").json()["items"]
    assert [(one["name"], one["zone"]) for one in items] == [
        ("Admin", "America/Montreal"),
        ("Observer", "Europe/Paris"),
        ("President", "Europe/Paris"),
    ]
    assert {one["state"] for one in items} <= {"there", "awake", "asleep", "away"}


def test_a_weeks_cover_has_its_holes(calls: dict[str, Browser]) -> None:
    found = calls["president"].get("/api/v1/team/cover?week=2026-03-29").json()
    assert (found["monday"], found["zone"], found["hours"]) == ("2026-03-23", "Europe/Paris", 167)
    assert found["holes"][0]["begins"] == "2026-03-22T23:00:00Z"
    assert calls["president"].get("/api/v1/team/cover?week=tomorrow").status_code == 422


def test_the_bus_factor_of_the_house_and_without_some(house: SimpleNamespace, calls: dict[str, Browser]) -> None:
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin, house.observer])
    asked = f"/api/v1/team/bus-factor?gone={house.admin.email}&gone={house.observer.email}"
    found = calls["president"].get(asked).json()
    assert found["factor"] == 1
    assert "Pay the bills" in [one["name"] for one in found["lost"]]
    assert calls["president"].get("/api/v1/team/bus-factor?gone=nobody@example.test").status_code == 404


def test_leaving_is_looked_at_then_done(house: SimpleNamespace, calls: dict[str, Browser]) -> None:
    path = f"/api/v1/team/members/{house.observer.email}"
    outlook = calls["president"].get(f"{path}/leaving").json()
    assert {one["name"]: one["count"] for one in outlook["doors"]} == {"groups": 1, "tokens": 1}

    body = {"reason": "No time.", "successor": ""}
    answer = calls["president"].post(f"{path}/leave", body, content_type="application/json")

    assert (answer.status_code, answer.json()["keeps_sign_in"]) == (200, False)
    assert not Person.objects.get(pk=house.observer.pk).is_team
    assert calls["observer"].get("/api/v1/team").status_code == 401


def test_who_may_not_let_others_go_neither_looks_nor_does(house: SimpleNamespace, calls: dict[str, Browser]) -> None:
    path = f"/api/v1/team/members/{house.president.email}"
    assert calls["observer"].get(f"{path}/leaving").status_code == 403
    answer = calls["admin"].post(f"{path}/leave", {"reason": "x"}, content_type="application/json")
    assert answer.status_code == 403
    assert Person.objects.get(pk=house.president.pk).is_team
