"""A small team: a president and an administrator who found it, an observer, and hours for each."""

from types import SimpleNamespace

import pytest
from django.test import Client as Browser

from essaim.manager.people.models import Person
from essaim.manager.team import hours
from tests.unit.factories import make_person


@pytest.fixture(autouse=True)
def _static_files(settings: object, tmp_path: object) -> None:
    """A folder for collected files: there is none before an installation collects them."""
    folder = tmp_path / "static"  # type: ignore[operator]
    folder.mkdir()
    settings.STATIC_ROOT = str(folder)  # type: ignore[attr-defined]


def browser_of(person: Person) -> Browser:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(person)
    return browser


@pytest.fixture
def house(db: None) -> SimpleNamespace:
    people = SimpleNamespace(
        president=make_person("president@example.test", groups=["president"]),
        admin=make_person("machines@example.test", groups=["administrator"]),
        observer=make_person("observation@example.test", groups=["observer"]),
    )
    for name, person in vars(people).items():
        person.name = name.capitalize()
        person.save(update_fields=["name"])
    week = dict.fromkeys(range(5), "9-12, 14-17")
    hours.change_hours(people.president, zone="Europe/Paris", hours=week, by=people.president)
    hours.change_hours(people.admin, zone="America/Montreal", hours=week, by=people.admin)
    return people
