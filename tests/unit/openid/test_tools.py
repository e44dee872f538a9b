"""Tools: added, changed and closed by who may, on pages, by the API and the command line."""

from types import SimpleNamespace

import pytest
from django.test import Client as Browser

from essaim.manager.core.models import AuditLine
from essaim.manager.openid import actions, errors, provider
from essaim.manager.openid.models import Tool
from essaim.manager.people.rights import RightMissing
from tests.unit.api.calling import Caller, token_for
from tests.unit.cli.conftest import Run, essaim, house  # noqa: F401 - fixtures
from tests.unit.openid.conftest import BACK

GIVEN = {"name": "Forum", "redirect_uris": [BACK], "groups": ["board"]}


@pytest.mark.parametrize(
    "address",
    [
        "", "wiki", "http://wiki.example.test/", "https://", "https://u:p@wiki.example.test/", "https://wiki.example.test/#x",
        "https://*.example.test/", "javascript:alert(1)", "https://wiki.example.test/a b", "https://wiki.example.test:port/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(wiki: SimpleNamespace, address: str) -> None:
    with pytest.raises(errors.AddressRefused):
        actions.create_tool(**{**GIVEN, "redirect_uris": [address]}, by=wiki.alix)  # type: ignore[arg-type]
    assert Tool.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080/cb", "http://[::1]/cb", "https://cloud.example.test/apps/oidc?a=b"]
)
def test_an_address_on_this_machine_may_be_plain(wiki: SimpleNamespace, address: str) -> None:
    made, _secret = actions.create_tool(**{**GIVEN, "redirect_uris": [address]}, by=wiki.alix)  # type: ignore[arg-type]
    assert made.client.get_redirect_uris() == [address]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": " "}, errors.ToolNameMissing),
        ({"groups": []}, errors.GroupsMissing),
        ({"groups": ["kings"]}, errors.GroupUnknown),
        ({"logout_url": "ftp://x"}, errors.LogoutAddressRefused),
    ],
)
def test_a_tool_is_refused_with_its_reason(
    wiki: SimpleNamespace, given: dict[str, object], refusal: type[errors.GroupUnknown]
) -> None:
    with pytest.raises(refusal):
        actions.create_tool(**{**GIVEN, **given}, by=wiki.alix)  # type: ignore[arg-type]


def test_only_who_has_the_right_manages_tools(wiki: SimpleNamespace) -> None:
    with pytest.raises(RightMissing):
        actions.create_tool(**GIVEN, by=wiki.sacha)  # type: ignore[arg-type]
    with pytest.raises(RightMissing):
        actions.renew_secret(wiki.tool, by=wiki.sacha)
    with pytest.raises(RightMissing):
        actions.close_tool(wiki.tool, reason="x", by=wiki.sacha)


def test_the_key_is_made_once_and_read_by_nobody_else(
    settings: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STATE", tmp_path, raising=False)

    assert provider.signing_key() == provider.signing_key()
    file = tmp_path / "openid-key.pem"  # type: ignore[operator]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["openid-key.pem"]  # type: ignore[attr-defined]


def test_pages_add_change_and_close_a_tool_and_show_its_secret_once(wiki: SimpleNamespace) -> None:
    form = {"name": "Forum", "redirect_uris": f"{BACK}\nhttps://forum.example.test/cb", "groups": ["board"]}
    made = wiki.browser.post("/tools/add/", form)
    tool = Tool.objects.get(client__name="Forum")
    here = f"/tools/of/{tool.pk}/"

    assert made.status_code == 201
    assert "Copy the secret now" in made.text
    assert "no-store" in made["Cache-Control"]
    assert "Copy the secret now" not in wiki.browser.get(here).text
    assert tool.client.check_secret(made.context["secret"])
    assert wiki.browser.post(f"{here}change/", {**form, "name": "The forum"}).status_code == 302
    assert "The forum" in wiki.browser.get("/tools/").text
    assert wiki.browser.post(f"{here}change/", {**form, "redirect_uris": "ftp://x"}).status_code == 422
    renewed = wiki.browser.post(f"{here}secret/")
    assert renewed.context["secret"] != made.context["secret"]
    assert wiki.browser.post(f"{here}close/", {"reason": "gone"}).status_code == 302
    assert AuditLine.objects.filter(code="openid.tool_closed", reason="gone").exists()
    assert wiki.browser.post(f"{here}secret/").status_code == 409


def test_the_list_costs_as_many_queries_for_many_as_for_one(
    wiki: SimpleNamespace, django_assert_num_queries: object
) -> None:
    for number in range(5):
        actions.create_tool(**{**GIVEN, "name": f"Tool {number}"}, by=wiki.alix)  # type: ignore[arg-type]
    wiki.browser.get("/tools/")

    with django_assert_num_queries(3):  # type: ignore[operator]
        assert wiki.browser.get("/tools/").status_code == 200


def test_the_api_manages_tools_as_pages_do(wiki: SimpleNamespace) -> None:
    caller = Caller(token_for(wiki.alix))
    made = caller.post("/tools", GIVEN).json()
    assert caller("PATCH", f"/tools/{made['key']}", {"groups": ["administrator"]}).json()["groups"] == ["administrator"]
    assert "secret" not in caller.get(f"/tools/{made['key']}").json()
    assert caller.post(f"/tools/{made['key']}/secret").json()["secret"] != made["secret"]
    assert caller.post(f"/tools/{made['key']}/close", {"reason": "over"}).json()["closed_at"]
    assert len(caller.get("/tools").json()["items"]) == 2
    assert Caller(token_for(wiki.sacha)).get("/tools").status_code == 403


def test_the_command_line_manages_tools(essaim: Run, wiki: SimpleNamespace) -> None:  # noqa: F811 - the fixture
    token = {"ESSAIM_TOKEN": token_for(wiki.alix)}
    made = essaim("tool", "create", "Forum", "--redirect", BACK, "--group", "board", **token)
    key = Tool.objects.get(client__name="Forum").pk

    assert "secret" in made.out
    assert "Forum" in essaim("tool", "list", **token).out
    assert "secret" not in essaim("tool", "show", key, **token).out
    assert "administrator" in essaim("tool", "change", key, "--group", "administrator", **token).out
    assert "secret" in essaim("tool", "secret", key, **token).out
    assert "Forum is closed." in essaim("tool", "close", key, "--reason", "over", **token).out


def test_a_stranger_to_the_right_sees_no_tools(wiki: SimpleNamespace) -> None:
    browser = Browser()
    browser.force_login(wiki.sacha)

    for path in ("/tools/", "/tools/add/", f"/tools/of/{wiki.tool.pk}/", f"/tools/of/{wiki.tool.pk}/close/"):
        assert browser.get(path).status_code == 403
