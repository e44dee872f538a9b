"""Accounts of before: why they were placed was stored as a sentence, in the language of whoever ordered."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import translation

from essaim.manager.hosting.models import Account
from tests.unit.factories import make_account

pytestmark = pytest.mark.django_db
migration = import_module("essaim.manager.hosting.migrations.0005_placed_by_code")
ENGLISH = "web1 has the most room: 3 of 50 accounts, among 2 web machines."
FRENCH = "web1 a le plus de place\u202f: 3 hébergements sur 50, parmi 2 machines web."


def read_anew(sentence: str) -> Account:
    """An account that has that sentence alone, after the migration."""
    account = make_account()
    Account.objects.update(placed_code="", placed_facts={}, placed_because=sentence)
    migration.read_sentences(apps, None)
    account.refresh_from_db()
    return account


@pytest.mark.parametrize("sentence", [ENGLISH, FRENCH])
def test_a_stored_sentence_is_read_back_into_its_facts(sentence: str) -> None:
    account = read_anew(sentence)

    assert account.placed_facts == {"machine": "web1", "used": 3, "capacity": 50, "count": 2}
    assert account.placed_said == ENGLISH
    with translation.override("fr"):
        assert account.placed_said.startswith("web1 a le plus de place")


def test_a_comparison_with_no_other_machine_is_said_so() -> None:
    account = read_anew("web1 has the most room: 0 of 50 accounts, among 1 web machines.")

    assert account.placed_said == "web1 is the only web machine with room: 0 of 50 accounts."


@pytest.mark.parametrize("sentence", ["Moved there by hand.", ""])
def test_any_other_sentence_is_shown_as_it_stands(sentence: str) -> None:
    account = read_anew(sentence)

    assert (account.placed_code, account.placed_said) == ("", sentence)
