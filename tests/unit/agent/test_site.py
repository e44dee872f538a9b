"""What nginx finds for a site."""

import json
import os
from pathlib import Path

import pytest

from essaim.agent.errors import PermanentError, TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.resources.site import SiteResource
from essaim.contract import Fqdn, Rules
from essaim.contract.rules import Elsewhere
from tests.unit.agent.running import site, web_machine

SITE = SiteResource()


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    return web_machine(tmp_path)


def links(web: Machine, name: str = "a.example.test") -> dict[str, str]:
    found = web.paths.sites / name
    return {p.name: str(p.readlink()) if p.is_symlink() else p.read_text() for p in sorted(found.iterdir())}


def test_a_site_has_its_links_and_its_proof(web: Machine) -> None:
    SITE.apply(site(docroot="public", https_only=False), 1, web)
    content = web.paths.root / "srv/essaim/accounts/alice/sites/a.example.test"
    assert links(web) == {
        "content": str(content),
        "docroot": f"{content}/public",
        "live": f"{content}/public",
        "php": str(web.paths.root / "run/essaim/php/alice.8.2.sock"),
        "proof": "a" * 26 + "\n",
        "tls": str(web.paths.root / "srv/essaim/tls/a.example.test"),
    }
    assert (web.paths.sites / "a.example.test/docroot").lstat().st_uid == os.getuid()


def test_what_publishes_its_own_folder_says_so_by_its_name(web: Machine) -> None:
    SITE.apply(site(), 1, web)
    assert (web.paths.sites / "a.example.test/a.example.test").is_file()
    SITE.apply(site(docroot="public"), 2, web)
    assert not (web.paths.sites / "a.example.test/a.example.test").exists()


def test_the_path_that_its_programs_know_leads_to_the_site_outside_too(web: Machine) -> None:
    SITE.apply(site(docroot="public"), 1, web)
    inside = web.paths.site_inside(Fqdn("a.example.test"))
    assert inside.readlink() == web.paths.accounts / "alice/sites/a.example.test"
    assert inside.lstat().st_uid == os.getuid()
    inside.unlink()
    assert SITE.drift(site(docroot="public"), web) is not None
    SITE.apply(site(docroot="public"), 1, web)
    assert SITE.drift(site(docroot="public"), web) is None
    SITE.remove("a.example.test", erase=False, machine=web)
    assert not inside.is_symlink()


def test_an_empty_site_welcomes_in_both_languages_and_the_houses_colours(web: Machine) -> None:
    SITE.apply(site(titles={"house": "L'Essaim <b>& co</b>", "colour": "#123456"}), 1, web)
    page = (web.paths.sites / "a.example.test/docroot/index.html").read_text()
    assert "a.example.test est prêt" in page
    assert "a.example.test is ready" in page
    assert "--house:#123456" in page
    assert "L'Essaim &lt;b>&amp; co" in page


def test_a_name_with_accents_welcomes_as_it_is_read_and_as_dns_has_it(web: Machine) -> None:
    SITE.apply(site("xn--thtre-4qa2c.example.test"), 1, web)
    page = (web.paths.sites / "xn--thtre-4qa2c.example.test/docroot/index.html").read_text()
    assert "théâtre.example.test est prêt" in page
    assert "<code>xn--thtre-4qa2c.example.test</code>" in page


def test_a_name_without_accents_is_said_once(web: Machine) -> None:
    SITE.apply(site(), 1, web)
    assert "<code>" not in (web.paths.sites / "a.example.test/docroot/index.html").read_text()


def test_an_odd_colour_never_reaches_the_page(web: Machine) -> None:
    SITE.apply(site(titles={"house": "x", "colour": "red}</style>"}), 1, web)
    assert "red}" not in (web.paths.sites / "a.example.test/docroot/index.html").read_text()


def test_a_clients_files_are_left_alone(web: Machine) -> None:
    content = web.paths.accounts / "alice/sites/a.example.test"
    content.mkdir(parents=True)
    (content / "mine.html").write_text("mine")
    SITE.apply(site(), 1, web)
    assert [entry.name for entry in content.iterdir()] == ["mine.html"]


def test_applying_twice_changes_nothing(web: Machine) -> None:
    SITE.apply(site(aliases=(Fqdn("www.a.example.test"),)), 1, web)
    inode = (web.paths.sites / "a.example.test").stat().st_ino
    SITE.apply(site(aliases=(Fqdn("www.a.example.test"),)), 1, web)
    assert (web.paths.sites / "a.example.test").stat().st_ino == inode
    assert SITE.drift(site(aliases=(Fqdn("www.a.example.test"),)), web) is None


def test_an_alias_that_went_no_longer_leads_here(web: Machine) -> None:
    SITE.apply(site(aliases=(Fqdn("old.example.test"), Fqdn("both.example.test"))), 1, web)
    SITE.apply(site(aliases=(Fqdn("both.example.test"),)), 2, web)
    assert sorted(entry.name for entry in web.paths.sites.iterdir()) == ["a.example.test", "both.example.test"]
    assert str((web.paths.sites / "both.example.test").readlink()) == "a.example.test"


def test_an_alias_that_is_a_site_of_its_own_is_refused_for_now(web: Machine) -> None:
    SITE.apply(site("b.example.test"), 1, web)
    with pytest.raises(TemporaryError) as refused:
        SITE.apply(site(aliases=(Fqdn("b.example.test"),)), 1, web)
    assert refused.value.code == "site.alias_taken"
    assert not (web.paths.sites / "b.example.test").is_symlink()


def test_a_suspended_site_has_the_flag_and_a_resumed_one_has_not(web: Machine) -> None:
    SITE.apply(site(suspended=True), 1, web)
    assert "suspended" in links(web)
    assert "live" not in links(web)
    SITE.apply(site(), 2, web)
    assert "suspended" not in links(web)


def test_https_only_holds_only_once_there_is_a_certificate(web: Machine) -> None:
    SITE.apply(site(), 1, web)
    flag = web.paths.sites / "a.example.test/https-only"
    assert not flag.is_file()
    web.paths.site_tls(Fqdn("a.example.test")).mkdir(parents=True)
    (web.paths.site_tls(Fqdn("a.example.test")) / "fullchain.pem").write_text("certificate")
    assert flag.is_file()


def test_a_site_waits_for_its_account(web: Machine) -> None:
    (web.paths.accounts / "alice").rmdir()
    with pytest.raises(TemporaryError) as refused:
        SITE.apply(site(), 1, web)
    assert refused.value.code == "site.account_missing"
    assert not (web.paths.sites / "a.example.test").exists()


@pytest.mark.parametrize("docroot", ["..", "a/../..", "/etc", "a/../../b", "./x", "a//b", "x" * 101, "a\nb"])
def test_a_docroot_that_leads_out_is_refused(web: Machine, docroot: str) -> None:
    with pytest.raises(PermanentError) as refused:
        SITE.apply(site(docroot=docroot), 1, web)
    assert refused.value.code == "site.docroot_refused"


def test_a_clients_link_never_leads_root_elsewhere(web: Machine, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (web.paths.accounts / "alice/sites").symlink_to(outside)
    with pytest.raises(PermanentError) as refused:
        SITE.apply(site(), 1, web)
    assert refused.value.code == "account.path_is_link"
    assert list(outside.iterdir()) == []


def test_removing_keeps_the_files_until_they_are_erased(web: Machine) -> None:
    SITE.apply(site(aliases=(Fqdn("www.a.example.test"),)), 1, web)
    SITE.remove("a.example.test", erase=False, machine=web)
    content = web.paths.accounts / "alice/sites/a.example.test"
    assert list(web.paths.sites.iterdir()) == []
    assert content.is_dir()
    SITE.remove("a.example.test", erase=True, machine=web)
    assert not content.exists()
    SITE.remove("a.example.test", erase=True, machine=web)


@pytest.mark.parametrize("change", ["docroot", "proof", "php", "a.example.test"])
def test_a_link_that_went_is_drift(web: Machine, change: str) -> None:
    SITE.apply(site(), 1, web)
    (web.paths.sites / "a.example.test" / change).unlink()
    drift = SITE.drift(site(), web)
    assert drift is not None
    assert "a.example.test was missing or changed" in drift.sentence
    SITE.apply(site(), 1, web)
    assert SITE.drift(site(), web) is None


def test_a_wildcard_is_a_link_that_nobody_can_ask_for_by_name(web: Machine) -> None:
    SITE.apply(site(wildcards=(Fqdn("a.example.test"),)), 1, web)
    below = web.paths.sites / "_.a.example.test"
    assert str(below.readlink()) == "a.example.test"
    assert SITE.drift(site(wildcards=(Fqdn("a.example.test"),)), web) is None
    below.unlink()
    assert SITE.drift(site(wildcards=(Fqdn("a.example.test"),)), web) is not None
    SITE.apply(site(wildcards=(Fqdn("a.example.test"),)), 2, web)
    SITE.apply(site(), 3, web)
    assert not below.is_symlink()


def test_a_closed_site_and_its_names_are_noted_until_it_is_back_or_erased(web: Machine) -> None:
    named = site(aliases=(Fqdn("www.a.example.test"),), wildcards=(Fqdn("a.example.test"),))
    SITE.apply(named, 1, web)
    SITE.remove("a.example.test", erase=False, machine=web)
    closed = sorted(path.name for path in web.paths.closed.iterdir())
    assert closed == ["_.a.example.test", "a.example.test", "www.a.example.test"]
    SITE.apply(named, 2, web)
    assert list(web.paths.closed.iterdir()) == []
    SITE.remove("a.example.test", erase=False, machine=web)
    SITE.remove("a.example.test", erase=True, machine=web)
    assert list(web.paths.closed.iterdir()) == []


def test_what_nginx_alone_reads_is_nginx_alone(web: Machine) -> None:
    SITE.apply(site(rules=Rules(absent="none")), 1, web)
    record = web.paths.sites / "a.example.test/front.json"
    assert record.stat().st_mode & 0o777 == 0o640
    assert "absent" in links(web)
    record.chmod(0o644)
    assert SITE.drift(site(rules=Rules(absent="none")), web) is not None


def test_a_name_that_leads_elsewhere_gets_no_welcome(web: Machine) -> None:
    SITE.apply(site(rules=Rules(elsewhere=Elsewhere(target="https://b.example.test"))), 1, web)
    assert list((web.paths.accounts / "alice/sites/a.example.test").iterdir()) == []


def test_whose_house_it_is_stands_where_the_platforms_pages_read_it(web: Machine) -> None:
    SITE.apply(site(titles={"house": "L’Essaim", "colour": "#123456"}), 1, web)
    assert json.loads(web.paths.house.read_text()) == {"house": "L’Essaim", "colour": "#123456"}
