"""A site's rules and its maintenance through the API."""

from types import SimpleNamespace

from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rules import rules_of

AT = "/sites/garden.example.test"
RULES = {
    "redirects": [{"path": "/old", "target": "/new"}],
    "headers": [{"name": "X-Frame-Options", "value": "SAMEORIGIN"}],
    "cache": {"images": 3600},
    "protected": [{"path": "/members/", "users": {"ada": "correct horse"}}],
    "allowed": [{"path": "/admin", "networks": ["192.0.2.77/24"]}],
}


def test_rules_are_given_as_a_whole_and_told_without_a_password(house: SimpleNamespace) -> None:
    answer = house.as_owner("PATCH", AT, {"rules": RULES})
    assert answer.status_code == 200, answer.json()
    told = house.as_owner.get(AT).json()
    assert told["rules"]["protected"] == [{"path": "/members", "users": {"ada": ""}}]
    assert told["rules"]["allowed"] == [{"path": "/admin", "networks": ["192.0.2.0/24"]}]
    assert "pbkdf2" not in str(told)
    kept = rules_of(Site.objects.get())
    # what was told can be given again: the password stays
    assert house.as_owner("PATCH", AT, {"rules": {**told["rules"], "cache": {}}}).status_code == 200
    assert rules_of(Site.objects.get()).protected == kept.protected
    assert rules_of(Site.objects.get()).cache == {}
    assert house.as_owner.post(f"{AT}/rules/back").status_code == 200
    assert rules_of(Site.objects.get()) == kept


def test_what_is_refused_says_which_one_and_changes_nothing_else(house: SimpleNamespace) -> None:
    two = [{"path": "/a", "target": "/b"}, {"path": "/c", "target": "//evil.test"}]
    problem = house.as_owner("PATCH", AT, {"docroot": "public", "rules": {"redirects": two}}).json()
    assert (problem["code"], problem["field"], problem["facts"]["at"]) == ("hosting.rule_target", "redirects", "2")
    site = Site.objects.get()
    assert (site.rules, site.docroot) == ({}, "")
    for rules in ({"redirectz": []}, {"cache": {"cakes": 1}}, {"redirects": [{"path": "/a", "status": 303}]}):
        assert house.as_owner("PATCH", AT, {"rules": rules}).json()["code"] == "api.request_invalid"
    unknown = house.as_owner("PATCH", AT, {"rules": {"canonical": "not a name"}}).json()
    assert unknown["code"] == "hosting.name_malformed"
    empty = {"protected": [{"path": "/a", "users": {"ada": ""}}]}
    assert house.as_owner("PATCH", AT, {"rules": empty}).json()["code"] == "hosting.rule_password"


def test_maintenance_is_begun_and_ended(house: SimpleNamespace) -> None:
    body = {"sentence": "Soon", "until": "2100-01-01T10:00:00+01:00", "networks": ["192.0.2.1"]}
    assert house.as_owner.post(f"{AT}/maintenance", body).status_code == 200
    told = house.as_owner.get(AT).json()["maintenance"]
    assert (told["sentence"], told["until"], told["networks"]) == ("Soon", "2100-01-01T09:00:00Z", ["192.0.2.1"])
    assert told["link"].startswith("http://garden.example.test/?essaim_pass=")
    assert (
        house.as_owner.post(f"{AT}/maintenance", {"until": "2001-01-01T10:00:00Z"}).json()["code"]
        == "hosting.rule_until"
    )
    assert house.as_owner.post(f"{AT}/maintenance/end").status_code == 200
    assert house.as_owner.get(AT).json()["maintenance"] is None


def test_a_reader_is_not_told_the_secret_link(house: SimpleNamespace) -> None:
    from tests.unit.api.calling import Caller, token_for
    from tests.unit.factories import make_person

    house.as_owner.post(f"{AT}/maintenance", {})
    reader = Caller(token_for(make_person(client=house.client, role="reader")))
    assert reader.get(AT).json()["maintenance"]["link"] == ""
    assert house.as_owner.get(AT).json()["maintenance"]["link"]
