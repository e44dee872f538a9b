"""Rights and grants by the API and the command line."""

from types import SimpleNamespace

from allauth.mfa.models import Authenticator

from essaim.manager.people import rights
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_person


def test_the_table_is_the_table(house: SimpleNamespace) -> None:
    items = house.as_team.get("/team/rights").json()["items"]
    assert [one["name"] for one in items] == list(rights.RIGHTS)


def test_two_give_a_group_and_one_takes_it_away(house: SimpleNamespace) -> None:
    other = Caller(token_for(make_person(groups=["board"])))
    order = {"email": house.owner.email, "group": "observer", "reason": "Chosen."}
    made = house.as_team.post("/team/grants", order)
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    number = made.json()["id"]
    assert house.as_team.post(f"/team/grants/{number}/confirm").json()["code"] == "people.second_person_needed"
    assert other.post(f"/team/grants/{number}/confirm").json()["state"] == "in_force"
    assert other.post(f"/team/grants/{number}/review").json()["state"] == "in_force"
    assert other.post(f"/team/grants/{number}/withdraw", {"reason": "Left."}).json()["state"] == "withdrawn"
    assert number not in [one["id"] for one in other.get("/team/grants").json()["items"]]


def test_who_may_not_grant_has_no_token_for_it(house: SimpleNamespace) -> None:
    assert house.as_owner.get("/team/rights").json()["code"] == "people.scope_missing"
    observer = Caller(token_for(make_person(groups=["observer"])))
    assert (
        observer.post("/team/grants", {"email": "x@example.test", "group": "board", "reason": "x"}).status_code == 403
    )


def test_a_lost_second_factor_is_let_go_by_two(house: SimpleNamespace) -> None:
    Authenticator.objects.create(user=house.owner, type="totp", data={})
    other = Caller(token_for(make_person(groups=["president"])))
    order = {"email": house.owner.email, "reason": "Stolen.", "known_by": "A call."}
    made = house.as_team.post("/lost-factors", order)
    assert (made.status_code, made.json()["state"]) == (201, "confirmed")
    number = made.json()["id"]
    assert house.as_team.post(f"/lost-factors/{number}/approve").json()["code"] == "people.loss_by_two"
    assert other.post(f"/lost-factors/{number}/approve").json()["state"] == "approved"
    assert other.get("/lost-factors").json()["items"][0]["approved_by"]
    assert house.as_owner.get("/lost-factors").json()["code"] in ("people.scope_missing", "people.right_missing")


def test_a_sign_in_is_ended_and_given_back(house: SimpleNamespace) -> None:
    order = {"email": house.owner.email.upper(), "reason": "Works there no more."}
    assert house.as_owner.post("/people/end-sign-in", order).status_code == 403
    ended = house.as_team.post("/people/end-sign-in", order).json()
    assert (ended["signs_in"], ended["without_owner"]) == (False, [house.client.slug])
    found = house.as_team.get(f"/search?text={house.owner.email}").json()["people"]
    assert [one["signs_in"] for one in found if one["email"] == house.owner.email] == [False]
    assert house.as_owner.get("/me").status_code == 401
    assert house.as_team.post("/people/give-sign-in-back", order).json()["signs_in"]
    nobody = {**order, "email": "nobody@example.test"}
    assert house.as_team.post("/people/end-sign-in", nobody).json()["code"] == "people.person_unknown"
    own = {**order, "email": house.team.email}
    assert house.as_team.post("/people/end-sign-in", own).json()["code"] == "people.sign_in_own"
