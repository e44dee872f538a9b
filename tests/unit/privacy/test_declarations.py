"""Every model says what it holds of people: one that says nothing fails here, whichever room it is of."""

import pytest
from django.apps import apps
from django.db import models

from essaim.manager.core.personal import Declaration, Erase, declarations, nothing
from essaim.manager.people.models import Client, Person

SECRET_WORDS = ("sha256", "hash", "password", "secret", "sealed", "token", "session_key", "session_data", "key", "data", "proof", "body",
                "environment", "salt", "asked", "file", "shares", "private")  # fmt: skip
"""What a field that is not given out may be called: a hash, a sealed thing, something that opens."""


def models_() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if not model._meta.proxy]


def by_model() -> dict[type[models.Model], Declaration]:
    return {one.model: one for one in declarations()}


def test_every_model_of_every_room_says_what_it_holds() -> None:
    silent = [model._meta.label for model in models_() if model not in by_model() and model not in nothing()]
    assert silent == [], "declare them in the personal.py of their room: core/personal.py says how"


def test_no_model_says_both() -> None:
    assert set(by_model()) & set(nothing()) == set()


def test_every_way_to_a_person_or_a_client_is_named() -> None:
    missing = []
    for model, one in [*by_model().items(), *((model, None) for model in nothing())]:
        for field in model._meta.concrete_fields:
            if field.related_model is Person:
                named = one.person + one.acted if one else ()
            elif field.related_model is Client:
                named = one.client if one else ()
            else:
                continue
            if field.name not in named:
                missing.append(f"{model._meta.label}.{field.name}")
    assert missing == []


@pytest.mark.parametrize("one", declarations(), ids=lambda one: one.label)
def test_a_declaration_is_whole(one: Declaration, db: None) -> None:
    names = {field.name for field in one.model._meta.concrete_fields}
    assert str(one.purpose)
    assert str(one.kept)
    assert set(one.hidden) <= names
    assert set(one.blank) <= names
    assert [name for name in one.hidden if not any(word in name for word in SECRET_WORDS)] == []
    if one.erase is Erase.DELETED and one.rows_of(Person(pk=1, email="a@example.test")) is not None:
        assert one.person or one.also_person
    for rows in (one.rows_of(Person(pk=1, email="a@example.test")), one.rows_of_client(Client(pk=1, slug="a"))):
        assert rows is None or list(rows) == []  # the lookups are real
