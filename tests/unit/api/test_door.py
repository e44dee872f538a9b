"""Who gets in. The table is made of the operations themselves, so that none can be forgotten."""

from types import SimpleNamespace

import pytest

from essaim.manager.people.models import ApiToken
from essaim.manager.people.rights import SCOPES
from essaim.manager.web.api import api
from essaim.manager.web.api.operations import DECLARED, Declared
from tests.unit.api.calling import Caller, token_for

OWN = {
    "fqdn": "garden.example.test",
    "login": "garden",
    "slug": "garden",
    "act": "stop",
    "offer": "standard",
    "name": "web1",
    "id": "999",
    "number": "999",
    "key": "none",
    "purpose": "none",
    "pk": "999",
    "serial": "1",
    "email": "nobody@example.test",
    "campaign": "none",
}
BODIES = {
    "create_site": {"account": "garden", "name": "new.example.test"},
    "create_account": {"client": "garden"},
    "create_client": {"name": "New"},
    "create_offer": {"slug": "large", "name": "Large"},
    "add_person": {"email": "new@example.test", "name": "New"},
    "add_machine": {"name": "web9", "roles": ["web"]},
    "create_token": {"name": "t", "scopes": ["sites:read"]},
    "put_program": {"runtime": "node", "command": "server.js"},
    "give_consent": {"name": "shop.garden.example.test", "guest": "other"},
    "withdraw_consent": {"name": "shop.garden.example.test", "guest": "other"},
    "try_php": {"php": "8.4"},
    "register_break_glass": {"recipient": "age1", "locked": "x", "holders": []},
    "ring_break_glass": {"what": "drill"},
    "create_tool": {"name": "Wiki", "redirect_uris": ["https://wiki.example.test/cb"], "groups": ["board"]},
    "create_secret": {"name": "new", "groups": ["administrator"]},
    "put_secret_value": {"sealed": "x", "recipients": []},
}
BODIES |= {
    "change_contact": {"kind": "technical"},
    "choose_extensions": {"php": "8.2", "extensions": []},
    "give_accounts": {"email": "nobody@example.test", "accounts": []},
    "remove_person": {"email": "nobody@example.test"},
}
REASON = {"reason": "a test"}
BODIES |= {"propose_grant": {"email": "nobody@example.test", "group": "observer", **REASON}}
BODIES |= {"refuse_grant": REASON, "withdraw_grant": REASON}
BODIES |= {"reissue_certificate": REASON, "reissue_certificates": REASON}
BODIES |= {
    "add_absence": {"first_day": "2027-01-04", "last_day": "2027-01-05"},
    "add_duty": {"name": "Pay the bills"},
    "write_agreement_draft": {"title": "Words", "text": "I keep them."},
    "add_campaign": {"title": "Call", "text": "Come.", "first_day": "2027-01-04"},
    "note_candidate": {"text": "Seen."},
    "decline_candidate": {"decision": "The board, item 5."},
}
BODIES |= {
    "write_note": {"text": "Seen."},
    "invite_person": {"email": "another@example.test", "role": "reader"},
    "withdraw_invitation": {"email": "another@example.test"},
    "change_role": {"email": "nobody@example.test", "role": "reader"},
    "propose_ending": {"cause": "wish", "reason": "A letter.", "ends_on": "2099-01-01"},
    "ask_email_change": {"email": "another@example.test"},
}
OF_A_CLIENT = ("{fqdn}", "{login}", "{slug}")
NEEDS_MORE = {"enrol": 422, "put_content": 422, "undo_content": 409, "prove_site": 200, "revoke_token": 404}
NEEDS_MORE |= {"put_certificate": 422, "reissue_certificate": 409, "reissue_certificates": 409}
NEEDS_MORE |= {"withdraw_consent": 404, "act_on_program": 404, "erase_site": 409, "erase_account": 409}
NEEDS_MORE |= {"show_php_trial": 409, "switch_php": 409}
NEEDS_MORE |= {"widen_limits": 422, "put_rules_back": 409}
NEEDS_MORE |= {"show_secret": 404, "change_secret": 404, "put_secret_value": 404, "take_secret_value": 404}
NEEDS_MORE |= {"propose_grant": 422, "confirm_grant": 404, "refuse_grant": 404, "withdraw_grant": 404}
NEEDS_MORE |= {"review_grant": 404, "undo_merge": 404, "show_key": 404, "revoke_key": 404}
NEEDS_MORE |= {"give_own_consent": 404, "withdraw_own_consent": 404}
NEEDS_MORE |= {"register_break_glass": 422, "take_break_glass_kit": 409}
NEEDS_MORE |= {"close_secret": 404, "show_tool": 404, "change_tool": 404, "renew_tool_secret": 404, "close_tool": 404}
NEEDS_MORE |= {
    "ask_erasure": 422,
    "give_accounts": 404,
    "remove_person": 404,
    "fetch_export": 404,
    "find_clients_and_people": 422,
}
NEEDS_MORE |= {
    "give_certificate": 422,
    "merge_clients": 422,
    "import_clients": 422,
    "leave_team": 422,
    "show_leaving": 404,
}
NEEDS_MORE |= dict.fromkeys(("show_hours", "change_hours", "add_absence", "remove_absence"), 404)
NEEDS_MORE |= dict.fromkeys(("change_duty", "remove_duty", "show_agreement_version", "change_campaign"), 404)
NEEDS_MORE |= dict.fromkeys(("show_candidate", "note_candidate", "decline_candidate"), 404)
NEEDS_MORE |= dict.fromkeys(("accept_handover", "decline_handover", "withdraw_handover"), 404)
NEEDS_MORE |= {"offer_handover": 422, "preview_merge": 422, "add_ending_document": 422}
NEEDS_MORE |= {"fetch_ending_document": 404, "change_role": 404, "ask_email_change": 202}
NEEDS_MORE |= {"approve_ending": 409, "withdraw_ending": 409}
NEEDS_MORE |= dict.fromkeys(("approve_lost_factor", "stop_client_erasure", "take_apart_back"), 404)
NEEDS_MORE |= dict.fromkeys(("report_lost_factor", "confirm_lost_factor", "refuse_lost_factor"), 422)
NEEDS_MORE |= dict.fromkeys(("end_sign_in", "give_sign_in_back"), 422)
NEEDS_MORE |= dict.fromkeys(("ask_client_erasure", "tell_clients_apart", "reseal_secret_value"), 422)
"""What an otherwise allowed request gets, where the table's plain body is not enough."""

pytestmark = pytest.mark.one_database
with_each = pytest.mark.parametrize("name", sorted(DECLARED))


def ask(caller: Caller, name: str) -> int:
    """The status that `caller` gets from operation `name` with a body that it would accept."""
    method, path = DECLARED[name].method, full_path(name).format(**OWN)
    body = BODIES.get(name) or (REASON if path.rsplit("/", 1)[-1] in ("suspend", "close", "drain", "revoke") else {})
    if ("tokens" in path and path.endswith("revoke")) or method == "GET":
        body = None  # type: ignore[assignment]
    if method == "GET":
        path += "?timeout=0"  # nobody answers here, and none of this is about waiting
    return caller(method, path, body).status_code


def full_path(name: str) -> str:
    """Address of an operation below /api/v1."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            if any(operation.operation_id == name for operation in view.operations):
                return f"/{router.prefix}".rstrip("/") + path
    raise LookupError(name)


def declared(name: str) -> Declared:
    return DECLARED[name]


def is_the_houses(name: str) -> bool:
    """Only who holds a group of the team gets in, or has the scope."""
    return bool(declared(name).right) or declared(name).scope in SCOPES


@with_each
def test_without_a_token_only_open_operations_answer(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_nobody, name)

    assert (status == 401) == (declared(name).scope is not None)


@with_each
def test_a_token_without_the_scope_is_told_so(house: SimpleNamespace, name: str) -> None:
    scope = declared(name).scope
    others = [other for other in ApiToken.SCOPES if other != scope]

    status = ask(Caller(token_for(house.team, others)), name)

    assert (status == 403) == bool(scope)


@with_each
def test_another_clients_token_finds_nothing_of_ours(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_stranger, name)

    if declared(name).scope is None:
        assert status in (200, 422)
    elif is_the_houses(name):
        assert status == 403
    elif name in ("create_site", "create_account") or any(part in declared(name).path for part in OF_A_CLIENT):
        assert status in ((404, 422) if name == "put_content" else (404,))
    else:
        assert status in (200, 201, 404, NEEDS_MORE.get(name))


@with_each
def test_the_owners_token_opens_what_is_theirs_and_not_the_houses(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_owner, name)

    if is_the_houses(name):
        assert status == 403
    else:
        assert status == NEEDS_MORE.get(name, status)
        assert status < 300 or name in NEEDS_MORE


@with_each
def test_the_teams_token_opens_everything(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_team, name)

    assert status == NEEDS_MORE.get(name, status)
    assert status < 300 or name in NEEDS_MORE


def test_every_operation_is_declared_and_every_declared_one_is_there(house: SimpleNamespace) -> None:
    found = [
        operation.operation_id
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    ]

    assert sorted(found) == sorted(DECLARED)  # type: ignore[type-var]


@pytest.mark.parametrize(
    "header", ["Basic Zm9v", "Bearer", "Bearer ", "bearer nonsense", "essaim_nonsense", "Bearer é"]
)
def test_what_is_no_token_opens_nothing(house: SimpleNamespace, header: str) -> None:
    answer = house.as_nobody.get("/me", Authorization=header)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Bearer realm="essaim"')


def test_a_revoked_token_opens_nothing(house: SimpleNamespace) -> None:
    ApiToken.objects.filter(person=house.owner).update(revoked_at="2026-01-01T00:00Z")

    assert house.as_owner.get("/me").json()["code"] == "api.token_refused"


def test_a_signed_in_browser_is_nobody_here(house: SimpleNamespace) -> None:
    house.as_nobody.browser.force_login(house.team)

    assert house.as_nobody.get("/sites").status_code == 401
