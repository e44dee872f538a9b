"""The database as one file: taken while somebody writes, put back while nobody does."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from essaim.cli.root import main


def write(database: Path, word: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS fleet_wanted (word)")
        connection.execute("INSERT INTO fleet_wanted VALUES (?)", [word])


def words(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM fleet_wanted ORDER BY rowid")]


def essaim(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["manager", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database in WAL mode, and a `systemctl` that says nothing runs."""
    file = tmp_path / "state/essaim.sqlite3"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    write(file, "yesterday")
    monkeypatch.setenv("ESSAIM_DATABASE", f"sqlite://{file}")
    say_of_units(tmp_path, monkeypatch, "inactive\ninactive\n")
    return file


@pytest.fixture
def killed(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection that keeps a WAL there, as a killed process does."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_autocheckpoint=0")
    yield connection
    connection.close()


def say_of_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    program = tmp_path / "bin/systemctl"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\nprintf '{words}'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


def test_a_copy_has_what_only_the_wal_knew_and_is_one_file(
    database: Path, killed: sqlite3.Connection, tmp_path: Path
) -> None:
    with killed:
        killed.execute("INSERT INTO fleet_wanted VALUES ('in the wal')")

    assert essaim("backup", str(tmp_path / "copy")) == 0

    assert words(tmp_path / "copy") == ["yesterday", "in the wal"]
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy"]
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_copy_is_taken_beside_an_open_transaction_and_without_it(
    database: Path, killed: sqlite3.Connection, tmp_path: Path
) -> None:
    killed.execute("INSERT INTO fleet_wanted VALUES ('undecided')")

    assert essaim("backup", str(tmp_path / "copy")) == 0

    assert words(tmp_path / "copy") == ["yesterday"]


def test_a_copy_overwrites_nothing(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert essaim("backup", str(database)) == 3

    assert words(database) == ["yesterday"]
    assert "exists already" in capsys.readouterr().err


def test_a_restored_database_is_that_of_the_copy_and_the_other_is_kept(database: Path, tmp_path: Path) -> None:
    essaim("backup", str(tmp_path / "copy"))
    write(database, "today")
    (database.parent / "prepared").write_text("code of today")

    assert essaim("restore", str(tmp_path / "copy")) == 0

    kept = [path for path in database.parent.iterdir() if path != database]
    assert words(database) == ["yesterday"]
    assert [words(path) for path in kept] == [["yesterday", "today"]]


def test_the_wal_of_the_old_file_never_meets_the_new_one(
    database: Path, killed: sqlite3.Connection, tmp_path: Path
) -> None:
    essaim("backup", str(tmp_path / "copy"))
    with killed:
        killed.execute("INSERT INTO fleet_wanted VALUES ('late')")
    killed.execute("BEGIN")
    killed.execute("SELECT * FROM fleet_wanted").fetchone()  # keeps the WAL from being emptied

    assert essaim("restore", str(tmp_path / "copy")) == 0

    assert words(database) == ["yesterday"]
    assert not database.with_name("essaim.sqlite3-shm").exists()
    kept = next(path for path in database.parent.glob("essaim.sqlite3.*") if not path.name.endswith(("-wal", "-shm")))
    assert words(kept) == ["yesterday", "late"]


def test_owner_and_mode_stay(database: Path, tmp_path: Path) -> None:
    essaim("backup", str(tmp_path / "copy"))
    database.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(database, 12345, 12345)
    before = database.stat()

    essaim("restore", str(tmp_path / "copy"))

    after = database.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


@pytest.mark.parametrize("states", ["active\ninactive\n", "inactive\nactivating\n", "deactivating\nfailed\n"])
def test_nothing_is_restored_under_a_manager_that_runs(
    states: str, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    essaim("backup", str(tmp_path / "copy"))
    write(database, "today")
    say_of_units(tmp_path, monkeypatch, states)

    assert essaim("restore", str(tmp_path / "copy")) == 3

    assert words(database) == ["yesterday", "today"]
    assert "systemctl stop essaim-manager essaim-worker" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"not a database", None])
def test_what_is_no_copy_is_not_put_in_its_place(content: bytes | None, database: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    if content is not None:
        file.write_bytes(content)

    assert essaim("restore", str(file)) == 3

    assert words(database) == ["yesterday"]
    assert [path.name for path in database.parent.iterdir()] == [database.name]


def test_a_damaged_copy_is_not_put_in_its_place(database: Path, tmp_path: Path) -> None:
    essaim("backup", str(tmp_path / "copy"))
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "copy").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    assert essaim("restore", str(tmp_path / "copy")) == 3

    assert words(database) == ["yesterday"]


@pytest.mark.parametrize(("verb", "program"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_has_its_own_programs(
    verb: str, program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESSAIM_DATABASE", "postgresql://essaim@db.example.org/essaim")

    assert essaim(verb, "/nowhere/copy") == 3

    assert program in capsys.readouterr().err


def test_a_database_that_is_lost_is_put_back_as_well(
    database: Path, killed: sqlite3.Connection, tmp_path: Path
) -> None:
    essaim("backup", str(tmp_path / "copy"))
    with killed:
        killed.execute("INSERT INTO fleet_wanted VALUES ('late')")
    database.unlink()  # and not its WAL

    assert essaim("restore", str(tmp_path / "copy")) == 0

    assert words(database) == ["yesterday"]


def test_a_folder_that_is_missing_is_said_in_words(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert essaim("backup", str(database.parent / "no/such/copy")) == 1

    assert "No such file or directory" in capsys.readouterr().err
