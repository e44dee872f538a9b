"""The program of a site on its page, through the API and on the command line."""

import pytest
from django.test import Client as Browser

from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Program, Site
from tests.unit import factories as make
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db
AT = "/sites/one.example.test/"
FORM = {"runtime": "node", "command": "server.js", "health": "/", "share_percent": "50"}
SECRET = "a-password-of-a-test"


@pytest.fixture
def site(client: Browser) -> Site:
    """A site, looked at by its owner."""
    make.make_machine("web1")
    Machine.objects.update(facts={"php": "8.2", "programs": "node python"})
    site = make.make_site(name="one.example.test")
    client.force_login(make.make_person(client=site.account.client))
    return site


def test_a_program_is_chosen_and_its_secrets_are_never_shown_again(client: Browser, site: Site) -> None:
    assert client.get(f"{AT}program/").status_code == 200
    answer = client.post(f"{AT}program/", {**FORM, "environment": f"PASSWORD={SECRET}\nTITLE=a b"})
    assert (answer.status_code, answer["Location"]) == (302, f"{AT}serving/")
    page = client.get(f"{AT}serving/").content.decode()
    assert "PASSWORD, TITLE" in page
    assert "Node.js 18" in page
    form = client.get(f"{AT}program/").content.decode()
    assert SECRET not in page + form
    assert client.post(f"{AT}program/", {**FORM, "environment": "PASSWORD=********"}).status_code == 302
    assert Program.objects.get().environment == {"PASSWORD": SECRET}


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("command", "npm start", "npm is not run here."),
        ("environment", "PASSWORD", "“PASSWORD” is not a variable."),
        ("environment", "PATH=/", "PATH is set by the platform."),
        ("health", "x", "“x” is not an address of your site."),
        ("share_percent", "99", "Select a valid choice"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_typed_is_lost(
    client: Browser, site: Site, field: str, text: str, said: str
) -> None:
    answer = client.post(f"{AT}program/", {**FORM, "command": "mine.js", field: text})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert said in str(form.errors[field])
    assert form["command"].value() == ("npm start" if field == "command" else "mine.js")


def test_it_is_started_anew_stopped_started_and_given_up(client: Browser, site: Site) -> None:
    client.post(f"{AT}program/", FORM)
    for verb in ("restart", "stop", "start"):
        assert client.post(f"{AT}program/{verb}/")["Location"] == f"{AT}serving/"
    assert (Program.objects.get().generation, Program.objects.get().is_stopped) == (1, False)
    assert client.get(f"{AT}program/drop/").status_code == 200
    client.post(f"{AT}program/drop/")
    assert not Program.objects.exists()


def test_why_it_does_not_work_stands_on_the_card_with_its_last_lines(client: Browser, site: Site) -> None:
    client.post(f"{AT}program/", FORM)
    facts = {"status": "1", "lines": "<b>no such table</b>"}
    make.answer(wish("program", site), "failed", code="program.ended", sentence="x", facts=facts)
    card = client.get(f"{AT}program/card/").content.decode()
    assert "The program ended before it answered (status 1)." in card
    assert "&lt;b&gt;no such table" in card


def test_a_machine_without_runtimes_says_so(client: Browser, site: Site) -> None:
    Machine.objects.update(facts={"php": "8.2"})
    page = client.get(f"{AT}serving/").content.decode()
    assert "has no runtime for programs yet" in page
    assert "/program/drop/" not in page


def test_the_card_costs_one_query_more(client: Browser, site: Site, django_assert_max_num_queries: object) -> None:
    client.get(f"{AT}program/card/")
    with django_assert_max_num_queries(5):  # type: ignore[operator]  # a fixture of pytest-django
        client.get(f"{AT}program/card/")
