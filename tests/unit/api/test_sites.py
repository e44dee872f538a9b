"""Sites through the API: the rooms' words, the rooms' refusals."""

from types import SimpleNamespace

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Site
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import answer, make_person, make_site

ORDER = {"account": "garden", "name": "Shop.Garden.example.test."}


def test_an_order_is_answered_at_once_with_the_site_as_it_stands(house: SimpleNamespace) -> None:
    answer = house.as_owner.post("/sites", ORDER)

    assert answer.status_code == 201
    site = answer.json()
    assert site["fqdn"] == "shop.garden.example.test"
    assert (site["state"], site["health"]) == ("active", "waiting")
    assert (site["account"], site["client"], site["machine"]) == ("garden", "garden", "web1")
    assert site["url"] == "http://shop.garden.example.test/"
    assert site["page"].endswith("/sites/shop.garden.example.test/")


def test_a_taken_name_is_refused_in_the_words_of_its_room(house: SimpleNamespace) -> None:
    answer = house.as_owner.post("/sites", {"account": "garden", "name": "garden.example.test"})

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["field"]) == ("hosting.site_taken", "name")
    assert problem["title"].endswith(".")
    assert problem["detail"]


def test_a_refusal_speaks_the_language_that_was_asked_for(house: SimpleNamespace) -> None:
    house.as_owner.language = "fr"

    assert house.as_owner.get("/sites")["Content-Language"] == "fr"


def test_a_strangers_site_sounds_like_one_that_does_not_exist(house: SimpleNamespace) -> None:
    hidden = house.as_stranger.get("/sites/garden.example.test").json()
    absent = house.as_stranger.get("/sites/absent.example.test").json()

    assert hidden["code"] == absent["code"] == "hosting.site_not_found"
    assert hidden["title"].replace("garden", "absent") == absent["title"]


def test_a_reader_sees_and_does_not_change(house: SimpleNamespace) -> None:
    reader = Caller(token_for(make_person(client=house.client, role="reader")))

    assert reader.get("/sites/garden.example.test").status_code == 200
    assert reader.post("/sites/garden.example.test/suspend", {"reason": "no"}).json()["code"] == "people.right_missing"


def test_a_site_goes_through_its_states_with_one_verb_each(house: SimpleNamespace) -> None:
    states = []
    for verb in ("suspend", "resume", "close", "restore", "close", "erase"):
        body = {"reason": "a test"} if verb in ("suspend", "close") else None
        answer = house.as_owner.post(f"/sites/garden.example.test/{verb}", body)
        assert answer.status_code == 200, answer.content
        states.append(answer.json()["state"])

    assert states == ["suspended", "active", "closed", "active", "closed", "closed"]
    assert not Site.objects.exists()


def test_the_story_of_an_erased_site_is_the_teams_to_read(house: SimpleNamespace) -> None:
    for verb in ("close", "erase"):
        house.as_owner.post(f"/sites/garden.example.test/{verb}", {} if verb == "close" else None)
    for verb in ("close", "erase"):
        house.as_owner.post(f"/accounts/garden/{verb}", {} if verb == "close" else None)

    site = house.as_team.get("/sites/garden.example.test/story").json()["items"]
    account = house.as_team.get("/accounts/garden/story").json()["items"]
    assert (site[0]["act"], site[0]["who"]) == ("hosting.site_erased", house.owner.email)
    assert account[0]["act"] == "hosting.account_erased"
    for address in ("/sites/garden.example.test/story", "/accounts/garden/story"):
        assert house.as_owner.get(address).status_code == 404
    assert house.as_team.get("/sites/never.example.test/story").status_code == 404


def test_a_state_that_is_none_is_refused_with_those_there_are(house: SimpleNamespace) -> None:
    answer = house.as_owner.get("/sites?state=foo")

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        422,
        "hosting.state_unknown",
        "state",
    )
    assert "live" in answer.json()["detail"]
    assert house.as_owner.get("/sites?state=suspended").json()["items"] == []


def test_what_is_in_service_is_not_erased(house: SimpleNamespace) -> None:
    site = house.as_team.post("/sites/garden.example.test/erase")
    account = house.as_team.post("/accounts/garden/erase")

    assert (site.status_code, site.json()["code"]) == (409, "hosting.site_not_closed")
    assert (account.status_code, account.json()["code"]) == (409, "hosting.account_not_closed")
    assert Site.objects.exists()


def test_a_change_leaves_what_is_not_named(house: SimpleNamespace) -> None:
    change = {"docroot": "public", "aliases": ["www.garden.example.test"]}

    site = house.as_owner("PATCH", "/sites/garden.example.test", change).json()

    assert (site["docroot"], site["aliases"]) == ("public", ["www.garden.example.test"])
    assert site["https_only"] is True


def test_php_is_changed_with_its_settings(house: SimpleNamespace) -> None:
    change = {"php": "8.4", "php_settings": {"memory_limit": "256", "display_errors": "on"}}
    house.as_owner("PATCH", "/sites/garden.example.test", change)

    site = house.as_owner("PATCH", "/sites/garden.example.test", {"php_settings": {"display_errors": ""}}).json()

    assert (site["php"], site["php_before"], site["php_settings"]) == ("8.4", "8.2", {"memory_limit": "256"})
    offered = house.as_owner.get("/sites/garden.example.test").json()["php_offered"]
    assert [one["version"] for one in offered] == ["7.4", "8.2", "8.4"]
    assert offered[0] == {"version": "7.4", "supported_until": "2026-08-31", "is_supported": False}


def test_a_setting_above_its_ceiling_is_refused_with_the_ceiling(house: SimpleNamespace) -> None:
    refused = house.as_owner("PATCH", "/sites/garden.example.test", {"php_settings": {"memory_limit": "999"}})

    assert (refused.status_code, refused.json()["code"]) == (422, "hosting.php_setting_above_offer")
    assert (refused.json()["field"], refused.json()["facts"]["most"]) == ("php_settings", "512")


def test_the_story_tells_who_asked(house: SimpleNamespace) -> None:
    house.as_owner.post("/sites/garden.example.test/suspend", {"reason": "summer"})

    newest = house.as_owner.get("/sites/garden.example.test/story").json()["items"][0]

    assert newest["what"] == "decided"
    assert (newest["who"], newest["reason"]) == (house.owner.email, "summer")
    assert newest["act"] == "hosting.site_suspended"


def test_the_story_tells_what_was_done_as_the_page_does(house: SimpleNamespace) -> None:
    house.as_owner.post("/sites/garden.example.test/suspend", {"reason": "summer"})
    answer(Wanted.objects.get(kind="site"))

    for language, done, asked in [
        ("en", "web1 suspended the site.", f"{house.owner.name} suspended the site."),
        ("fr", "web1 a suspendu le site.", f"{house.owner.name} a suspendu le site."),
    ]:
        house.as_owner.language = language
        story = house.as_owner.get("/sites/garden.example.test/story").json()["items"]
        assert [line["told"] for line in story[:2]] == [done, asked]


def test_the_steps_say_how_far_a_site_has_come(house: SimpleNamespace) -> None:
    steps = house.as_owner.get("/sites/garden.example.test/steps").json()

    assert [step["name"] for step in steps["items"]] == ["asked", "sent", "applied", "proved", "https"]
    assert steps["items"][0]["state"] == "done"
    assert steps["mark"]


def test_a_list_is_read_page_by_page_without_gap_or_double(house: SimpleNamespace) -> None:
    for number in range(5):
        make_site(house.account, f"page{number}.example.test")
    seen: list[str] = []
    after = ""
    while True:
        answer = house.as_owner.get(f"/sites?limit=2&after={after}")
        seen += [site["fqdn"] for site in answer.json()["items"]]
        after = answer.json()["next"]
        assert ("Link" in answer.headers) == bool(after)
        if not after:
            break

    assert seen == sorted({"garden.example.test", *(f"page{number}.example.test" for number in range(5))})


def test_a_list_takes_as_many_queries_for_many_sites_as_for_one(
    house: SimpleNamespace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_site(house.account, f"many{number}.example.test", aliases=[f"www.many{number}.example.test"])
    house.as_team.get("/me")  # notes the token's use

    with django_assert_max_num_queries(3):
        assert len(house.as_team.get("/sites?limit=50").json()["items"]) == 21


def test_waiting_answers_at_once_when_the_site_is_live(house: SimpleNamespace) -> None:
    Site.objects.update(health=Site.Health.LIVE, proved_at=timezone.now())

    answer = house.as_owner.get("/sites/garden.example.test?wait=live&timeout=30")

    assert (answer["Waited"], answer.json()["health"]) == ("met", "live")


def test_waiting_ends_with_what_is_so_when_time_is_up(house: SimpleNamespace) -> None:
    answer = house.as_owner.get("/sites/garden.example.test?wait=live&timeout=0.05")

    assert (answer["Waited"], answer.json()["health"]) == ("timeout", "waiting")


@pytest.mark.parametrize("timeout", ["-1", "31", "soon", "nan"])
def test_nobody_waits_for_longer_than_is_offered(house: SimpleNamespace, timeout: str) -> None:
    assert house.as_owner.get(f"/sites/garden.example.test?wait=live&timeout={timeout}").status_code == 422


def test_the_steps_answer_at_once_when_something_has_happened_since(house: SimpleNamespace) -> None:
    mark = house.as_owner.get("/sites/garden.example.test/steps").json()["mark"]
    house.as_owner.post("/sites/garden.example.test/suspend", {"reason": "a test"})

    answer = house.as_owner.get(f"/sites/garden.example.test/steps?since={mark}&timeout=30")

    assert answer["Waited"] == "met"
    assert answer.json()["mark"] != mark
