"""nginx is asked first; refused files are put back."""

from pathlib import Path
from typing import cast

import pytest

from essaim.agent import install
from essaim.agent.errors import PermanentError
from tests.unit.agent.running import QuietPrograms, machine


def prepared(tmp_path: Path) -> tuple[Path, QuietPrograms]:
    web = machine(tmp_path)
    (web.paths.platform / "pages").mkdir(parents=True)
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
    assert shipped == {*install.WEB_UNITS, *install.WEB_PLATFORM, "essaim-agent.service", "tmpfiles.conf"}
