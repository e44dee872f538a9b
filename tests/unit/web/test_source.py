"""Whoever uses Essaim over a network may have its source (AGPL, section 13)."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client as Browser

import essaim
from essaim.lab import deploy
from essaim.manager.web import source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(settings: object, tmp_path: Path) -> Iterator[Path]:
    settings.STATE = tmp_path  # type: ignore[attr-defined]
    source.version.cache_clear()
    yield tmp_path
    source.version.cache_clear()


def members() -> dict[str, bytes]:
    answer = Browser().get("/source/archive/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/gzip")
    with tarfile.open(fileobj=io.BytesIO(answer.getvalue())) as packed:
        return {member.name.split("/", 1)[1]: packed.extractfile(member).read() for member in packed}


def test_every_page_leads_there_and_the_page_says_which_version_runs() -> None:
    page = Browser().get("/source/").content.decode()

    assert 'href="/source/"' in Browser().get("/").content.decode()
    assert f"Essaim {essaim.__version__}-" in page
    assert "/source/archive/" in page


def test_the_archive_has_the_files_that_run_and_the_licence() -> None:
    found = members()

    assert found["src/essaim/manager/web/source.py"] == Path(source.__file__).read_bytes()
    assert b"AFFERO" in found["LICENSE"]
    assert not [name for name in found if "__pycache__" in name or name.startswith((".", "build", "/"))]


def test_without_a_checkout_it_has_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site-packages/essaim"
    package.mkdir(parents=True)
    (package / "one.py").write_text("1")
    (package.parent / "LICENSE").write_text("of another")
    monkeypatch.setattr(source, "PACKAGE", package)

    assert members() == {"src/essaim/one.py": b"1"}


def test_it_is_made_once_and_a_changed_file_makes_another(
    state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "site-packages/essaim"
    package.mkdir(parents=True)
    (package / "one.py").write_text("1")
    monkeypatch.setattr(source, "PACKAGE", package)
    members()
    (made,) = (state / "source").iterdir()
    before = made.stat()
    members()
    assert made.stat() == before

    (package / "one.py").write_text("2")
    source.version.cache_clear()  # as a restart does
    assert members() == {"src/essaim/one.py": b"2"}
    assert len(list((state / "source").iterdir())) == 1


def test_without_a_writable_state_it_is_made_each_time(
    settings: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings.STATE = tmp_path / "file"  # type: ignore[attr-defined]
    monkeypatch.setattr(source, "PACKAGE", Path(source.__file__).parent / "static")

    assert members()


def test_a_house_that_keeps_the_source_elsewhere_sends_there(settings: object) -> None:
    settings.SOURCE = "https://code.example.org/essaim"  # type: ignore[attr-defined]

    assert 'href="https://code.example.org/essaim"' in Browser().get("/source/").content.decode()


def test_a_packed_manager_carries_what_the_archive_is_made_of(tmp_path: Path) -> None:
    deploy._copy_source(tmp_path)

    assert deploy.SOURCE == source.BESIDE
    assert {"LICENSE", "README.md", "pyproject.toml", "essaim", "requirements.txt", "docs"} <= {
        path.name for path in tmp_path.iterdir()
    }
