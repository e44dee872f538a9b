"""Everything that is not a success is an RFC 9457 problem with a code, in the asker's language."""

from types import SimpleNamespace

import pytest
from django.db import OperationalError


def test_fields_that_cannot_be_accepted_are_each_named(house: SimpleNamespace) -> None:
    answer = house.as_owner.post("/sites", {"account": 7, "label": "x.example.test"})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "api.request_invalid")
    assert {(error["field"], error["code"]) for error in problem["errors"]} == {
        ("account", "string_type"),
        ("name", "missing"),
        ("label", "extra_forbidden"),
    }
    assert all(error["sentence"].endswith(".") for error in problem["errors"])


@pytest.mark.parametrize("body", ["{", "", "[]", '"text"', "null", b"\xff\xfe", "[" * 100_000])
def test_a_body_that_is_no_object_is_refused_in_words(house: SimpleNamespace, body: str | bytes) -> None:
    answer = house.as_owner.post("/sites", body)

    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["nul\0", "half \ud800 pair"])
def test_text_that_no_database_keeps_is_refused(house: SimpleNamespace, text: str) -> None:
    assert house.as_owner.post("/sites/garden.example.test/suspend", {"reason": text}).status_code == 422


@pytest.mark.parametrize("path", ["/sites/a%00b", "/sites?text=a%00b"])
def test_a_nul_in_an_address_is_refused(house: SimpleNamespace, path: str) -> None:
    assert house.as_owner.get(path).status_code == 422


def test_an_address_that_is_none_says_where_they_are_listed(house: SimpleNamespace) -> None:
    answer = house.as_owner.get("/nothing/here")

    assert (answer.status_code, answer.json()["code"]) == (404, "api.address_unknown")


def test_a_method_that_an_address_has_not_is_told_with_those_it_has(house: SimpleNamespace) -> None:
    answer = house.as_owner("DELETE", "/sites/garden.example.test")

    assert (answer.status_code, answer.json()["code"]) == (405, "api.method_refused")
    assert answer["Allow"]


def test_a_locked_database_says_that_nothing_was_changed(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_given: object, **_more: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("essaim.manager.hosting.queries.get_account", locked)

    answer = house.as_owner.post("/sites", {"account": "garden", "name": "x.example.test"})

    assert (answer.status_code, answer.json()["code"]) == (503, "core.busy")
    assert answer["Retry-After"]


def test_a_bug_gives_a_reference_to_quote_and_nothing_else(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("essaim.manager.hosting.queries.find_sites", lambda *_given, **_more: 1 / 0)

    answer = house.as_owner.get("/sites")

    assert answer.status_code == 500
    assert answer.json()["reference"]
    assert "division" not in answer.content.decode()


def test_no_answer_is_kept_by_a_cache(house: SimpleNamespace) -> None:
    assert house.as_owner.get("/sites")["Cache-Control"] == "no-store"
