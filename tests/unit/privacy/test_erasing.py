"""Erasing oneself: what goes, what stays, and thinking better of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from essaim.manager.core import audit, audit_words
from essaim.manager.core.audit import first_broken_line
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.core.personal import Erase
from essaim.manager.people.models import Client, KnownDevice, Membership, Person
from essaim.manager.people.second_factor import cipher
from essaim.manager.people.tokens import issue_token
from essaim.manager.privacy import consents, erasing
from essaim.manager.privacy.errors import AddressWrong, OfTheTeam, OwnsStill
from essaim.manager.privacy.models import Consent, Erasure, KeptIdentity
from tests.unit.factories import PASSWORD, make_account, make_client, make_person, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _state(settings: Settings, tmp_path: Any) -> None:
    settings.STATE = tmp_path


@pytest.fixture
def bees() -> Client:
    return make_client("bees")


@pytest.fixture
def camille(bees: Client) -> Person:
    make_person(client=bees)
    person = make_person("camille@example.test", client=bees)
    issue_token(person, name="robot", scopes=["sites:read"], by=person)
    KnownDevice.objects.create(person=person, sha256="d" * 64)
    consents.give(person, "news")
    make_site(make_account(bees, by=person), "www.bees.example.test", by=person)
    return person


def let_the_grace_pass() -> None:
    Erasure.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_after_the_grace_nothing_tells_who_it_was_but_what_the_law_keeps(camille: Person, bees: Client) -> None:
    erasing.ask(camille, confirm="Camille@example.test ")
    assert erasing.erase_due() == 0
    let_the_grace_pass()

    assert erasing.erase_due() == 1

    camille.refresh_from_db()
    assert (camille.email, camille.name, camille.is_active) == (f"erased-{camille.pk}@erased.invalid", "", False)
    assert not camille.check_password(PASSWORD)
    assert not Membership.objects.filter(person=camille).exists()
    assert not camille.api_tokens.exists()
    assert not Consent.objects.exists()
    assert bees.accounts.get().sites.count() == 1
    assert first_broken_line() is None
    kept = KeptIdentity.objects.get()
    assert "camille" not in kept.sealed
    assert kept.until > timezone.now() + timedelta(days=5 * 365)
    assert Mail.objects.get(kind="erased").to == "camille@example.test"
    counts = Erasure.objects.get().counts
    assert counts["people.apitoken"] == 1
    assert "core.auditline" not in counts


def test_the_trail_forgets_who_it_was_and_stays_whole_and_what_went_can_be_proved(
    camille: Person, bees: Client
) -> None:
    owner = Person.objects.exclude(pk=camille.pk).get()
    with audit.origin("web 203.0.113.7"), transaction.atomic():
        places = {"member": camille.email, "role": "reader"}
        audit.record("people.member_added", by=owner, about=("client", "bees"), client="bees", **places)
        reason = f"{camille.name} of {camille.email} asked by telephone."
        audit.record("people.password_changed", by=owner, about=("person", camille.email), reason=reason)
        audit.record("hosting.site_changed", by=camille, about=("site", "www.bees.example.test"), php="8.3")
    erasing.ask(camille, confirm=camille.email)
    let_the_grace_pass()
    erasing.erase_due()

    said = json.dumps(list(AuditLine.objects.values("who", "about_key", "origin", "reason", "facts")))
    assert camille.email not in said
    assert camille.name not in said
    assert first_broken_line() is None
    place, password, site = (
        AuditLine.objects.get(code=code)
        for code in ("people.member_added", "people.password_changed", "hosting.site_changed")
    )
    assert (place.who, place.facts, place.origin) == (owner.email, {"role": "reader"}, "web 203.0.113.7")
    assert (password.who, password.about_key, password.reason) == (owner.email, "", "")
    assert (site.who, site.origin, site.person_id, site.about_key) == ("", "", camille.pk, "www.bees.example.test")
    kept = json.loads(cipher().decrypt(KeptIdentity.objects.get().sealed.encode()))
    word, salt = kept["trail"][str(password.pk)]["reason"]
    assert word == reason
    assert audit_words.proves(password, "reason", word, salt)
    assert not audit_words.proves(password, "reason", word + "!", salt)


def test_the_page_says_before_what_the_erasure_does(camille: Person) -> None:
    before = {str(line.purpose): (line.rows, line.erase) for line in erasing.preview(camille).lines}
    erasing.ask(camille, confirm=camille.email)
    let_the_grace_pass()
    erasing.erase_due()

    counts = Erasure.objects.get().counts
    deleted = sum(rows for rows, how in before.values() if how is Erase.DELETED)
    assert sum(counts.values()) >= deleted + 1  # the letter about it, and the row itself
    assert [rows for rows, how in before.values() if how is Erase.KEPT]


def test_it_is_stopped_with_one_click(camille: Person, client: Browser) -> None:
    client.force_login(camille)
    client.post(reverse("privacy:erase"), {"confirm": camille.email})
    assert erasing.under_way(camille) is not None
    assert "You will be erased on" in client.get(reverse("privacy:mine")).text

    client.post(reverse("privacy:stop"))
    let_the_grace_pass()

    assert erasing.erase_due() == 0
    assert Person.objects.filter(email="camille@example.test").exists()
    assert list(
        AuditLine.objects.filter(code__startswith="privacy.er").order_by("id").values_list("code", flat=True)
    ) == [
        "privacy.erasure_asked",
        "privacy.erasure_stopped",
    ]


def test_asked_twice_is_once(camille: Person) -> None:
    assert erasing.ask(camille, confirm=camille.email) == erasing.ask(camille, confirm=camille.email)


def test_a_slip_erases_nobody(camille: Person, client: Browser) -> None:
    with pytest.raises(AddressWrong):
        erasing.ask(camille, confirm="camille")
    client.force_login(camille)
    answer = client.post(reverse("privacy:erase"), {"confirm": "camille"})
    assert answer.status_code == 422
    assert not Erasure.objects.exists()


def test_the_last_owner_hands_over_first(bees: Client) -> None:
    alone = make_person(client=bees)
    assert isinstance(erasing.preview(alone).refusal, OwnsStill)
    with pytest.raises(OwnsStill):
        erasing.ask(alone, confirm=alone.email)


def test_who_became_the_last_owner_meanwhile_stays(camille: Person, bees: Client) -> None:
    erasing.ask(camille, confirm=camille.email)
    Membership.objects.exclude(person=camille).delete()
    let_the_grace_pass()
    assert erasing.erase_due() == 0


def test_a_volunteer_leaves_the_team_first() -> None:
    volunteer = make_person(is_team=True)
    with pytest.raises(OfTheTeam):
        erasing.ask(volunteer, confirm=volunteer.email)


def test_an_address_that_was_erased_may_sign_up_again(camille: Person) -> None:
    erasing.ask(camille, confirm=camille.email)
    let_the_grace_pass()
    erasing.erase_due()
    assert make_person("camille@example.test").pk != camille.pk
