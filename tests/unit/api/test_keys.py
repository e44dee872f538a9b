"""Certificates through the API."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from essaim.manager.keys import actions
from tests.unit.api.calling import Caller, token_for
from tests.unit.keys.conftest import make_door, new_public_key


@pytest.fixture(autouse=True)
def _own_state(settings: object, tmp_path: Path) -> None:
    settings.STATE = tmp_path  # type: ignore[attr-defined]


def order(**changed: object) -> dict[str, object]:
    return {"machines": ["web7"], "public_key": new_public_key(), **changed}


def test_one_who_confirmed_gets_a_certificate_and_takes_it_back(house: SimpleNamespace) -> None:
    make_door("web7")
    assert house.as_team.post("/keys/certificates", order()).json()["code"] == "keys.not_confirmed"
    actions.confirm(house.team)
    given = house.as_team.post("/keys/certificates", order()).json()
    assert given["certificate"].startswith("ssh-ed25519-cert-v01@openssh.com ")
    assert given["doors"] == [{"name": "web7", "address4": "192.0.2.1", "address6": "2001:db8::1"}]
    revoked = house.as_team.post(f"/keys/certificates/{given['serial']}/revoke", {"reason": "done"}).json()
    assert (revoked["is_valid"], revoked["revoke_reason"]) == (False, "done")
    assert [one["serial"] for one in house.as_team.get("/keys/certificates").json()["items"]] == [given["serial"]]


def test_a_token_without_the_scope_gets_none(house: SimpleNamespace) -> None:
    actions.confirm(house.team)
    caller = Caller(token_for(house.team, ["fleet:write"]))
    assert caller.post("/keys/certificates", order()).json()["code"] == "people.scope_missing"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"machines": []}, "keys.no_machine_named"),
        ({"machines": ["web1"]}, "keys.machine_not_ready"),
        ({"machines": ["no-such"]}, "fleet.machine_not_found"),
        ({"seconds": 28801}, "keys.too_long"),
        ({"seconds": 10**30}, "keys.too_long"),
        ({"public_key": "ssh-rsa AAAA"}, "keys.public_key_refused"),
        ({"role": "root"}, "core.reason_missing"),
        ({"role": "king"}, "api.request_invalid"),
    ],
)
def test_an_order_without_sense_is_refused_in_words(
    house: SimpleNamespace, changed: dict[str, object], code: str
) -> None:
    make_door("web7")
    actions.confirm(house.team)
    assert house.as_team.post("/keys/certificates", order(**changed)).json()["code"] == code


@pytest.mark.parametrize("serial", ["0", "-1", "9" * 40])
def test_there_is_no_such_certificate(house: SimpleNamespace, serial: str) -> None:
    assert house.as_team.get(f"/keys/certificates/{serial}").json()["code"] == "keys.certificate_not_found"
