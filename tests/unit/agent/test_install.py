"""nginx is asked first; refused files are put back."""

import re
from pathlib import Path
from typing import cast

import pytest
from lupa import luajit21

from essaim.agent import install
from essaim.agent.engines import trees
from essaim.agent.errors import PermanentError
from essaim.contract import Login
from essaim.contract.php import VERSIONS
from tests.unit.agent.running import QuietPrograms, machine


def prepared(tmp_path: Path) -> tuple[Path, QuietPrograms]:
    web = machine(tmp_path)
    (web.paths.platform / "pages").mkdir(parents=True)
    (web.paths.platform / "lua").mkdir()
    (web.paths.platform / "nginx.conf").write_text("former")
    return web.paths.platform, cast("QuietPrograms", web.run)


def test_a_configuration_that_nginx_refuses_is_put_back(tmp_path: Path) -> None:
    platform, programs = prepared(tmp_path)
    programs.refuses = lambda words: words[0] == "nginx"
    web = machine(tmp_path)
    web.run = programs
    with pytest.raises(PermanentError) as refused:
        install._platform(web)
    assert refused.value.code == "install.nginx_refused"
    assert "said no" in refused.value.sentence
    assert (platform / "nginx.conf").read_text() == "former"
    assert not (platform / "nginx-site.conf").exists()


def test_what_nginx_accepts_stands_and_is_asked_once(tmp_path: Path) -> None:
    platform, programs = prepared(tmp_path)
    web = machine(tmp_path)
    web.run = programs
    assert install._platform(web)
    assert not install._platform(web)
    assert [words[0] for words in programs.asked] == ["nginx"]
    assert (platform / "nginx.conf").read_bytes() == (install.SHIPPED / "nginx.conf").read_bytes()


def test_every_shipped_file_is_installed() -> None:
    shipped = {str(path.relative_to(install.SHIPPED)) for path in install.SHIPPED.rglob("*") if path.is_file()}
    assert shipped == {
        *install.WEB_UNITS,
        *install.PHP_UNITS,
        *install.PROGRAM_UNITS.values(),
        *install.APACHE_UNITS,
        *install.WEB_PLATFORM,
        "essaim-agent.service",
        *(f"ssh/{name}" for name in ("sshd.conf", "sudoers", "run-module.sh", "essaim-root.sh")),
        "tmpfiles.conf",
        "sysusers.conf",
    }


def test_each_generation_with_a_tree_has_units_that_name_its_build(tmp_path: Path) -> None:
    web = machine(tmp_path)
    web.paths.units.mkdir(parents=True)
    assert len(install._php_units(web)) == 2 * len(VERSIONS)
    unit = (web.paths.units / "essaim-php-8.4@.service").read_text()
    assert "BindReadOnlyPaths=-/etc/essaim/trees/8.4/%i:/\n" in unit
    assert "/usr/sbin/php-fpm8.4 " in unit
    assert "@VERSION@" not in unit
    assert not install._php_units(web)


def test_another_build_changes_no_unit_and_one_file_of_fpm_restarts_every_version(tmp_path: Path) -> None:
    web = machine(tmp_path)
    web.paths.units.mkdir(parents=True)
    install._php_units(web)
    trees.place("8.4", "two", web.paths).mkdir()
    trees.choose("8.4", "two", web.paths, web.files)
    assert install._php_units(web) == set()
    assert install._awake_with_old({"essaim-php-8.4@.service"}) == ["essaim-php-8.4@*.service"]
    assert len(install._awake_with_old({"php-fpm.conf"})) == len(VERSIONS)


def test_accounts_from_before_have_a_build_before_the_units_look_for_it(tmp_path: Path) -> None:
    web = machine(tmp_path)
    for path in (web.paths.units, web.paths.etc / "php/alice/8.4"):
        path.mkdir(parents=True)
    install._php_units(web)
    assert list(trees.holders("8.4", web.paths)) == [(Login("alice"), "one")]
    assert list(trees.holders("8.2", web.paths)) == []


def test_a_generation_that_lost_its_tree_loses_its_units(tmp_path: Path) -> None:
    web = machine(tmp_path)
    web.paths.units.mkdir(parents=True)
    install._php_units(web)
    web.files.remove(web.paths.php_trees / "7.4")
    assert install._php_units(web) == {"essaim-php-7.4@.service", "essaim-php-7.4@.socket"}
    assert not (web.paths.units / "essaim-php-7.4@.service").exists()


def test_every_file_of_what_nginx_runs_is_put_in_place() -> None:
    lua = Path(install.__file__).parent / "machine_files/lua"
    assert {f"lua/{one.name}" for one in lua.iterdir()} == {
        one for one in install.WEB_PLATFORM if one.startswith("lua/")
    }


@pytest.mark.parametrize("file", [one for one in install.WEB_PLATFORM if one.startswith("lua/")])
def test_what_nginx_runs_in_lua_can_be_read(file: str) -> None:
    read, wrong = _loaded(Path(install.__file__).parent / "machine_files" / file)
    assert read is not None, wrong


def _loaded(path: Path) -> tuple[object, str]:
    found = luajit21.LuaRuntime().eval("loadfile")(str(path))
    return found if isinstance(found, tuple) else (found, "")


def test_what_a_visitor_wrote_never_takes_the_place_of_a_variable_of_ours() -> None:
    """A named group of a pattern is a variable of nginx: with the name of another, a visitor would set that."""
    files = list((Path(install.__file__).parent / "machine_files").glob("*.conf"))
    text = "\n".join(one.read_text() for one in files)
    groups = set(re.findall(r"\(\?<([a-z_]+)>", text))
    ours = set(re.findall(r"\bset \$([a-z_]+)", text)) | set(re.findall(r"\bmap \S+ \$([a-z_]+)", text))
    assert {"script", "cookies_after"} <= groups
    assert {"behind", "site", "preview"} <= ours
    assert not groups & ours
