"""Whatever is sent, the answer is one of ours: never a crash, never anything but JSON. ESSAIM_FUZZ says how often to try."""

import json
import os
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from essaim.manager.web.api import reference
from essaim.manager.web.api.operations import DECLARED

CALM = settings(
    max_examples=int(os.environ.get("ESSAIM_FUZZ", "4")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    [
        "garden.example.test",
        "garden",
        "web1",
        "1",
        "a" * 300,
        "é.example.test",
        "..",
        "%00",
        "%ff",
        "\u202e",
        "-1",
        "99999999999999999999",
    ]
) | st.text(min_size=1, max_size=40)


@cache
def described(name: str) -> tuple[str, str, list[str], list[str]]:
    """Method, path, query parameters and body fields of an operation."""
    from essaim.manager.web.api import api

    whole = reference.document(api, "en")
    for path, methods in whole["paths"].items():
        for method, one in methods.items():
            if one["operationId"] == name:
                queries = [p["name"] for p in one.get("parameters", []) if p.get("in") == "query"]
                body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
                fields = list(reference._resolved(body, whole).get("properties", {})) if body else []
                return method.upper(), path.removeprefix("/api/v1"), queries, fields
    raise LookupError(name)


@pytest.mark.parametrize("name", sorted(DECLARED))
@CALM
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_one_of_ours(house: SimpleNamespace, name: str, data: Any) -> None:
    method, path, queries, fields = described(name)
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + quote(data.draw(names), safe="") + path[end + 1 :]
    chosen = {query: data.draw(names) for query in queries if query != "timeout" and data.draw(st.booleans())}
    path += "?timeout=0&" + "&".join(f"{query}={quote(value, safe='')}" for query, value in chosen.items())
    known = {field: data.draw(values) for field in fields}
    body = data.draw(st.just(json.dumps(known)) | values.map(json.dumps) | st.binary(max_size=60))

    answer = house.as_team(method, path, None if method == "GET" else body)

    assert answer.status_code < 500 or answer.json()["code"] in ("fleet.no_machine_free", "hosting.no_prober"), (
        answer.content
    )
    assert "json" in answer["Content-Type"]
