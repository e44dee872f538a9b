"""`essaim manager backup` and `restore`: the Manager's database as one file, on the Manager's own machine.

A file of SQLite in WAL mode is not whole without its `-wal`, and a Manager that runs keeps both open: a copy is taken with SQLite's
online backup, and put back only while nobody has the database open. Read: sqlite.org/backup.html, sqlite.org/wal.html.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from essaim.cli.errors import CommandError, Refused
from essaim.cli.here import read_settings

UNITS = ("essaim-manager", "essaim-worker")
AT_REST = ("inactive", "failed", "unknown", "offline")
"""What `systemctl is-active` says of a unit that has no process (`offline`: systemd does not run here)."""
_File = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_File)
def backup(*, file: Path) -> None:
    """Copy the database to FILE while the Manager runs. FILE must not exist yet."""
    database = _database("pg_dump --format=custom --file=FILE")
    if file.exists():
        raise Refused(f"{file} exists already.", hint="Give another name: nothing is overwritten.", code="cli.exists")
    if not database.exists():
        raise Refused(f"There is no database at {database}.", code="cli.no_database")
    part = file.with_name(f".{file.name}.part")
    with _said_in_words(), _removed_at_the_end(part):
        part.touch(mode=0o600)
        _copy(database, part)
        part.rename(file)
    click.echo(f"{file}: {file.stat().st_size / 2**20:.1f} MiB, the database of now.")


@click.command()
@click.argument("file", type=_File)
def restore(*, file: Path) -> None:
    """Put FILE, a copy made by `backup`, in the database's place. The Manager must be stopped.

    The database of before is kept beside it under a dated name.
    """
    database = _database("pg_restore --clean --if-exists --dbname=NAME FILE")
    _refuse_while_it_runs()
    part = database.with_name(f".{database.name}.part")
    with _said_in_words(), _removed_at_the_end(part):
        _refuse_another_file(file)
        part.touch(mode=0o600)
        _copy(file, part)
        _give_to_owner(part, database if database.exists() else database.parent)
        kept = _keep(database)
        part.replace(database)
        (database.parent / "prepared").unlink(
            missing_ok=True
        )  # the copy may be of an earlier version: migrate at start
        _sync(database.parent)
    if kept:
        click.echo(f"What was there before is kept as {kept}.")
    click.echo(f"{database} is that of {file}. Next: systemctl start {' '.join(UNITS)}")


def _database(instead: str) -> Path:
    """SQLite's file. A PostgreSQL has its own programs, which do this better."""
    read_settings()
    state = os.environ.get("ESSAIM_STATE", "/var/lib/essaim/manager")
    url = urlsplit(os.environ.get("ESSAIM_DATABASE") or f"sqlite://{state}/essaim.sqlite3")
    if url.scheme != "sqlite":
        raise Refused(
            "The database is a PostgreSQL: its own programs copy it and put it back.",
            hint=instead,
            code="cli.postgresql",
        )
    return Path(url.path)


def _refuse_while_it_runs() -> None:
    """Who has the database open would go on with the old file's WAL."""
    try:
        asked = subprocess.run(["systemctl", "is-active", *UNITS], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return
    states = zip(UNITS, asked.stdout.split(), strict=False)
    running = [unit for unit, state in states if state not in AT_REST]
    if running:
        names = " and ".join(running)
        raise Refused(
            f"{names} may have the database open.", hint=f"systemctl stop {' '.join(UNITS)}", code="cli.running"
        )


def _refuse_another_file(file: Path) -> None:
    """Only what is whole, and a Manager's, is put in the database's place."""
    if not file.is_file():
        raise Refused(f"There is no file {file}.", code="cli.no_database")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            sound = copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
            ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'fleet_wanted'").fetchone()
    except sqlite3.DatabaseError:
        sound = ours = False
    if not sound or not ours:
        raise Refused(f"{file} is not a whole copy of a Manager's database.", code="cli.not_a_copy")


def _copy(source: Path, target: Path) -> None:
    """All of `source` as it is at one instant; `target` is one file, without a WAL, and on the disk."""
    with closing(sqlite3.connect(source, timeout=20)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
    _sync(target)


def _keep(database: Path) -> Path | None:
    """The old file under a dated name, and what its WAL still holds with it. The old name stays until it is replaced."""
    kept = database.with_name(f"{database.name}.{datetime.now(UTC):%Y-%m-%dT%H%M%S}")
    wal, index = (database.with_name(f"{database.name}-{suffix}") for suffix in ("wal", "shm"))
    was_there = database.exists()
    if was_there:
        _empty_wal(database)
        os.link(database, kept)
    if wal.exists():
        wal.rename(f"{kept}-wal")
    index.unlink(missing_ok=True)
    return kept if was_there else None


def _empty_wal(database: Path) -> None:
    with (
        suppress(sqlite3.DatabaseError),
        closing(sqlite3.connect(database)) as old,
    ):  # damaged: perhaps why somebody restores
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _give_to_owner(path: Path, like: Path) -> None:
    state = like.stat()
    if os.geteuid() == 0:
        os.chown(path, state.st_uid, state.st_gid)
    if like.is_file():
        shutil.copymode(like, path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _removed_at_the_end(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _said_in_words() -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise CommandError(
            f"{wrong.filename}: {wrong.strerror}", hint="Is it root who asks?", code="cli.file"
        ) from wrong
    except sqlite3.Error as wrong:
        raise CommandError(f"SQLite says: {wrong}", code="cli.database") from wrong
