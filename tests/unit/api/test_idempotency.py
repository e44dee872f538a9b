"""One act a key, however often it is sent."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from essaim.manager.core.models import AuditLine, IdempotencyKey
from essaim.manager.hosting.models import Site
from essaim.manager.people.models import ApiToken
from tests.unit.api.calling import Caller, token_for

KEY = "0b0c2a5e-test-key"
ORDER = {"account": "garden", "name": "once.example.test"}


def test_the_same_request_with_the_same_key_gets_the_same_answer_and_happens_once(house: SimpleNamespace) -> None:
    first = house.as_owner.post("/sites", ORDER, Idempotency_Key=KEY)
    again = house.as_owner.post("/sites", ORDER, Idempotency_Key=KEY)

    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert AuditLine.objects.filter(code="hosting.site_created", about_key="once.example.test").count() == 1


@pytest.mark.parametrize("body", [{**ORDER, "name": "other.example.test"}, {}])
def test_a_key_used_for_something_else_is_refused_and_nothing_happens(house: SimpleNamespace, body: object) -> None:
    house.as_owner.post("/sites", ORDER, Idempotency_Key=KEY)
    path = "/sites" if body else "/sites/once.example.test/prove"

    answer = house.as_owner.post(path, body, Idempotency_Key=KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "core.idempotency_key_reused")
    assert not Site.objects.filter(fqdn="other.example.test").exists()


def test_two_people_may_use_the_same_key(house: SimpleNamespace) -> None:
    house.as_owner.post("/sites", ORDER, Idempotency_Key=KEY)

    answer = house.as_team.post("/clients", {"name": "New"}, Idempotency_Key=KEY)

    assert answer.status_code == 201


def test_a_refusal_is_not_kept_so_that_asking_again_decides_again(house: SimpleNamespace) -> None:
    house.site.delete()
    assert (
        house.as_owner.post("/sites/garden.example.test/suspend", {"reason": "x"}, Idempotency_Key=KEY).status_code
        == 404
    )
    assert not IdempotencyKey.objects.exists()


def test_an_act_that_breaks_half_way_leaves_neither_rows_nor_key(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("essaim.manager.hosting.wishes.wish", break_down)

    answer = house.as_owner.post("/sites", ORDER, Idempotency_Key=KEY)

    assert (answer.status_code, answer.json()["code"]) == (500, "core.bug")
    assert not Site.objects.filter(fqdn="once.example.test").exists()
    assert not IdempotencyKey.objects.exists()


def test_a_replayed_secret_is_not_stored_in_the_clear(house: SimpleNamespace) -> None:
    body = {"name": "t", "scopes": ["sites:read"]}
    first = house.as_owner.post("/tokens", body, Idempotency_Key=KEY).json()

    assert first["token"] not in IdempotencyKey.objects.get().body
    assert house.as_owner.post("/tokens", body, Idempotency_Key=KEY).json() == first
    assert ApiToken.objects.filter(name="t").count() == 1


def test_another_token_of_the_same_person_does_not_get_the_secret(house: SimpleNamespace) -> None:
    body = {"name": "t", "scopes": ["sites:read"]}
    house.as_owner.post("/tokens", body, Idempotency_Key=KEY)

    answer = Caller(token_for(house.owner)).post("/tokens", body, Idempotency_Key=KEY)

    assert answer.json()["code"] == "core.idempotency_key_reused"


@pytest.mark.parametrize("key", ["short", "é" * 20, "x" * 129, "with a blank"])
def test_a_key_that_cannot_be_kept_is_refused(house: SimpleNamespace, key: str) -> None:
    answer = house.as_owner.post("/sites", ORDER, Idempotency_Key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "core.idempotency_key_malformed")


def test_a_key_is_forgotten_after_a_day(house: SimpleNamespace) -> None:
    house.as_owner.post("/sites", ORDER, Idempotency_Key=KEY)
    house.as_owner.post("/sites/garden.example.test/suspend", {"reason": "x"}, Idempotency_Key="another-key")
    IdempotencyKey.objects.update(at=timezone.now() - timedelta(hours=25))

    house.as_owner.post("/sites/once.example.test/suspend", {"reason": "x"}, Idempotency_Key=KEY)

    assert IdempotencyKey.objects.count() == 1
