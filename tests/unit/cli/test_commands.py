"""What people and scripts see: words, JSON, exit codes."""

import json
import tarfile
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from essaim.cli import site_content
from essaim.cli.root import COMMANDS
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Site, Upload
from tests.unit.api.calling import token_for
from tests.unit.cli.conftest import Run
from tests.unit.factories import answer, make_client

TOMORROW = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - any of the next days


def test_help_lists_every_command_and_the_exit_codes(essaim: Run) -> None:
    ended = essaim("--help")

    assert ended.code == 0
    assert all(name in ended.out for name in COMMANDS if name != "bench")
    assert "5  decided, not proved in time" in ended.out


@pytest.mark.parametrize("room", ["site", "account", "client", "machine", "audit", "token", "admin", "manager", "bus"])
def test_every_room_has_help_and_so_has_every_command_in_it(essaim: Run, room: str) -> None:
    from importlib import import_module

    lazy = COMMANDS[room]
    group = getattr(import_module(lazy.module), lazy.attribute)

    assert all(command.help for command in group.commands.values())
    assert essaim(room, "--help").code == 0


def test_an_order_is_decided_and_told_in_words(essaim: Run) -> None:
    ended = essaim("site", "create", "new.example.test", "--account", "garden", "--no-wait")

    assert (ended.code, ended.out) == (0, "new.example.test is decided: waiting.\n")


def test_json_is_what_the_api_answers(essaim: Run) -> None:
    ended = essaim("site", "show", "garden.example.test", "--json")

    shown = json.loads(ended.out)
    assert (shown["fqdn"], shown["health"], shown["account"]) == ("garden.example.test", "waiting", "garden")
    assert [step["name"] for step in shown["steps"]] == ["asked", "sent", "applied", "proved", "https"]


def test_a_sites_page_in_a_terminal_tells_what_was_done(essaim: Run) -> None:
    essaim("site", "suspend", "garden.example.test", "--reason", "summer")
    answer(Wanted.objects.get(kind="site"), seconds=0.02)

    ended = essaim("site", "show", "garden.example.test")

    newest, asked = ended.out.splitlines()[-3:-1]
    assert "0.02 s" in newest
    assert newest.rstrip().endswith("web1 suspended the site.")
    assert asked.rstrip().endswith("suspended the site.  summer")


def test_a_refusal_prints_sentence_hint_and_code_and_ends_with_3(essaim: Run) -> None:
    ended = essaim("site", "create", "garden.example.test", "--account", "garden")

    assert ended.code == 3
    assert "[hosting.site_taken]" in ended.err
    assert ended.out == ""
    assert len(ended.err.strip().splitlines()) == 2


def test_a_refusal_as_json_is_the_problem_document(essaim: Run) -> None:
    ended = essaim("site", "show", "absent.example.test", "--json")

    assert ended.code == 3
    assert json.loads(ended.out)["code"] == "hosting.site_not_found"


def test_a_site_that_is_live_is_told_and_ends_with_0(essaim: Run, house: SimpleNamespace) -> None:
    Site.objects.update(health=Site.Health.LIVE, live_seconds=0.42, docroot="public")

    ended = essaim("site", "change", "garden.example.test", "--docroot", "public", "--wait")

    assert ended.code == 0
    assert ended.out.endswith("garden.example.test is live after 0.42 s.\n")


def test_a_proof_that_does_not_come_in_time_ends_with_5(essaim: Run) -> None:
    ended = essaim("site", "prove", "garden.example.test", "--wait", "--timeout", "0")

    assert (ended.code, "[cli.not_proved]" in ended.err) == (5, True)


def test_a_site_that_is_not_live_in_time_ends_with_5(essaim: Run) -> None:
    ended = essaim("site", "create", "slow.example.test", "--account", "garden", "--wait", "--timeout", "0.1")

    assert ended.code == 5
    assert "decided" in ended.out
    assert "is not live after 0.1 s" in ended.err


@pytest.mark.parametrize("token", ["nonsense", ""])
def test_who_is_not_signed_in_is_told_how_and_ends_with_6(essaim: Run, token: str) -> None:
    assert essaim("whoami", ESSAIM_TOKEN=token).code == 6


def test_what_a_token_does_not_open_ends_with_6(essaim: Run, house: SimpleNamespace) -> None:
    ended = essaim("machine", "list", ESSAIM_TOKEN=token_for(house.owner))

    assert (ended.code, "people.scope_missing" in ended.err) == (6, True)


def test_wrong_usage_ends_with_2(essaim: Run) -> None:
    assert essaim("site", "create", "x.example.test").code == 2
    assert essaim("nonsense").code == 2
    assert essaim("site", "change", "garden.example.test").code == 2


def test_sentences_are_asked_for_in_the_language_of_the_locale(essaim: Run) -> None:
    from essaim.cli.calls import language

    essaim("whoami", LC_ALL="fr_FR.UTF-8")

    assert language() == "fr"


def test_a_list_is_a_table_with_states_in_words(essaim: Run, house: SimpleNamespace) -> None:
    Site.objects.update(health=Site.Health.PROVING)

    lines = essaim("site", "list").out.splitlines()

    assert lines[0].split()[:3] == ["SITE", "ACCOUNT", "STATE"]
    assert "being proved" in lines[1]


def test_a_list_that_was_cut_says_so(essaim: Run) -> None:
    essaim("site", "create", "b.example.test", "--account", "garden")

    assert "--limit" in essaim("site", "list", "--limit", "1").err


def test_a_consent_is_given_listed_and_withdrawn(essaim: Run, house: SimpleNamespace) -> None:
    make_client("neighbours")
    name, token = "shop.garden.example.test", token_for(house.owner)

    given = essaim("client", "consent", name, "--to", "neighbours", ESSAIM_TOKEN=token)
    assert given.out == f"neighbours may have {name} now.\n"
    assert name in essaim("client", "consents").out
    assert essaim("client", "withdraw", name, "--to", "neighbours").code == 0
    assert "No consent." in essaim("client", "consents").out
    assert essaim("client", "withdraw", name, "--to", "neighbours").code == 3


def test_who_has_not_one_client_says_whose_name_it_is(essaim: Run) -> None:
    refused = essaim("client", "consents")

    assert (refused.code, "--of CLIENT" in refused.err) == (2, True)


def test_what_is_in_service_is_not_erased(essaim: Run, house: SimpleNamespace) -> None:
    refused = essaim("site", "erase", "garden.example.test", "--yes")

    assert refused.code == 3
    assert "Close it first" in refused.err
    assert Site.objects.filter(pk=house.site.pk).exists()


def test_nothing_is_erased_without_a_yes(essaim: Run, house: SimpleNamespace) -> None:
    essaim("site", "close", "garden.example.test")
    assert essaim("site", "erase", "garden.example.test").code == 2
    assert Site.objects.filter(pk=house.site.pk).exists()
    assert essaim("site", "erase", "garden.example.test", "--yes").code == 0
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("site", "suspend", "garden.example.test", "--reason", "summer"),
        ("site", "resume", "garden.example.test"),
        ("site", "close", "garden.example.test"),
        ("site", "restore", "garden.example.test"),
        ("site", "change", "garden.example.test", "--docroot", "public"),
        ("site", "open", "garden.example.test"),
        ("site", "story", "garden.example.test"),
        ("account", "list"),
        ("account", "show", "garden"),
        ("account", "create", "--client", "garden", "--quota-gib", "20"),
        ("account", "change", "garden", "--processes", "32"),
        ("account", "change", "garden", "--offer", "standard"),
        ("offer", "list"),
        ("offer", "show", "standard"),
        ("offer", "create", "large", "--quota-gib", "50", "--ceiling", "memory_limit=1024", "--warm"),
        ("offer", "change", "standard", "--sites-max", "20", "--ceiling", "memory_limit="),
        ("account", "suspend", "garden", "--reason", "summer"),
        ("account", "resume", "garden"),
        ("account", "close", "garden"),
        ("account", "restore", "garden"),
        ("client", "list"),
        ("client", "create", "The Choir"),
        ("client", "people", "garden"),
        ("client", "add-person", "garden", "new@example.test", "--name", "New"),
        ("machine", "list"),
        ("machine", "show", "web1"),
        ("machine", "add", "web9", "--role", "web"),
        ("machine", "token", "web1"),
        ("machine", "drain", "web1", "--reason", "old disk"),
        ("machine", "resume", "web1"),
        ("machine", "check", "web1"),
        ("machine", "revoke", "web1", "--reason", "stolen", "--yes"),
        ("audit", "list", "--about", "site/garden.example.test"),
        ("audit", "verify"),
        ("audit", "head"),
        ("token", "list"),
        ("token", "create", "backup", "--scope", "sites:read", "--expires", TOMORROW),
        ("whoami",),
    ],
)
def test_each_command_does_its_work_in_words_and_as_json(essaim: Run, arguments: tuple[str, ...]) -> None:
    told = essaim(*arguments)
    again = essaim(*arguments, "--json")

    assert told.code == 0, told.err
    assert told.out
    assert again.code in (0, 3)  # some acts are possible once
    assert json.loads(again.out)


def test_a_directory_is_put_without_what_no_site_needs(essaim: Run, tmp_path: Path) -> None:
    source = tmp_path / "site"
    (source / ".git").mkdir(parents=True)
    (source / ".git/config").write_text("secret")
    (source / "index.html").write_text("hello")
    (source / ".htaccess").write_text("")

    ended = essaim("site", "put", "garden.example.test", str(source))

    assert ended.code == 0, ended.err
    assert Upload.objects.get().files == 2


def test_the_same_directory_is_packed_to_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")

    packed = []
    for _each in range(2):
        with site_content._archive(tmp_path) as (file, _name):
            file.seek(0)
            packed.append(file.read())

    assert packed[0] == packed[1]


def test_an_archive_is_put_as_it_is(essaim: Run, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    with tarfile.open(tmp_path / "site.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "index.html", "index.html")

    assert "site.tar.xz" in essaim("site", "put", "garden.example.test", str(tmp_path / "site.tar.xz")).out


def test_a_broken_chain_ends_with_1_and_names_the_line(essaim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = AuditLine.objects.first()
    monkeypatch.setattr("essaim.manager.core.audit.first_broken_line", lambda: broken)

    ended = essaim("audit", "verify")

    assert (ended.code, f"line {broken.pk}" in ended.err) == (1, True)  # type: ignore[union-attr]
