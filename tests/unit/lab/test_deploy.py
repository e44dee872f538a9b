"""Copies of our own code for the machines."""

from pathlib import Path

import pytest

from essaim.lab import deploy
from essaim.lab.paths import InstancePaths


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "checkout/src/essaim"
    for name in (
        "__init__.py",
        "agent/__init__.py",
        "bus/x.py",
        "contract/y.py",
        "manager/z.py",
        "agent/__pycache__/a.pyc",
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name)
    monkeypatch.setenv("ESSAIM_LAB_DIR", str(tmp_path / "lab"))
    monkeypatch.setattr(deploy, "CHECKOUT", tmp_path / "checkout")
    return package


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_an_agent_gets_no_manager_and_a_manager_gets_all(checkout: Path) -> None:
    code = InstancePaths("unit").code

    deploy.refresh(InstancePaths("unit"))

    assert files(code / "agent/essaim") == {"__init__.py", "agent/__init__.py", "bus/x.py", "contract/y.py"}
    assert files(code / "manager/essaim") == files(code / "agent/essaim") | {"manager/z.py"}


def test_a_second_copy_brings_changes_and_removes_what_is_gone(checkout: Path) -> None:
    copied = InstancePaths("unit").code / "agent/essaim"
    deploy.refresh(InstancePaths("unit"))
    untouched = (copied / "contract/y.py").stat().st_ino

    (checkout / "agent/__init__.py").write_text("changed")
    (checkout / "bus/x.py").unlink()
    (checkout / "bus").rmdir()
    deploy.refresh(InstancePaths("unit"))

    assert (copied / "agent/__init__.py").read_text() == "changed"
    assert not (copied / "bus").exists()
    assert (copied / "contract/y.py").stat().st_ino == untouched


def test_other_requirements_have_libraries_of_their_own(checkout: Path) -> None:
    locked = checkout.parents[1] / "requirements-agent.txt"
    locked.write_text("a==1")
    before = deploy.libraries("web")

    locked.write_text("a==2")

    assert deploy.libraries("web") != before
