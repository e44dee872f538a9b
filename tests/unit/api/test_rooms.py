"""Accounts, clients, machines, enrolment, tokens, audit, who I am: the rest of the rooms."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from essaim.bus.authority import Authority
from essaim.bus.keys import new_key
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import bus
from essaim.manager.people.models import ApiToken
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_account


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Authority:
    keys = Authority(tmp_path_factory.mktemp("bus"))
    keys.create()
    monkeypatch.setattr("essaim.manager.fleet.actions.authority", lambda: keys)
    bus.authority.cache_clear()
    return keys


def test_an_account_says_why_it_stands_where_it_stands(house: SimpleNamespace) -> None:
    made = house.as_owner.post("/accounts", {"client": "garden", "login": "second"}).json()

    assert (made["login"], made["machine"], made["state"]) == ("second", "web1", "active")
    assert "web1" in made["placed_because"]


def test_an_account_goes_through_its_states_with_one_verb_each(house: SimpleNamespace) -> None:
    states = []
    for verb in ("suspend", "resume", "close", "restore", "close", "erase"):
        body = {"reason": "a test"} if verb in ("suspend", "close") else None
        states.append(house.as_team.post(f"/accounts/garden/{verb}", body).json()["state"])

    assert states == ["suspended", "active", "closed", "active", "closed", "closed"]
    assert house.as_team.get("/accounts/garden").status_code == 404


def test_limits_are_the_teams_to_give(house: SimpleNamespace) -> None:
    change = {"quota_bytes": 20 * 1024**3}

    assert house.as_owner("PATCH", "/accounts/garden", change).status_code == 403
    assert house.as_team("PATCH", "/accounts/garden", change).json()["quota_bytes"] == 20 * 1024**3


def test_a_person_of_the_client_sees_their_own_clients_alone(house: SimpleNamespace) -> None:
    assert [one["slug"] for one in house.as_owner.get("/clients").json()["items"]] == ["garden"]
    assert {one["slug"] for one in house.as_team.get("/clients").json()["items"]} == {"garden", "other"}


def test_a_consent_opens_a_name_under_anothers_domain_until_it_is_withdrawn(house: SimpleNamespace) -> None:
    make_account(house.other, login="other")
    order = {"account": "other", "name": "shop.garden.example.test"}
    consent = {"name": order["name"], "guest": "other"}

    refused = house.as_stranger.post("/sites", order).json()
    assert refused["code"] == "hosting.name_under_others"
    assert "shop.garden.example.test for other" in refused["detail"]
    given = house.as_owner.post("/clients/garden/consents", consent)
    assert (given.status_code, given.json()["owner"], given.json()["guest"]) == (201, "garden", "other")
    assert house.as_stranger.get("/clients/other/consents").json()["items"] == [given.json()]
    assert house.as_stranger.post("/sites", order).status_code == 201

    assert house.as_owner.post("/clients/garden/consents/withdraw", consent).json() == consent
    again = house.as_owner.post("/clients/garden/consents/withdraw", consent)
    assert (again.status_code, again.json()["code"]) == (404, "hosting.consent_not_found")
    more = {"account": "other", "name": "blog.garden.example.test"}
    assert house.as_stranger.post("/sites", more).json()["code"] == "hosting.name_under_others"


@pytest.mark.parametrize(
    ("name", "guest", "code", "field"),
    [
        ("shop.garden.example.test", "nobody", "hosting.guest_unknown", "guest"),
        ("shop.garden.example.test", "garden", "hosting.consent_needless", "guest"),
        ("elsewhere.example.test", "other", "hosting.consent_not_yours", "name"),
        ("192.0.2.1", "other", "hosting.name_is_address", "name"),
    ],
)
def test_a_consent_that_makes_no_sense_is_told_at_its_field(
    house: SimpleNamespace, name: str, guest: str, code: str, field: str
) -> None:
    refused = house.as_owner.post("/clients/garden/consents", {"name": name, "guest": guest}).json()

    assert (refused["code"], refused["field"]) == (code, field)


def test_a_new_person_may_sign_in_and_sees_the_client(house: SimpleNamespace) -> None:
    order = {"email": "New@example.test", "name": "New", "password": "correct horse battery", "role": "reader"}

    made = house.as_team.post("/clients/garden/people", order)

    assert made.json() == {"email": "new@example.test", "name": "New", "role": "reader"}
    assert made.json() in house.as_owner.get("/clients/garden/people").json()["items"]
    assert house.as_nobody.browser.login(username="new@example.test", password="correct horse battery")


def test_a_machine_is_added_enrols_once_and_is_revoked(house: SimpleNamespace, authority: Authority) -> None:
    order = {"name": "web9", "roles": ["web"], "address4": "192.0.2.9", "address6": "2001:db8::9"}
    assert house.as_team.post("/machines", order).json()["state"] == "expected"
    token = house.as_team.post("/machines/web9/enrolment-token").json()["token"]
    enrolment = json.dumps({"token": token, "public_key": new_key("user").public, "hostname": "web9"})

    enrolled = house.as_nobody.post("/enrolments", enrolment)
    again = house.as_nobody.post("/enrolments", enrolment)

    assert (enrolled.status_code, enrolled.json()["machine"]) == (201, "web9")
    assert enrolled.json()["bus_ca"].startswith("-----BEGIN CERTIFICATE")
    assert (again.status_code, again.json()["code"]) == (403, "fleet.token_refused")
    assert house.as_team.post("/machines/web9/revoke", {"reason": "stolen"}).json()["state"] == "revoked"


@pytest.mark.parametrize("body", ["{", "[]", '{"token": 1}', '{"token": "a\\u0000", "public_key": "b"}', b"\xff"])
def test_an_enrolment_that_is_none_is_refused_in_words(house: SimpleNamespace, body: str | bytes) -> None:
    answer = house.as_nobody.post("/enrolments", body)

    assert answer.status_code in (400, 422)
    assert answer.json()["code"].startswith("api.")


def test_a_machine_is_drained_with_a_reason_and_resumed(house: SimpleNamespace) -> None:
    assert house.as_team.post("/machines/web1/drain", {"reason": " "}).json()["code"] == "core.reason_missing"
    assert house.as_team.post("/machines/web1/drain", {"reason": "old disk"}).json()["state"] == "draining"
    assert house.as_team.post("/machines/web1/resume").json()["state"] == "active"


def test_the_wishes_of_a_machine_are_listed_by_what_became_of_them(house: SimpleNamespace) -> None:
    kinds = [wish["kind"] for wish in house.as_team.get("/machines/web1/wishes?state=waiting").json()["items"]]

    assert "site" in kinds
    assert house.as_team.get("/machines/web1/wishes?state=applied").json()["items"] == []


def test_wishes_are_read_page_by_page(house: SimpleNamespace) -> None:
    first = house.as_team.get("/machines/web1/wishes?limit=1").json()
    second = house.as_team.get(f"/machines/web1/wishes?limit=1&after={first['next']}").json()

    assert first["items"][0]["kind"] != second["items"][0]["kind"]


def test_the_audit_trail_says_that_it_came_through_the_api_and_holds(house: SimpleNamespace) -> None:
    house.as_owner.post("/sites/garden.example.test/suspend", {"reason": "summer"})

    newest = house.as_team.get("/audit?limit=1&about_kind=site&about_key=garden.example.test").json()["items"][0]

    assert (newest["code"], newest["who"]) == ("hosting.site_suspended", house.owner.email)
    assert newest["origin"] == "api 127.0.0.1"
    assert house.as_team.get("/audit/verify").json()["holds"] is True
    assert house.as_team.get("/audit/head").json()["hash"] == AuditLine.objects.latest("id").hash


def test_the_audit_trail_is_read_back_to_its_first_line(house: SimpleNamespace) -> None:
    seen: list[int] = []
    after = "0"
    while after:
        page = house.as_team.get(f"/audit?limit=2&after={after}").json()
        seen += [line["id"] for line in page["items"]]
        after = page["next"]

    assert seen == list(AuditLine.objects.order_by("-id").values_list("id", flat=True))


def test_a_token_makes_none_that_may_do_more_or_lasts_longer(house: SimpleNamespace) -> None:
    reader = Caller(token_for(house.owner, ["keys:write", "sites:read"]))
    ends = (timezone.now() + timedelta(days=60)).replace(microsecond=0)
    ApiToken.objects.filter(scopes=["keys:write", "sites:read"]).update(expires_at=ends)

    wider = reader.post("/tokens", {"name": "t", "scopes": ["sites:write"]})
    equal = reader.post(
        "/tokens", {"name": "t", "scopes": ["sites:read"], "expires_at": (ends + timedelta(days=30)).isoformat()}
    )

    assert (wider.status_code, wider.json()["code"]) == (403, "api.scope_too_wide")
    assert (equal.status_code, equal.json()["expires_at"]) == (201, ends.isoformat().replace("+00:00", "Z"))
    assert Caller(equal.json()["token"]).get("/sites").status_code == 200


def test_a_token_revokes_itself_and_none_that_may_do_more(house: SimpleNamespace) -> None:
    reader = Caller(token_for(house.owner, ["sites:read"]))
    mine, wider = ApiToken.objects.filter(person=house.owner).order_by("-id")[:2]

    assert reader.post(f"/tokens/{wider.pk}/revoke").status_code == 403
    assert reader.post(f"/tokens/{mine.pk}/revoke").status_code == 200
    assert reader.get("/me").status_code == 401


def test_a_token_without_sense_is_refused_by_its_room(house: SimpleNamespace) -> None:
    assert house.as_owner.post("/tokens", {"name": "t", "scopes": ["all"]}).json()["code"] == "people.scope_unknown"
    assert (
        house.as_owner.post("/tokens", {"name": " ", "scopes": ["sites:read"]}).json()["code"] == "people.name_missing"
    )


def test_who_i_am_says_what_my_token_opens(house: SimpleNamespace) -> None:
    me = house.as_owner.get("/me").json()

    assert (me["email"], me["is_team"], me["clients"]) == (house.owner.email, False, ["garden"])
    assert "sites:write" in me["scopes"]


def test_anyone_may_ask_how_the_platform_is(house: SimpleNamespace) -> None:
    status = house.as_nobody.get("/status").json()

    assert (status["sites"], status["machines"], status["away"]) == (1, 1, 0)
    assert status["unsent"] > 0


def test_an_offer_is_made_given_and_changed_by_the_team_alone(house: SimpleNamespace) -> None:
    large = {"slug": "large", "name": "Large", "php_ceilings": {"memory_limit": 1024}, "is_warm": True}
    assert house.as_owner("POST", "/offers", large).status_code == 403
    made = house.as_team("POST", "/offers", large)
    assert (made.status_code, made.json()["php_ceilings"]) == (201, {"memory_limit": 1024})

    assert house.as_owner("PATCH", "/accounts/garden", {"offer": "large"}).status_code == 403
    refused = house.as_team("PATCH", "/accounts/garden", {"offer": "huge"})
    assert (refused.status_code, refused.json()["code"]) == (422, "hosting.offer_unknown")
    assert refused.json()["detail"] == "Choose one of: large, standard."
    assert house.as_team("PATCH", "/accounts/garden", {"offer": "large"}).json()["offer"] == "large"

    site = {"php_settings": {"memory_limit": "1024"}}
    assert house.as_owner("PATCH", "/sites/garden.example.test", site).status_code == 200
    back = house.as_team("PATCH", "/offers/large", {"php_ceilings": {"memory_limit": None}})
    assert (back.status_code, back.json()["code"]) == (409, "hosting.offer_below_site")
    assert [one["slug"] for one in house.as_owner.get("/offers").json()["items"]] == ["large", "standard"]


def test_places_are_taken_away_and_accounts_given_by_programs(house: SimpleNamespace) -> None:
    from essaim.manager.people.models import Client
    from tests.unit.factories import make_account, make_client, make_person

    bees: Client = make_client("hives")
    make_account(bees, login="hives")
    make_person(client=bees)
    technician = make_person(client=bees, role="technician")
    given = house.as_team.post("/clients/hives/people/accounts", {"email": technician.email, "accounts": ["hives"]})
    assert (given.status_code, given.json()["accounts"]) == (200, ["hives"])
    left = house.as_team.post("/clients/hives/people/remove", {"email": technician.email})
    assert [one["role"] for one in left.json()["items"]] == ["owner"]
    assert house.as_team.post("/clients/hives/people/remove", {"email": technician.email}).status_code == 404


def test_a_search_and_a_table_by_programs(house: SimpleNamespace) -> None:
    table = "reference;name\nC1;Théâtre du lac\nC2;\n"
    tried = house.as_team.post("/imports", {"csv": table, "dry_run": True}).json()
    assert (tried["is_done"], tried["new"], tried["broken"]) == (False, 1, 1)
    done = house.as_team.post("/imports", {"csv": table, "without_broken": True}).json()
    assert done["is_done"]
    found = house.as_team.get("/search?text=theatre").json()
    assert [one["reference"] for one in found["clients"]] == ["C1"]
