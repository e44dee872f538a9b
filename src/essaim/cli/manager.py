"""`essaim manager ...`: install and run the Manager on its own machine. systemd's units start these."""

import hashlib
import os
import sys
from pathlib import Path

import click

from essaim.cli.database import backup, restore
from essaim.cli.errors import CommandError
from essaim.cli.here import read_settings, start_django
from essaim.cli.install import install

PACKAGE = Path(__file__).resolve().parents[1]


@click.group()
def manager() -> None:
    """Install and run the Manager, on its own machine."""


manager.add_command(install)
manager.add_command(backup)
manager.add_command(restore)


@manager.command()
def migrate() -> None:
    """Bring the database to this version."""
    _django("migrate", interactive=False, verbosity=0)


@manager.command()
def collectstatic() -> None:
    """Gather the pages' files where they are served from."""
    _django("collectstatic", interactive=False, verbosity=0)


def _django(command: str, **options: object) -> None:
    start_django()
    from django.core.management import call_command

    call_command(command, **options)


@manager.command()
def prepare() -> None:
    """Migrate and gather static files, if the code or the settings have changed since. A start without news is quick."""
    read_settings()
    stamp = Path(os.environ.get("ESSAIM_STATE", "/var/lib/essaim/manager")) / "prepared"
    now = _version_of_code()
    if stamp.exists() and stamp.read_text() == now:
        return
    _django("migrate", interactive=False, verbosity=0)
    if os.environ.get("ESSAIM_STATIC"):
        _django("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)


def _version_of_code() -> str:
    """Changes with any file of the manager, and with where the database and the static files are."""
    digest = hashlib.sha256()
    for name in ("ESSAIM_DATABASE", "ESSAIM_STATIC"):
        digest.update(os.environ.get(name, "").encode())
    for path in sorted((PACKAGE / "manager").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            state = path.stat()
            digest.update(f"{path.relative_to(PACKAGE)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@manager.command()
def serve() -> None:
    """Serve the Manager with gunicorn: ESSAIM_BIND, ESSAIM_WORKERS processes of ESSAIM_THREADS threads."""
    read_settings()
    arguments = ["-m", "gunicorn", "essaim.manager.web.wsgi", "--worker-class", "gthread", "--preload"]
    arguments += ["--bind", os.environ.get("ESSAIM_BIND", "127.0.0.1:8000")]
    arguments += ["--workers", os.environ.get("ESSAIM_WORKERS", "2")]
    arguments += ["--threads", os.environ.get("ESSAIM_THREADS", "16")]
    arguments += ["--forwarded-allow-ips", ""]  # who may say so is ESSAIM_PROXIES' business
    arguments += ["--keep-alive", "30", "--timeout", "60", "--graceful-timeout", "10"]
    arguments += ["--no-control-socket"]  # it would be made in a home that is not there
    arguments += ["--backlog", "512", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]  # noqa: S108 - a heartbeat
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - no shell is wanted


@manager.command()
def worker() -> None:
    """Run the worker: it alone speaks to the bus."""
    start_django()
    from essaim.manager.fleet.worker import main

    main()


@manager.command()
def mail() -> None:
    """Give letters to the mail server of ESSAIM_SMTP, for ever."""
    start_django()
    from essaim.manager.core.mail_sender import main

    main()


@manager.command()
def check() -> None:
    """Look at settings, database and bus keys, and say what is missing."""
    start_django()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import DatabaseError

    from essaim.bus.authority import Authority

    call_command("check", verbosity=0)
    missing = []
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            missing.append("The database is of an earlier version: essaim manager migrate")
    except DatabaseError as wrong:
        missing.append(f"The database does not answer: {wrong}")
    if not Authority(settings.BUS_DIR).exists:
        missing.append(f"There are no keys of the bus in {settings.BUS_DIR}: essaim bus init")
    if missing:
        raise CommandError("The Manager cannot run yet.", hint="\n  ".join(missing), code="cli.not_ready")
    click.echo("Settings, database and bus keys are in order.")
