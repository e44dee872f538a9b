"""A file with everything: compared with the models."""

import json
import zipfile
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from essaim.manager.core.models import Mail
from essaim.manager.core.personal import declarations
from essaim.manager.people import invitations
from essaim.manager.people.models import Client, KnownDevice, Membership, Person
from essaim.manager.people.step_up import SHOWN_AT
from essaim.manager.people.throttle import note_failure
from essaim.manager.people.tokens import issue_token
from essaim.manager.privacy import consents, erasing, exporting
from essaim.manager.privacy.errors import ExportMissing, ExportsTooMany
from essaim.manager.privacy.models import Export
from tests.unit.factories import make_account, make_client, make_person, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _state(settings: Settings, tmp_path: Any) -> None:
    settings.STATE = tmp_path


@pytest.fixture
def bees() -> Client:
    return make_client("bees")


@pytest.fixture
def camille(bees: Client) -> Person:
    """Somebody with a row in most tables."""
    person = make_person("camille@example.test", client=bees)
    make_person(client=bees)
    issue_token(person, name="robot", scopes=["sites:read"], by=person)
    note_failure(address="192.0.2.1", email=person.email)
    invitations.invite(bees, email="guest@example.test", by=person)
    KnownDevice.objects.create(person=person, sha256="d" * 64)
    Mail.objects.create(to=person.email, kind="new device", message_id="<1@x>", due_at=timezone.now())
    consents.give(person, "news")
    erasing.ask(person, confirm=person.email)
    make_site(make_account(bees, by=person), by=person)
    return person


def read(export: Export) -> dict[str, Any]:
    with zipfile.ZipFile(exporting.path_of(export)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_every_row_and_every_field_of_every_model_is_in_the_file(camille: Person) -> None:
    export = exporting.ask(camille)
    found = read(export)

    for one in declarations():
        rows = one.rows_of(camille)
        given = found.get(f"{one.label}.json", [])
        expected = list(rows.values_list("pk", flat=True)) if rows is not None else []
        key = one.model._meta.pk.name
        assert sorted(row[key] for row in given) == expected, one.label
        fields = {field.name for field in one.model._meta.concrete_fields} - set(one.hidden)
        assert all(fields <= set(row) for row in given), one.label
    assert len(found) > 9
    assert {held["file"] for held in found["about.json"]["held"]} >= set(found) - {"about.json"}


def test_nothing_of_others_and_no_secret_is_in_it(camille: Person, bees: Client) -> None:
    stranger = make_person("stranger@example.test", client=make_client("strangers"))
    issue_token(stranger, name="theirs", scopes=["sites:read"], by=stranger)

    text = json.dumps(read(exporting.ask(camille)))

    assert "stranger" not in text
    assert camille.password not in text
    assert camille.api_tokens.get().sha256 not in text


def test_an_owner_gets_everything_of_their_client(camille: Person, bees: Client) -> None:
    found = read(exporting.ask(camille, client=bees))
    for one in declarations():
        rows = one.rows_of_client(bees)
        expected = rows.count() if rows is not None else 0
        assert len(found.get(f"{one.label}.json", [])) == expected, one.label
    assert found["hosting.site.json"][0]["account_name"] == found["hosting.account.json"][0]["login"]


def test_what_is_long_goes_on_in_the_worker_and_ends_with_a_letter(
    camille: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(exporting.ask(camille))
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 2)
    export = exporting.ask(camille)
    assert export.ready_at is None

    for _turn in range(200):
        exporting.advance_some()
    export.refresh_from_db()

    assert export.ready_at is not None
    assert Mail.objects.filter(kind="export ready", to=camille.email).count() == 1
    parts = read(export)
    for name, rows in whole.items():
        if name not in ("about.json", "core.auditline.json", "privacy.export.json", "core.mail.json"):
            joined = [row for part, some in parts.items() if part.startswith(name[:-4]) for row in some]
            assert len(joined) == len(rows), name


def test_a_few_a_day_are_enough(camille: Person) -> None:
    for _n in range(exporting.A_DAY):
        exporting.ask(camille)
    with pytest.raises(ExportsTooMany):
        exporting.ask(camille)


def test_who_is_no_owner_any_more_does_not_get_the_clients_file(camille: Person, bees: Client) -> None:
    export = exporting.ask(camille, client=bees)
    Membership.objects.filter(person=camille).update(role="reader")
    with pytest.raises(ExportMissing):
        exporting.get(camille, export.pk)


def test_the_page_makes_it_and_gives_it_after_the_question(camille: Person, client: Browser) -> None:
    client.force_login(camille)
    client.post(reverse("privacy:export"))
    export = Export.objects.get()
    answer = client.get(reverse("privacy:download", args=[export.pk]))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]

    session = client.session
    session[SHOWN_AT] -= 601
    session.save()
    assert client.get(reverse("privacy:download", args=[export.pk])).status_code == 302


def test_nobody_gets_the_file_of_another(camille: Person, client: Browser) -> None:
    export = exporting.ask(camille)
    client.force_login(make_person(is_team=True))
    assert client.get(reverse("privacy:download", args=[export.pk])).status_code == 404
