"""In which PHP a site is, and with which settings."""

import os
from pathlib import Path
from typing import Any, cast

import pytest

from essaim.agent.engines import php
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine
from essaim.agent.resources.site import SiteResource
from essaim.contract import Fqdn, Login, Site
from tests.unit.agent.running import QuietPrograms, site, web_machine

SITE = SiteResource()
ALICE = Login("alice")
NAME = "a.example.test"


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    return web_machine(tmp_path)


def apply(web: Machine, spec: Site) -> list[tuple[str, ...]]:
    """What systemd was asked for it."""
    programs = cast("QuietPrograms", web.run)
    programs.asked.clear()
    SITE.apply(spec, 1, web)
    web.systemd.settle()
    return programs.asked


def settings(web: Machine, version: str = "8.2", name: str = NAME) -> str | None:
    file = php.settings_file(Fqdn(name), ALICE, version, web.paths)
    return file.read_text() if file.exists() else None


def listening(web: Machine, version: str) -> None:
    php.socket_path(ALICE, version, web.paths).touch()


def changed(version: str = "8.4", **settings: Any) -> Site:
    return site(php=version, php_settings=settings)


def test_what_a_client_chose_stands_in_the_section_of_the_sites_directory(web: Machine) -> None:
    apply(web, site(php_settings={"memory_limit": "256", "upload_max_filesize": "100", "display_errors": "on"}))
    assert settings(web) == (
        "[PATH=/srv/home/sites/a.example.test]\nerror_log = /srv/home/logs/a.example.test/php-8.2.log\n"
        "log_errors_max_len = 4096\ndisplay_errors = 1\nmemory_limit = 256M\n"
        "upload_max_filesize = 100M\npost_max_size = 108M\n"
    )


@pytest.mark.parametrize("name", ["memory_limit\nauto_prepend_file", "auto_prepend_file", "memory_limit"])
def test_what_is_no_setting_of_a_client_is_refused(web: Machine, name: str) -> None:
    with pytest.raises(PermanentError) as refused:
        SITE.apply(site(php_settings={name: "1024"}), 1, web)
    assert refused.value.code == "site.php_setting_refused"
    assert settings(web) is None


def test_a_version_that_the_machine_has_no_tree_of_is_refused(web: Machine) -> None:
    web.files.remove(web.paths.php_trees / "7.4")
    with pytest.raises(PermanentError) as refused:
        SITE.apply(site(php="7.4"), 1, web)
    assert refused.value.facts == {"php": "7.4", "versions": "8.2 8.4".replace(" ", ", ")}


def test_the_first_site_of_a_version_makes_it_listen_with_the_batch(web: Machine) -> None:
    assert apply(web, site()) == [("systemctl", "start", "essaim-php-8.2@alice.socket")]
    listening(web, "8.2")
    assert apply(web, site("b.example.test")) == []


def test_a_new_version_listens_before_visitors_are_sent_there(web: Machine) -> None:
    apply(web, site())
    listening(web, "8.2")
    programs = cast("QuietPrograms", web.run)
    led: list[str] = []
    programs.refuses = lambda words: bool(led.append(str((web.paths.sites / NAME / "php").readlink().name)))  # type: ignore[func-returns-value]  # notes where visitors are led at that moment
    apply(web, changed())
    assert programs.asked == [("systemctl", "start", "essaim-php-8.4@alice.socket")]
    assert led == ["alice.8.2.sock"]
    assert (web.paths.sites / NAME / "php").readlink().name == "alice.8.4.sock"


def test_the_former_version_is_unused_with_its_last_site_only(web: Machine) -> None:
    apply(web, site())
    apply(web, site("b.example.test"))
    listening(web, "8.2")
    apply(web, changed())
    assert list(php.unused(web.paths)) == []
    SITE.remove("b.example.test", erase=False, machine=web)
    assert list(php.unused(web.paths)) == [(ALICE, "8.2")]
    assert settings(web) is None
    apply(web, site())  # back again, in one act, and nothing has to start
    assert list(php.unused(web.paths)) == []


def test_settings_that_changed_are_read_again_and_nothing_else_is(web: Machine) -> None:
    apply(web, site())
    listening(web, "8.2")
    reload = ("systemctl", "try-reload-or-restart", "essaim-php-8.2@alice.service")
    assert apply(web, site(php_settings={"memory_limit": "64"})) == [reload]
    assert apply(web, site(php_settings={"memory_limit": "64"}, docroot="public")) == []
    assert apply(web, site()) == [reload]


def test_an_erased_site_leaves_no_log_and_one_that_is_closed_keeps_it(web: Machine) -> None:
    apply(web, site())
    log = web.paths.accounts / "alice/logs" / NAME / "php-8.2.log"
    log.write_text("x")
    SITE.remove(NAME, erase=False, machine=web)
    assert log.exists()
    SITE.remove(NAME, erase=True, machine=web)
    assert not log.parent.exists()


def test_what_a_client_put_in_the_place_of_the_logs_stands_in_no_ones_way(web: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / NAME).mkdir(parents=True)
    (web.paths.accounts / "alice/logs").symlink_to(elsewhere)
    apply(web, site())
    SITE.remove(NAME, erase=False, machine=web)
    SITE.remove(NAME, erase=True, machine=web)
    assert (elsewhere / NAME).is_dir()


def test_a_new_site_is_read_by_a_php_that_is_awake(web: Machine) -> None:
    apply(web, site())
    listening(web, "8.2")
    assert apply(web, site("b.example.test")) == []
    group = web.paths.account_groups / php.slice_unit(os.getuid()) / "essaim-php-8.2@alice.service"
    group.mkdir(parents=True)
    assert apply(web, site("c.example.test")) == [("systemctl", "try-reload-or-restart", group.name)]


def test_a_site_of_a_suspended_account_does_not_make_it_listen(web: Machine) -> None:
    php.suspend(ALICE, web)
    assert apply(web, site()) == []
    php.resume(ALICE, web)
    web.systemd.settle()
    assert ("systemctl", "start", "essaim-php-8.2@alice.socket") in cast("QuietPrograms", web.run).asked


@pytest.mark.parametrize("stray", ["8.2", "8.4"])
def test_a_changed_file_of_settings_and_a_stray_one_are_drift(web: Machine, stray: str) -> None:
    apply(web, site())
    assert SITE.drift(site(), web) is None
    file = php.settings_file(Fqdn(NAME), ALICE, stray, web.paths)
    file.parent.mkdir(exist_ok=True)
    file.write_text("[PATH=/]\n")
    drift = SITE.drift(site(), web)
    assert drift is not None
    assert drift.code == "site.php_changed"
    apply(web, site())
    assert SITE.drift(site(), web) is None
