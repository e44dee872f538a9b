"""What the night forgets, and what the team sees of it before; consents, which are forgotten last."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from essaim.manager.people.models import KnownDevice, Person
from essaim.manager.privacy import consents, exporting, retention
from essaim.manager.privacy.errors import PurposeUnknown
from essaim.manager.privacy.models import Consent, Export, RetentionNight
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db
NIGHT = datetime.fromisoformat("2026-11-27T03:00:00+01:00")


@pytest.fixture(autouse=True)
def _state(settings: Settings, tmp_path: Any) -> None:
    settings.STATE = tmp_path


@pytest.fixture
def person() -> Person:
    return make_person()


def make_device(person: Person, days: int, n: int = 0) -> None:
    device = KnownDevice.objects.create(person=person, sha256=f"{n:064}")
    KnownDevice.objects.filter(pk=device.pk).update(seen_at=NIGHT - timedelta(days=days))


def test_the_dry_run_says_what_the_night_then_forgets(person: Person) -> None:
    make_device(person, 400, 1)
    make_device(person, 500, 2)
    make_device(person, 5, 3)
    row = next(one for one in retention.going(NIGHT) if one.label == "people.knowndevice")
    assert (row.rows, row.oldest) == (2, NIGHT - timedelta(days=500))
    assert KnownDevice.objects.count() == 3

    assert retention.run_tonight(NIGHT)

    assert KnownDevice.objects.count() == 1
    assert RetentionNight.objects.get().counts == {"people.knowndevice": 2}


def test_once_a_night_and_not_by_day(person: Person) -> None:
    RetentionNight.objects.create(day=NIGHT.date() - timedelta(days=1))
    RetentionNight.objects.update(at=NIGHT - timedelta(days=1))
    assert not retention.run_tonight(NIGHT - timedelta(hours=6))
    assert retention.run_tonight(NIGHT)
    assert not retention.run_tonight(NIGHT + timedelta(minutes=10))


def test_a_night_that_was_missed_is_made_up_for_by_day(person: Person) -> None:
    RetentionNight.objects.create(day=NIGHT.date() - timedelta(days=2))
    RetentionNight.objects.update(at=NIGHT - timedelta(days=2))
    assert retention.run_tonight(NIGHT.replace(hour=14))


def test_more_than_a_night_forgets_goes_on_with_the_next_turn(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_A_MODEL", 2)
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    for n in range(3):
        make_device(person, 400, n)

    assert retention.run_tonight(NIGHT)
    assert KnownDevice.objects.count() == 1
    assert not RetentionNight.objects.get().is_whole
    assert retention.run_tonight(NIGHT + timedelta(minutes=10))
    assert RetentionNight.objects.get().counts == {"people.knowndevice": 3}


def test_the_file_of_an_old_export_is_removed(person: Person) -> None:
    export = exporting.ask(person)
    fresh = exporting.ask(person)
    Export.objects.filter(pk=export.pk).update(asked_at=NIGHT - timedelta(days=8))
    retention.run_tonight(NIGHT)
    assert not exporting.path_of(export).exists()
    assert exporting.path_of(fresh).exists()


def test_the_team_sees_what_tonight_forgets(person: Person, client: Browser) -> None:
    device = KnownDevice.objects.create(person=person, sha256="x")
    KnownDevice.objects.filter(pk=device.pk).update(seen_at=timezone.now() - timedelta(days=500))
    client.force_login(make_person(is_team=True))
    answer = client.get(reverse("privacy:retention"))
    assert answer.status_code == 200
    assert KnownDevice.objects.filter(pk=device.pk).exists()


def test_consent_is_given_and_withdrawn_with_one_click_each(person: Person, client: Browser) -> None:
    client.force_login(person)
    assert not consents.has_consented(person, "news")
    client.post(reverse("privacy:consent_give", args=["news"]))
    client.post(reverse("privacy:consent_give", args=["news"]))
    assert consents.has_consented(person, "news")
    row = Consent.objects.get()
    assert "Four a year" in row.text or "Quatre" in row.text

    client.post(reverse("privacy:consent_withdraw", args=["news"]))
    assert not consents.has_consented(person, "news")
    assert Consent.objects.get().withdrawn_at is not None


def test_a_text_that_changed_is_asked_for_anew(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    consents.give(person, "news")
    newer = consents.PURPOSES["news"]._replace(version=2)
    monkeypatch.setitem(consents.PURPOSES, "news", newer)
    assert not consents.has_consented(person, "news")
    assert consents.give(person, "news").version == 2
    assert Consent.objects.filter(withdrawn_at=None).count() == 1


def test_nothing_else_is_consented_to(person: Person) -> None:
    with pytest.raises(PurposeUnknown):
        consents.give(person, "everything")


def test_the_register_is_for_everybody(client: Browser) -> None:
    page = client.get(reverse("privacy:register"))
    assert page.status_code == 200
    assert "people.knowndevice" in page.text
