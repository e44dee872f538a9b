"""`essaim site php`: shown, changed, put back, refused."""

import json

import pytest

from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Site
from tests.unit.cli.conftest import Run
from tests.unit.factories import make_machine
from tests.unit.hosting.wishes import prove, wish

NAME = "garden.example.test"


def test_what_a_site_has_and_may_have_is_shown(essaim: Run) -> None:
    essaim("site", "php", NAME, "--set", "memory_limit=256", "--no-wait")

    ended = essaim("site", "php", NAME)

    assert ended.code == 0
    assert "7.4 (no security updates since 2026-08-31), 8.2" in ended.out
    line = next(line for line in ended.out.splitlines() if line.startswith("memory_limit"))
    assert line.split() == ["memory_limit", "256", "MiB", "128", "32", "to", "512"]


def test_version_and_settings_are_changed_in_one_request(essaim: Run) -> None:
    options = ("--version", "8.4", "--set", "memory_limit=256", "--set", "date.timezone=Europe/Paris")
    ended = essaim("site", "php", NAME, *options, "--no-wait")

    assert (ended.code, ended.out) == (0, f"{NAME} is decided: waiting.\n")
    site = Site.objects.get()
    assert (site.php, site.php_settings) == ("8.4", {"date.timezone": "Europe/Paris", "memory_limit": "256"})
    assert "8.4 (date.timezone = Europe/Paris, memory_limit = 256)" in essaim("site", "show", NAME).out


def test_a_change_that_is_waited_for_tells_how_long_it_took_itself(essaim: Run) -> None:
    make_machine("outside1", roles=["prober"])
    essaim("site", "php", NAME, "--version", "8.4", "--no-wait")
    site = prove(Site.objects.get())
    took = (site.revision_proved_at - wish("site", site).changed_at).total_seconds()
    Site.objects.update(live_seconds=99)

    ended = essaim("site", "php", NAME, "--version", "8.4", "--wait")

    assert ended.out.endswith(f"{NAME} is live after {took:.2f} s.\n")


def test_the_version_before_is_put_back_and_a_setting_given_up(essaim: Run) -> None:
    essaim("site", "php", NAME, "--version", "8.4", "--set", "memory_limit=256", "--no-wait")

    ended = essaim("site", "php", NAME, "--back", "--unset", "memory_limit", "--no-wait", "--json")

    assert json.loads(ended.out)["php"] == "8.2"
    assert Site.objects.get().php_settings == {}
    assert essaim("site", "php", NAME, "--back").code == 2


@pytest.mark.parametrize("options", [["--version", "8.4", "--back"], ["--set", "memory_limit"], ["--set", "=5"]])
def test_wrong_usage_asks_nothing_of_the_manager(essaim: Run, options: list[str]) -> None:
    assert essaim("site", "php", NAME, *options).code == 2


def test_sites_of_a_version_are_listed(essaim: Run) -> None:
    essaim("site", "php", NAME, "--version", "7.4", "--no-wait")

    assert NAME in essaim("site", "list", "--php", "7.4").out
    assert essaim("site", "list", "--php", "8.2").out == "No site.\n"


def test_a_refusal_says_the_ceiling(essaim: Run) -> None:
    ended = essaim("site", "php", NAME, "--set", "memory_limit=1000")

    assert ended.code == 3
    assert "memory_limit is at most 512 MiB in the offer “Standard”." in ended.err
    assert "[hosting.php_setting_above_offer]" in ended.err


def test_json_tells_what_the_machine_has(essaim: Run) -> None:
    Machine.objects.update(facts={"php": "8.2 8.4"})

    shown = json.loads(essaim("site", "php", NAME, "--json").out)

    assert [one["version"] for one in shown["php_offered"]] == ["8.2", "8.4"]
    assert (shown["php"], shown["php_before"], shown["php_settings"]) == ("8.2", "", {})


def test_extensions_are_chosen_for_an_account_and_a_version(essaim: Run) -> None:
    login = Site.objects.get().account.login
    essaim("offer", "change", "standard", "--extension", "apcu", "--extension", "redis")

    ended = essaim("account", "extensions", login, "--php", "8.2", "redis", "apcu")

    assert (ended.code, ended.out) == (0, f"PHP 8.2 of {login} loads apcu, redis.\n")
    assert "apcu, redis" in essaim("account", "show", login).out
    ended = essaim("account", "extensions", login, "--php", "8.2")
    assert ended.out == f"PHP 8.2 of {login} loads no extension beyond the usual ones.\n"
    assert "to choose from: apcu, redis" in essaim("account", "show", login).out
