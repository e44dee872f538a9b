"""Extensions that an account chose for its PHP, on its machine: links into its tree, and none where PHP does not stay up with them."""

import os
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from essaim.agent.engines import extensions, offered, php, trees
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.resources.site import SiteResource
from essaim.agent.tending import Tending
from essaim.contract import Account, Login
from essaim.contract.php_extensions import EXTENSIONS, files, known
from tests.unit.agent.running import QuietPrograms, site, web_machine

ALICE = Login("alice")
PLAIN = Account(login=ALICE, uid=20_001, quota_bytes=10**9, processes=50, memory_bytes=512 * 1024**2)


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    web = web_machine(tmp_path)
    SiteResource().apply(site(), 1, web)
    return web


def choose(web: Machine, *names: str, again: int = 0, version: str = "8.2") -> Account:
    account = msgspec.structs.replace(PLAIN, php_extensions={version: names}, php_extensions_again=again)
    offered.keep(account, web)
    extensions.configure(account, web)
    return account


def linked(web: Machine, version: str = "8.2") -> dict[str, str]:
    place = extensions.folder(ALICE, version, web.paths)
    return {path.name: str(path.readlink()) for path in sorted(place.iterdir())} if place.is_dir() else {}


def awake(web: Machine, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    monkeypatch.setattr(php, "is_awake", lambda *_: True)
    asked = cast("QuietPrograms", web.run).asked
    asked.clear()
    return asked


def fails(web: Machine, times: int = 3) -> None:
    web.paths.php_failed.mkdir(parents=True, exist_ok=True)
    (web.paths.php_failed / "alice.8.2").write_text(str(times))


def tend(web: Machine) -> list[bool]:
    told: list[bool] = []
    Tending(web, lambda: told.append(True)).look()
    return told


def test_what_is_chosen_is_linked_with_what_it_needs_in_the_order_of_debian(web: Machine) -> None:
    choose(web, "redis", "apcu")
    assert linked(web) == {
        f"{number}-{name}.ini": f"/etc/php/8.2/mods-available/{name}.ini"
        for number, name in ((20, "apcu"), (20, "igbinary"), (25, "redis"))
    }
    assert linked(web, "8.4") == {}


def test_what_there_is_not_is_left_out(web: Machine) -> None:
    choose(web, "apcu", "../../shadow", "none")
    assert list(linked(web)) == ["20-apcu.ini"]
    assert known({"8.2": ["none"], "5.6": ["apcu"]}) == {}


def test_a_change_has_php_that_runs_start_anew_and_one_that_sleeps_left_alone(
    web: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(web, "apcu")
    web.systemd.settle()
    asked = awake(web, monkeypatch)
    choose(web, "apcu")
    web.systemd.settle()
    assert asked == []
    account = choose(web)
    web.systemd.settle()
    assert asked == [("systemctl", "try-reload-or-restart", "essaim-php-8.2@alice.service")]
    assert (linked(web), extensions.is_configured(account, web.paths)) == ({}, True)


def test_a_change_by_hand_is_seen(web: Machine) -> None:
    account = choose(web, "apcu")
    assert extensions.is_configured(account, web.paths)
    (extensions.folder(ALICE, "8.2", web.paths) / "30-other.ini").write_text("extension=other.so")
    assert not extensions.is_configured(account, web.paths)
    extensions.configure(account, web)
    assert extensions.is_configured(account, web.paths)


def test_a_version_with_extensions_and_no_site_is_not_in_use(web: Machine) -> None:
    choose(web, "apcu", version="8.4")
    assert php.used(ALICE, web.paths) == ["8.2"]
    assert php.sites_in(ALICE, "8.2", web.paths) == ["a.example.test"]


def test_php_that_does_not_stay_up_with_them_starts_without_and_says_so(web: Machine) -> None:
    account = choose(web, "redis")
    fails(web)
    assert tend(web) == [True]
    assert linked(web) == {}
    with pytest.raises(TemporaryError) as told:
        extensions.require_none_aside(account, web.paths)
    assert (told.value.code, told.value.facts["names"]) == ("account.extensions_crash", "redis")
    choose(web, "redis")
    assert linked(web) == {}
    assert not (web.paths.php_failed / "alice.8.2").exists()


@pytest.mark.parametrize("way", ["fewer", "again", "build"])
def test_there_is_a_way_back(web: Machine, way: str) -> None:
    choose(web, "apcu", "redis")
    fails(web)
    tend(web)
    if way == "build":
        trees.place("8.2", "two", web.paths).mkdir()
        trees.give("8.2", "two", ALICE, web)
    names = ("apcu",) if way == "fewer" else ("apcu", "redis")
    account = choose(web, *names, again=1 if way == "again" else 0)
    assert set(linked(web)) == set(files(names))
    extensions.require_none_aside(account, web.paths)


def test_where_the_build_came_last_the_build_is_to_blame(web: Machine) -> None:
    choose(web, "apcu")
    trees.give("8.2", "one", ALICE, web)
    os.utime(extensions.folder(ALICE, "8.2", web.paths), (1.0, 1.0))
    fails(web)
    tend(web)
    assert list(linked(web)) == ["20-apcu.ini"]


def test_php_without_any_that_does_not_stay_up_is_not_blamed_on_them(web: Machine) -> None:
    fails(web)
    assert not extensions.set_aside(ALICE, "8.2", web)


def test_a_tree_tells_what_it_has_and_has_all_off(web: Machine) -> None:
    tree = trees.place("8.2", "one", web.paths)
    for name in ("apcu", "redis", "igbinary", "curl"):
        for folder in ("mods-available/", "fpm/conf.d/20-", "cli/conf.d/20-"):
            file = tree / f"etc/php/8.2/{folder}{name}.ini"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    trees.leave_off("8.2", tree)
    assert extensions.told(web.paths) == "8.2:apcu,redis"
    assert sorted(path.name for path in tree.rglob("conf.d/*")) == ["20-curl.ini"] * 2


def test_every_extension_is_a_package_of_every_tree() -> None:
    from essaim.contract import GENERATIONS

    wanted: set[Any] = {f"php-{name}" for name in EXTENSIONS}
    assert all(wanted <= set(trees.packages(generation)) for generation in GENERATIONS)
