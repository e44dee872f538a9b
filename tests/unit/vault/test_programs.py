"""The vault by the API and the command line: only what is sealed passes."""

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from essaim import age
from essaim.manager.vault import actions
from essaim.manager.vault.models import Version
from tests.unit.api.calling import Caller, token_for
from tests.unit.cli.conftest import Ended, essaim, house  # noqa: F401 - fixtures
from tests.unit.vault.conftest import PASSPHRASE

Run = Callable[..., Ended]


@pytest.fixture
def run(essaim: Run, vault: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: F811 - the fixture
    """Runs `essaim ...` as Alix, with words on standard input."""
    token = token_for(vault.alix)

    def with_words(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        return essaim(*arguments, ESSAIM_TOKEN=token)

    return with_words


def test_a_secret_is_put_shown_and_rotated(run: Run, vault: SimpleNamespace) -> None:
    put = run("vault", "put", "wiki", "--person", vault.alix.email, "--every", "30", stdin="abc\n")
    assert "wiki is in the vault, sealed for 2 keys." in put.out
    assert "sealing for the break-glass key" in put.err
    assert run("vault", "show", "wiki", "--passphrase-stdin", stdin=f"{PASSPHRASE}\n").out == "abc\n"
    assert "wiki has value 2 now" in run("vault", "rotate", "wiki", stdin="def").out
    assert run("vault", "show", "wiki", "--passphrase-stdin", stdin=f"{PASSPHRASE}\n").out == "def\n"
    assert "wiki" in run("vault", "list").out
    assert "read by" in run("vault", "about", "wiki").out
    assert run("vault", "close", "wiki", "--reason", "over").code == 0
    assert "wiki" not in run("vault", "list").out


def test_a_key_of_ones_own_opens_it_from_its_file(run: Run, vault: SimpleNamespace, tmp_path: Path) -> None:
    actions.end_key(vault.alix, by=vault.alix)
    recipient, key = age.new_key()
    actions.register_key(vault.alix, recipient=recipient)
    actions.put_value(vault.secret, value="from a file", by=vault.sacha)
    file = tmp_path / "key.txt"
    file.write_text(f"# created: today\n# public key: {recipient}\n{key}\n")

    assert run("vault", "show", "registrar.example", "--identity", str(file)).out == "from a file\n"
    assert run("vault", "show", "registrar.example").code == 3


def test_a_wrong_passphrase_is_told(run: Run) -> None:
    ended = run("vault", "show", "registrar.example", "--passphrase-stdin", stdin="not it\n")

    assert ended.code == 3
    assert "It does not open: this is not its passphrase." in ended.err


def test_no_answer_of_the_api_has_a_value_in_it(vault: SimpleNamespace) -> None:
    caller = Caller(token_for(vault.alix))
    taken = caller.post("/vault/registrar.example/take")

    for answer in (caller.get("/vault"), caller.get("/vault/registrar.example"), taken):
        assert answer.status_code == 200
        assert b"s3same" not in answer.content
    assert age.is_sealed(taken.json()["sealed"])


def test_a_value_is_put_sealed_for_all_or_not_at_all(vault: SimpleNamespace) -> None:
    caller = Caller(token_for(vault.alix))
    recipients = [one["recipient"] for one in caller.get("/vault/registrar.example").json()["recipients"]]
    body = {"sealed": age.seal("next", recipients), "recipients": recipients[:1]}

    refused = caller.post("/vault/registrar.example/values", body)
    kept = caller.post("/vault/registrar.example/values", {**body, "recipients": recipients})

    assert (refused.status_code, refused.json()["code"]) == (409, "vault.readers_changed")
    assert (kept.status_code, kept.json()["version"]) == (201, 2)
    assert Version.objects.count() == 2


def test_readers_are_changed_by_the_api(vault: SimpleNamespace) -> None:
    caller = Caller(token_for(vault.alix))

    changed = caller("PATCH", "/vault/registrar.example", {"groups": ["administrator"], "note": "Ask Robin."}).json()

    assert (changed["groups"], changed["people"], changed["note"]) == (["administrator"], [], "Ask Robin.")
    assert changed["folder"] == "domains"


def test_what_is_sealed_for_others_is_sealed_anew_here_and_stays_the_same_value(
    run: Run, vault: SimpleNamespace
) -> None:
    actions.make_key(vault.robin, passphrase=PASSPHRASE)
    people = [one.email for one in (vault.alix, vault.sacha, vault.robin)]
    actions.change_secret(vault.secret, people=people, by=vault.alix)

    done = run("vault", "reseal", "--passphrase-stdin", stdin=f"{PASSPHRASE}\n")

    assert "1 sealed anew: registrar.example." in done.out
    assert f"sealing for {vault.robin.email}" in done.err
    version = Version.objects.get()  # the same one
    assert version.keys.count() == 4
    assert actions.open_value(vault.secret, passphrase=PASSPHRASE, by=vault.robin).value == "s3same-Street"
    assert "Nothing that you can open" in run("vault", "reseal").out
    assert "Not in the vault: nowhere." in run("vault", "reseal", "nowhere").err


def test_sealing_anew_is_refused_when_the_readers_or_the_value_changed_meanwhile(vault: SimpleNamespace) -> None:
    caller = Caller(token_for(vault.alix))
    recipients = [one["recipient"] for one in caller.get("/vault/registrar.example").json()["recipients"]]
    body = {"version": 1, "sealed": age.seal("s3same-Street", recipients), "recipients": recipients}

    assert caller.post("/vault/registrar.example/reseal", {**body, "recipients": recipients[:1]}).status_code == 409
    assert caller.post("/vault/registrar.example/reseal", {**body, "version": 2}).status_code == 409
    assert caller.post("/vault/registrar.example/reseal", body).status_code == 200
    robin = Caller(token_for(vault.robin))
    assert robin.post("/vault/registrar.example/reseal", body).json()["code"] == "vault.not_a_reader"
