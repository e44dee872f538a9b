"""How an operation of the API is declared: who may, what it answers, what it refuses. The documentation is made of it.

No view is registered in another way, so none can lack a scope, its refusals or its place in the generated test.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema

from essaim.manager.core.errors import Busy, EssaimError
from essaim.manager.people.errors import AgreementUnsigned, ScopeMissing
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.door import BearerToken
from essaim.manager.web.api.errors import (
    BodyUnreadable,
    IdempotencyKeyMalformed,
    IdempotencyKeyReused,
    RequestInvalid,
    TokenInAddress,
    TokenMissing,
    TokenRefused,
)
from essaim.manager.web.api.idempotency import once

View = TypeVar("View", bound=Callable[..., Any])
OPEN = None
"""The scope of an operation that asks for no token."""


class Declared(NamedTuple):
    """One operation as the tests and the reference page know it."""

    method: str
    path: str
    scope: str | None
    right: str
    refusals: tuple[type[EssaimError], ...]


DECLARED: dict[str, Declared] = {}
"""Every operation, by its operationId."""


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    summary: str,
    answers: type[Schema],
    scope: str | None,
    status: int = 200,
    refusals: Sequence[type[EssaimError]] = (),
    right: str = "",
    is_secret: bool = False,
    takes_file: bool = False,
) -> Callable[[View], View]:
    """Register a view. Its docstring is the description; its name, the operationId.

    A POST runs in one transaction with its Idempotency-Key. `scope` `OPEN` means no token at all, an empty one any token.
    """
    may_refuse = _refusals(method, scope, tuple(refusals), right=right)

    def register(view: View) -> View:
        name = view.__name__
        if name in DECLARED:
            raise ValueError(f"two operations are called {name}")
        DECLARED[name] = Declared(method, path, scope, right, may_refuse)

        @wraps(view)
        def answered(request: HttpRequest, **values: Any) -> HttpResponseBase:
            def act() -> HttpResponse:
                return rendered(view(request, **values), status=status)

            if method == "POST" and scope is not OPEN:
                return once(request, act, is_secret=is_secret)
            found = view(request, **values)
            return found if isinstance(found, HttpResponseBase) else rendered(found, status=status)

        router.api_operation(
            [method],
            path,
            auth=None if scope is OPEN else BearerToken(scope=scope, right=right),
            response={status: answers},
            summary=summary,
            operation_id=name,
            openapi_extra=_documentation(method, scope, may_refuse, takes_file=takes_file),
        )(answered)
        return view

    return register


def rendered(result: Schema | HttpResponse, *, status: int = 200) -> HttpResponse:
    """`result` as JSON. A page that has a next one says so in a Link header too (RFC 8288)."""
    if isinstance(result, HttpResponse):
        return result
    return HttpResponse(result.model_dump_json(), status=status, content_type="application/json; charset=utf-8")


def _refusals(
    method: str, scope: str | None, own: tuple[type[EssaimError], ...], *, right: str
) -> tuple[type[EssaimError], ...]:
    common: list[type[EssaimError]] = [RequestInvalid]
    if scope is not OPEN:
        common += [TokenInAddress, TokenMissing, TokenRefused, AgreementUnsigned]
    if scope:
        common.append(ScopeMissing)
    if right:
        common.append(RightMissing)
    if method != "GET":
        common += [BodyUnreadable, Busy]
    if method == "POST" and scope is not OPEN:
        common += [IdempotencyKeyMalformed, IdempotencyKeyReused]
    return tuple(dict.fromkeys((*own, *common)))


def _documentation(
    method: str, scope: str | None, refusals: tuple[type[EssaimError], ...], *, takes_file: bool
) -> dict[str, Any]:
    responses: dict[int, dict[str, Any]] = {}
    for refusal in sorted(refusals, key=lambda one: (one.http_status, one.code)):
        told = responses.setdefault(
            refusal.http_status,
            {
                "description": "",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                "x-codes": [],
            },
        )
        told["x-codes"].append(refusal.code)
        told["description"] = "`" + "`, `".join(told["x-codes"]) + "`"
    documentation: dict[str, Any] = {"responses": responses, "x-scope": scope}
    if method == "POST" and scope is not OPEN:
        documentation["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
    if takes_file:
        binary = {"schema": {"type": "string", "format": "binary"}}
        documentation["requestBody"] = {
            "required": True,
            "content": {"application/zip": binary, "application/x-tar": binary, "application/octet-stream": binary},
        }
    return documentation
