"""The API's own description: whole, and without a word from another host."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from essaim.manager.core.errors import EssaimError
from essaim.manager.people.models import ApiToken
from essaim.manager.web.api.operations import DECLARED


@pytest.fixture
def described(house: SimpleNamespace) -> dict[str, Any]:
    found: dict[str, Any] = house.as_nobody.get("/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["operationId"]: one for path in described["paths"].values() for one in path.values()}


def test_every_operation_is_described_in_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert set(operations(described)) == set(DECLARED)


def test_every_operation_has_a_summary_a_description_and_its_refusals(described: dict[str, Any]) -> None:
    for name, one in operations(described).items():
        assert one["summary"], name
        assert len(one["description"]) > 5, name
        codes = {code for answer in one["responses"].values() for code in answer.get("x-codes", [])}
        assert codes == {refusal.code for refusal in DECLARED[name].refusals}, name


def test_every_operation_says_which_scope_it_needs(described: dict[str, Any]) -> None:
    for name, one in operations(described).items():
        scope = DECLARED[name].scope
        assert scope in (None, "", *ApiToken.SCOPES)
        assert one["security"] == ([] if scope is None else [{"token": [scope] if scope else []}]), name


def test_every_reference_inside_the_description_leads_somewhere(described: dict[str, Any]) -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                found: Any = described
                for part in value["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(described)


def test_every_refusal_has_a_status_that_is_one() -> None:
    refusals: set[type[EssaimError]] = {refusal for one in DECLARED.values() for refusal in one.refusals}

    assert all(400 <= refusal.http_status < 600 for refusal in refusals)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_for_people_shows_every_operation_and_loads_nothing_from_elsewhere(
    house: SimpleNamespace, language: str
) -> None:
    house.as_nobody.language = language

    page = house.as_nobody.get("/docs").content.decode()

    assert all(f'id="{name}"' in page for name in DECLARED)
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page)
