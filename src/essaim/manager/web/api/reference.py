"""The API told twice: OpenAPI 3.1 for programs, and one page for people, which loads nothing from another host."""

import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from ninja import NinjaAPI

from essaim.manager.people.models import ApiToken
from essaim.manager.web.api.answers import Problem
from essaim.manager.web.api.operations import DECLARED

KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 8, "maxLength": 128},
    "description": "New for each thing asked, the same when it is sent again: the act happens once, and the answer comes "
    "again with the header `Idempotent-Replay: true`. Kept for a day.",
}
_CODE = r"<code>\1</code>"
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def document(api: NinjaAPI, language: str) -> dict[str, Any]:  # noqa: ARG001 - sentences in it are of that language
    """The OpenAPI document: what ninja makes of the types, with our scopes, problems and headers. Made once a language."""
    found: dict[str, Any] = dict(api.get_openapi_schema())
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components = found["components"]
    components["schemas"] |= problem.pop("$defs", {}) | {"Problem": problem}
    components["parameters"] = {"IdempotencyKey": KEY}
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token. Scopes: "
            + "; ".join(f"`{scope}` {meaning}" for scope, meaning in ApiToken.SCOPES.items()),
        }
    }
    for path in found["paths"].values():
        for method in METHODS:
            if method in path:
                scope = path[method].get("x-scope")
                path[method]["security"] = [] if scope is None else [{"token": [scope] if scope else []}]
    return found


def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view is given it
    """The OpenAPI document."""
    return JsonResponse(document(_api(), get_language()))


def page(request: HttpRequest) -> HttpResponse:
    """The reference for people, in the Manager's own design."""
    found = document(_api(), get_language())
    rooms: dict[str, list[dict[str, Any]]] = {}
    for path, operations in found["paths"].items():
        for method in METHODS:
            if method in operations:
                told = operations[method]
                rooms.setdefault(told["tags"][0], []).append(_shown(method, path, told, found))
    context = {
        "rooms": rooms,
        "scopes": ApiToken.SCOPES,
        "introduction": _prose(found["info"]["description"]),
        "root": request.build_absolute_uri("/api/v1"),
    }
    return render(request, "web/api.html", context)


def _prose(text: str) -> SafeString:
    """Paragraphs, with what stands between backticks as code."""
    paragraphs = [escape(" ".join(part.split())) for part in text.split("\n\n") if part.strip()]
    return mark_safe("".join(f"<p>{re.sub('`([^`]+)`', _CODE, part)}</p>" for part in paragraphs))  # noqa: S308 - escaped


def _api() -> NinjaAPI:
    from essaim.manager.web.api import api  # made of the modules that this one documents

    return api


def _shown(method: str, path: str, told: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """One operation, flattened for the template."""
    parameters = [_resolved(one, whole) for one in told.get("parameters", [])]
    parameters = [one | {"text": _prose(one.get("description") or _type(one["schema"], whole))} for one in parameters]
    body = told.get("requestBody", {}).get("content", {})
    success = next(answer for status, answer in told["responses"].items() if int(status) < 400)  # noqa: PLR2004  # a status of HTTP
    return {
        "id": told["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": told["summary"],
        "description": _prose(told.get("description", "")),
        "scope": told["x-scope"],
        "right": DECLARED[told["operationId"]].right,
        "parameters": parameters,
        "takes": [(kind, _fields(content["schema"], whole)) for kind, content in body.items()],
        "answers": _fields(success["content"]["application/json"]["schema"], whole),
        "refusals": [
            (status, answer["x-codes"]) for status, answer in told["responses"].items() if "x-codes" in answer
        ],
    }


def _resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = whole
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _fields(schema: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, type and meaning of each field of an object; empty for a file."""
    schema = _resolved(schema, whole)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field, whole),
            "description": field.get("description", ""),
            "is_required": name in required,
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _type(field: dict[str, Any], whole: dict[str, Any]) -> str:
    """A field's type in a few words: `string`, `list of SiteAnswer`, `integer or null`."""
    if "anyOf" in field:
        return " or ".join(_type(one, whole) for one in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if field.get("type") == "array":
        return "list of " + _type(field.get("items", {}), whole)
    if "enum" in field:
        return " | ".join(f"“{value}”" for value in field["enum"])
    return str(field.get("format") or field.get("type", "any"))
