"""Changes that no reader sees half of, and that are put back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import essaim
from essaim.agent.engines.files import Files

WRITES_TOO_MUCH = """
import resource, signal, sys
from pathlib import Path
from essaim.agent.engines.files import Files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    Files().write(Path(sys.argv[1]), "x" * 5000)
except OSError as wrong:
    print(wrong.strerror)
"""
"""A process whose files may have 1,000 bytes: it fails in the middle of a write, as on a full disk."""


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def test_a_file_is_written_once_and_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert Files().write(path, "one", mode=0o640)
    assert not Files().write(path, "one", mode=0o640)
    assert path.stat().st_mode & 0o777 == 0o640
    assert Files().write(path, "two", mode=0o640, durable=True)
    assert path.read_text() == "two"


def test_a_link_is_replaced_and_what_it_led_to_is_left(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    link = tmp_path / "link"
    assert Files().symlink(link, target)
    assert not Files().symlink(link, target)
    assert Files().write(link, "a file now")
    assert target.read_text() == "kept"


def test_a_write_that_fails_leaves_the_former_file_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("former")
    child = [sys.executable, "-c", WRITES_TOO_MUCH, str(path)]
    environment = {"PYTHONPATH": str(Path(essaim.__file__).parents[1])}
    ran = subprocess.run(child, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "File too large\n"
    assert path.read_text() == "former"
    assert names(tmp_path) == ["file"]


def test_a_file_left_half_written_by_a_kill_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".file.essaim-new").write_text("half")
    (tmp_path / ".links.essaim-new").mkdir()
    assert Files().write(tmp_path / "file", "whole")
    with Files().replace_directory(tmp_path / "links") as new:
        new.write("proof", "p")
    assert names(tmp_path) == ["file", "links"]


def test_a_directory_is_exchanged_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "site"
    with Files().replace_directory(path) as new:
        new.write("old", "1")
    inode = path.stat().st_ino
    with Files().replace_directory(path) as new:
        new.symlink("docroot", "/nowhere")
        new.flag("suspended", present=True)
        new.flag("absent", present=False)
        assert names(path) == ["old"]
    assert names(path) == ["docroot", "suspended"]
    assert path.stat().st_ino != inode
    assert names(tmp_path) == ["site"]


def test_a_directory_that_fails_while_it_is_built_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "site"
    path.mkdir()
    with pytest.raises(ZeroDivisionError), Files().replace_directory(path) as new:  # noqa: PT012  the block is what fails
        new.write("half", "1")
        raise ZeroDivisionError
    assert names(tmp_path) == ["site"]
    assert names(path) == []


def test_a_link_in_the_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "home").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        Files().directory(tmp_path / "home", mode=0o777)
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o700


def test_removing_a_tree_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/link").symlink_to(tmp_path / "kept")
    assert Files().remove(tmp_path / "tree")
    assert not Files().remove(tmp_path / "tree")
    assert names(tmp_path) == ["kept"]


def test_what_was_recorded_is_put_back_when_the_block_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("former")
    os.chmod(tmp_path / "file", 0o600)  # noqa: PTH101  the test's own preparation
    (tmp_path / "link").symlink_to("former")
    with pytest.raises(ZeroDivisionError), Files().recording() as files:  # noqa: PT012  the same
        files.write(tmp_path / "file", "later")
        files.write(tmp_path / "file", "last")
        files.symlink(tmp_path / "link", "later")
        files.write(tmp_path / "new", "new")
        raise ZeroDivisionError
    assert (tmp_path / "file").read_text() == "former"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert str((tmp_path / "link").readlink()) == "former"
    assert names(tmp_path) == ["file", "link"]
