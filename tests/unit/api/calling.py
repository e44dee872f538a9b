"""Asking the API as a program does: a token, JSON, headers."""

from typing import Any

from django.test import Client as Browser

from essaim.manager.people.models import Person
from essaim.manager.people.rights import scopes_offered_to
from essaim.manager.people.tokens import issue_token

ROOT = "/api/v1"


def token_for(person: Person, scopes: list[str] | None = None) -> str:
    """The text of a new token, with every scope that the person may give unless told otherwise."""
    if scopes is None:
        scopes = scopes_offered_to(person)
    return issue_token(person, name="test", scopes=scopes, by=person)[1]


class Caller:
    """A program with one token."""

    def __init__(self, token: str = "", *, language: str = "en") -> None:
        self.token = token
        self.language = language
        self.browser = Browser()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request. Headers are given with underscores: `Idempotency_Key="..."`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Accept-Language", self.language)
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        data: Any = "" if body is None else body
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        return self.browser.generic(method, ROOT + path, _encoded(data), content_type=kind, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        """One GET."""
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """One POST."""
        return self("POST", path, body, **headers)


def _encoded(data: Any) -> Any:
    import json

    return data if isinstance(data, bytes | str) else json.dumps(data)
