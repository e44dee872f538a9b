"""What an account's offer says, on its machine: ceilings are looked at once more, and warm PHP is started and never put to sleep."""

from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from essaim.agent import reaper
from essaim.agent.engines import offered, php
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine
from essaim.agent.reaper import Reaper
from essaim.agent.resources.site import SiteResource
from essaim.contract import Account, Login
from tests.unit.agent.running import QuietPrograms, site, web_machine

ALICE = Login("alice")
SERVICE, SOCKET = "essaim-php-8.2@alice.service", "essaim-php-8.2@alice.socket"


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    return web_machine(tmp_path)


def configure(web: Machine, **changed: Any) -> Account:
    plain = Account(login=ALICE, uid=20_001, quota_bytes=10**9, processes=50, memory_bytes=512 * 1024**2)
    account = msgspec.structs.replace(plain, **changed)
    php.configure(account, web)
    php.resume(ALICE, web)
    web.systemd.settle()
    return account


def asked(web: Machine) -> list[tuple[str, ...]]:
    programs = cast("QuietPrograms", web.run)
    found, programs.asked = programs.asked, []
    return found


def test_a_site_goes_as_far_as_the_offer_lets_it_and_no_farther(web: Machine) -> None:
    wanted = site(php_settings={"memory_limit": "1024"})
    with pytest.raises(PermanentError) as refused:
        SiteResource().apply(wanted, 1, web)
    assert refused.value.code == "site.php_setting_refused"
    configure(web, php_ceilings={"memory_limit": 1024})
    SiteResource().apply(wanted, 1, web)
    assert "memory_limit = 1024M" in php.settings_text(wanted, wanted.php, web.paths)
    assert SiteResource().drift(wanted, web) is None


def test_warm_php_is_started_now_and_at_boot_and_sleeps_again_when_the_offer_says_so(web: Machine) -> None:
    SiteResource().apply(site(), 1, web)
    configure(web)
    assert not php.warm_link(ALICE, "8.2", web.paths).is_symlink()
    asked(web)
    configure(web, warm=True)
    assert ("systemctl", "start", SOCKET, SERVICE) in asked(web)
    assert php.warm_link(ALICE, "8.2", web.paths).readlink().name == "essaim-php-8.2@.service"
    configure(web)
    assert not php.warm_link(ALICE, "8.2", web.paths).is_symlink()


def test_warm_php_is_never_put_to_sleep(web: Machine) -> None:
    SiteResource().apply(site(), 1, web)
    configure(web, warm=True)
    group = web.paths.account_groups / "essaim-accounts-u20001.slice" / SERVICE
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text("1\n")
    (group / "cpu.stat").write_text("usage_usec 5000\n")
    one = Reaper(web)
    assert [one.look() for _ in range(reaper.LOOKS + 2)] == [[]] * (reaper.LOOKS + 2)
    configure(web)
    assert one.look() == [SERVICE]


def test_warm_php_of_a_suspended_account_and_of_a_version_without_sites_is_not_started_at_boot(web: Machine) -> None:
    configure(web, warm=True)
    SiteResource().apply(site(), 1, web)
    assert php.warm_link(ALICE, "8.2", web.paths).is_symlink()
    SiteResource().apply(site(php="8.4"), 1, web)
    assert not php.warm_link(ALICE, "8.2", web.paths).is_symlink()
    assert php.warm_link(ALICE, "8.4", web.paths).is_symlink()
    php.suspend(ALICE, web)
    assert not php.warm_link(ALICE, "8.4", web.paths).is_symlink()


def test_what_is_as_usual_takes_no_file_and_what_was_changed_by_hand_is_seen(web: Machine) -> None:
    account = configure(web)
    assert list((web.paths.etc / "accounts").glob("*.offer")) == []
    account = configure(web, warm=True)
    assert offered.is_kept(account, web.paths)
    (web.paths.etc / "accounts/alice.offer").write_text("{}")
    assert not offered.is_kept(account, web.paths)
    php.forget(ALICE, 20_001, web)
    assert list((web.paths.etc / "accounts").glob("alice.*")) == []
