"""The team adds clients and their people on pages, as it does by the API and the command line."""

import re

import pytest
from django.test import Client as Browser

from essaim.manager.core.models import AuditLine
from essaim.manager.people.models import Client, Membership, Person
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PLACE = {"email": "Camille@Example.test", "role": "manager", "name": "Camille", "language": "en", "password": ""}


@pytest.fixture
def team(client: Browser) -> Browser:
    client.force_login(make.make_person("alix@example.test", is_team=True))
    return client


@pytest.fixture
def bees() -> Client:
    return make.make_client("bees", name="Bees of the lake")


def errors(page: object) -> dict[str, list[str]]:
    return {name: list(said) for name, said in page.context["form"].errors.items()}  # type: ignore[attr-defined]


def acts() -> list[tuple[str, str, str]]:
    return list(AuditLine.objects.order_by("id").values_list("code", "about_key", "who"))


def test_a_client_is_added_and_its_page_says_what_comes_next(team: Browser) -> None:
    answer = team.post("/add-client/", {"name": " Théâtre du lac ", "slug": "", "language": "en"}, follow=True)

    assert answer.redirect_chain == [("/clients/theatre-du-lac/", 302)]
    assert Client.objects.get().name == "Théâtre du lac"
    assert Client.objects.get().language == "en"
    assert "Théâtre du lac is a client now." in answer.text
    assert '<a class="button button-small" href="/clients/theatre-du-lac/people/add/">' in answer.text
    assert acts() == [("people.client_created", "theatre-du-lac", "alix@example.test")]


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"name": "  "}, "name", "This field is required."),
        ({"name": "A", "slug": "Not so!"}, "slug", "“not so!” cannot be an identifier."),
        ({"name": "A", "slug": "bees"}, "slug", "The identifier bees is already a client's."),
        ({"name": "A", "language": "de"}, "language", "Select a valid choice."),
    ],
)
def test_a_client_is_refused_at_the_field(
    team: Browser, bees: Client, given: dict[str, str], field: str, said: str
) -> None:
    answer = team.post("/add-client/", {"language": "fr", **given}, headers=HTMX)

    assert (answer.status_code, list(errors(answer))) == (422, [field])
    assert errors(answer)[field][0].startswith(said)
    assert "<html" not in answer.text
    assert Client.objects.count() == 1


def test_a_client_called_like_a_page_has_its_own(team: Browser) -> None:
    team.post("/add-client/", {"name": "Add", "slug": "add", "language": "fr"})

    assert team.get("/clients/add/").context["client"].name == "Add"


def test_a_person_without_a_sign_in_gets_one_with_their_place(team: Browser, bees: Client) -> None:
    answer = team.post("/clients/bees/people/add/", {**PLACE, "password": "several words here"}, follow=True)

    place = Membership.objects.select_related("person").get()
    assert (place.person.email, place.person.name, place.person.language) == ("camille@example.test", "Camille", "en")
    assert place.person.check_password("several words here")
    assert (place.role, place.person.is_team) == ("manager", False)
    assert "Camille is manager of Bees of the lake now." in answer.text
    assert [code for code, _about, _who in acts()] == ["people.person_created", "people.member_added"]


def test_who_has_a_sign_in_keeps_it_and_gets_the_place(team: Browser, bees: Client) -> None:
    camille = make.make_person("camille@example.test", password="the password of before")

    team.post("/clients/bees/people/add/", {**PLACE, "name": "Other", "password": "another one entirely"})

    again = Person.objects.get(email="camille@example.test")
    assert (again.name, again.language) == (camille.name, camille.language)
    assert again.check_password("the password of before")
    assert Membership.objects.get().role == "manager"


def test_the_same_person_again_changes_the_role(team: Browser, bees: Client) -> None:
    for role in ("owner", "manager"):
        make.make_person(client=bees)
        team.post("/clients/bees/people/add/", {**PLACE, "role": role})

    assert Membership.objects.get(person__email="camille@example.test").role == "manager"


def test_the_last_owner_stays_one(team: Browser, bees: Client) -> None:
    make.make_person("camille@example.test", client=bees)

    answer = team.post("/clients/bees/people/add/", {**PLACE, "role": "reader"})

    assert answer.status_code == 422
    assert errors(answer)["role"][0].startswith("camille@example.test is the last owner of Bees of the lake.")


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"email": "camille"}, "email", "Enter a valid email address."),
        ({"name": ""}, "name", "A name is missing."),
        ({"role": "chief"}, "role", "Select a valid choice."),
        ({"password": "short"}, "password", "This password cannot be used: "),
    ],
)
def test_a_person_is_refused_at_the_field_and_nothing_is_made(
    team: Browser, bees: Client, given: dict[str, str], field: str, said: str
) -> None:
    answer = team.post("/clients/bees/people/add/", {**PLACE, **given})

    assert (answer.status_code, list(errors(answer))) == (422, [field])
    assert errors(answer)[field][0].startswith(said)
    assert not Membership.objects.exists()
    assert Person.objects.count() == Person.objects.team().count()


def test_only_the_team_is_shown_the_buttons(team: Browser, bees: Client) -> None:
    owner = Browser(headers={"accept-language": "en"})
    owner.force_login(make.make_person(client=bees))

    for address, button in (("/clients/", "/add-client/"), ("/clients/bees/", "/clients/bees/people/add/")):
        assert f'href="{button}"' in team.get(address).text
        assert f'href="{button}"' not in owner.get(address).text
        assert owner.post(button, PLACE).status_code == 403
    assert Client.objects.count() == 1


def test_a_team_without_clients_is_told_to_add_one(team: Browser) -> None:
    assert "Add the first one." in team.get("/clients/").text


@pytest.mark.parametrize("address", ["/add-client/", "/clients/bees/people/add/"])
def test_the_menu_knows_that_these_pages_are_among_the_clients(team: Browser, bees: Client, address: str) -> None:
    assert re.search(r'href="/clients/"[^>]*aria-current="page"', team.get(address).text)
