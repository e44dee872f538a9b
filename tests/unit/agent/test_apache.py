"""An account's Apache: what it is told of sites, when it listens, and what a machine without one says."""

from pathlib import Path

import pytest

from essaim.agent.engines import apache, apache_tree
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine
from essaim.agent.reaper import LOOKS, Reaper
from essaim.agent.resources.account import AccountResource
from essaim.agent.resources.site import SiteResource
from essaim.contract import Account, Fqdn, Login
from tests.unit.agent.running import QuietPrograms, site, web_machine

SITE, ACCOUNT = SiteResource(), AccountResource()
ALICE = Login("alice")
NAME = Fqdn("a.example.test")


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    web = web_machine(tmp_path)
    apache_tree.place("one", web.paths).mkdir(parents=True)
    apache_tree.choose("one", web.paths, web.files)
    (web.paths.etc / "accounts").mkdir(parents=True, exist_ok=True)
    (web.paths.etc / "accounts/alice.env").write_text("PROCESSES=60\nDATA_BYTES=1\nPHP_CHILDREN=1\nPHP_MEMORY=1M\n")
    (web.paths.etc / "apache").mkdir(exist_ok=True)
    web.paths.apaches.mkdir(parents=True, exist_ok=True)
    return web


def asked(web: Machine) -> list[str]:
    assert isinstance(web.run, QuietPrograms)
    found = [" ".join(words) for words in web.run.asked]
    web.run.asked.clear()
    return [words for words in found if "apache" in words]


def text(web: Machine) -> str:
    return apache.site_file(NAME, ALICE, web.paths).read_text()


def test_a_site_of_apache_is_in_its_file_and_in_what_nginx_reads(web: Machine) -> None:
    SITE.apply(site(engine="apache", docroot="public", aliases=(Fqdn("www.a.example.test"),), php="7.4"), 1, web)
    told = text(web)
    assert told.count("ServerName a.example.test:80") == told.count("ServerName a.example.test:443") == 1
    assert told.count("ServerAlias www.a.example.test") == told.count("/run/essaim/php/alice/7.4.sock|") == 2
    assert told.count('DocumentRoot "/srv/home/sites/a.example.test/public"') == 2
    assert (web.paths.etc / "apache/alice/account.conf").read_text() == "Define THREADS 15\n"
    assert (web.paths.etc / "apache/alice/engine").read_text() == "apache alice\n"
    links = web.paths.sites / NAME
    assert (links / "front.json").read_text() == '{"account":"alice","engine":"apache"}\n'
    assert (links / "engine").readlink() == web.paths.root / "run/essaim/apache/alice.sock"
    assert "systemctl start essaim-apache@alice.socket" in asked(web)
    apache.knock_path(ALICE, web.paths).touch()
    assert (
        SITE.drift(site(engine="apache", docroot="public", aliases=(Fqdn("www.a.example.test"),), php="7.4"), web)
        is None
    )


def test_what_was_changed_there_by_hand_is_seen(web: Machine) -> None:
    SITE.apply(site(engine="apache"), 1, web)
    apache.knock_path(ALICE, web.paths).touch()
    apache.site_file(NAME, ALICE, web.paths).write_text("# nothing\n")
    drift = SITE.drift(site(engine="apache"), web)
    assert drift is not None
    assert drift.code == "site.engine_changed"


def test_a_site_that_is_suspended_is_handed_to_nobody(web: Machine) -> None:
    SITE.apply(site(engine="apache", suspended=True), 1, web)
    assert not (web.paths.sites / NAME / "front.json").exists()


def test_one_without_sites_goes_at_the_second_look(web: Machine) -> None:
    SITE.apply(site(engine="apache"), 1, web)
    SITE.apply(site("b.example.test", engine="apache"), 1, web)
    apache.knock_path(ALICE, web.paths).touch()
    asked(web)
    reaper = Reaper(web)
    SITE.apply(site(), 2, web)
    assert not apache.site_file(NAME, ALICE, web.paths).exists()
    assert reaper.put_away() + reaper.put_away() == []
    SITE.remove("b.example.test", erase=False, machine=web)
    assert reaper.put_away() == []
    assert not asked(web)  # visitors whom nginx still hands over are answered
    assert reaper.put_away() == ["essaim-apache@alice.socket"]
    assert "systemctl stop essaim-apache@alice.socket essaim-apache@alice.service" in asked(web)
    assert not (web.paths.etc / "apache/alice").exists()


def test_one_that_a_site_comes_back_to_stays(web: Machine) -> None:
    SITE.apply(site(engine="apache"), 1, web)
    apache.knock_path(ALICE, web.paths).touch()
    reaper = Reaper(web)
    SITE.apply(site(), 2, web)
    assert reaper.put_away() == []
    SITE.apply(site(engine="apache"), 3, web)
    assert reaper.put_away() + reaper.put_away() == []
    assert apache.site_file(NAME, ALICE, web.paths).exists()


def test_an_account_that_is_suspended_has_none_that_could_be_woken(web: Machine) -> None:
    alice = Account(login=ALICE, uid=20_001, quota_bytes=1, processes=60, memory_bytes=1)
    SITE.apply(site(engine="apache"), 1, web)
    apache.knock_path(ALICE, web.paths).touch()
    apache.silence(ALICE, web)
    assert not apache.wants_link(ALICE, web.paths).is_symlink()
    assert [path.name for path, _ in apache.files_of(alice, web.paths)] == ["account.conf", "engine", "account.conf"]
    apache.resume(ALICE, web)
    assert apache.wants_link(ALICE, web.paths).is_symlink()


def test_a_machine_without_apache_says_so_and_changes_nothing(tmp_path: Path) -> None:
    web = web_machine(tmp_path)
    with pytest.raises(PermanentError) as refused:
        SITE.apply(site(engine="apache"), 1, web)
    assert refused.value.code == "site.engine_missing"
    assert not (web.paths.sites / NAME).exists()


def test_one_that_nobody_is_connected_to_for_ten_looks_is_put_to_sleep(web: Machine) -> None:
    unit = "essaim-apache@alice.service"
    group = web.paths.root / "sys/fs/cgroup/essaim.slice/essaim-accounts.slice/essaim-accounts-u20001.slice" / unit
    group.mkdir(parents=True)
    table = web.paths.root / "proc/net/unix"
    table.parent.mkdir(parents=True)
    listening = f"f: 00000002 00000000 00010000 0001 01 1 {web.paths.apaches}/alice/a\n"
    connected = f"f: 00000003 00000000 00000000 0001 03 2 {web.paths.apaches}/alice/a\n"
    reaper = Reaper(web)
    table.write_text(listening)
    assert [reaper.look() for _ in range(LOOKS - 1)] == [[]] * (LOOKS - 1)
    table.write_text(listening + connected)
    assert reaper.look() == []
    table.write_text(listening)
    assert [reaper.look() for _ in range(LOOKS)] == [[]] * (LOOKS - 1) + [[unit]]
