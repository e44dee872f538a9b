"""`essaim check`, `fix`, `test`, `lock`: what a contributor types. Each step is one tool, its output shown when it fails."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from essaim.cli import suite
from essaim.cli.suite import BIN, CHECKOUT, environment

WITH_DATABASE = [f"tests/unit/{room}" for room in ("core", "people", "fleet", "hosting", "api")]
TOLD_BY_POSTGRESQL = ["-m", "not one_database"]
PYTHON_FOLDERS = ["src", "tests", "benchmarks"]
TEMPLATE_ROOT = "src/essaim/manager"
APT_PACKAGES = {
    "/usr/bin/chromium": "chromium",
    "/usr/lib/postgresql": "postgresql",
    "/usr/sbin/nats-server": "nats-server",
    "/usr/bin/openssl": "openssl",
    "/usr/lib/softhsm/libsofthsm2.so": "softhsm2",
}


def _run(name: str, argv: Sequence[str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(argv, cwd=CHECKOUT, env=environment(), capture_output=True, text=True, check=False)
    good = done.returncode == 0
    click.echo(f"{'✓' if good else '✗'} {name:<14} {time.monotonic() - started:5.1f} s")
    if not good:
        click.echo(done.stdout + done.stderr)
    return good


def _folders() -> list[str]:
    return [folder for folder in PYTHON_FOLDERS if (CHECKOUT / folder).is_dir()]


CHECKS: dict[str, list[str]] = {
    "lint": ["ruff", "check", "--quiet"],
    "format": ["ruff", "format", "--check", "--quiet"],
    "types": ["mypy"],
    "layers": ["lint-imports"],
    "templates": ["djlint", TEMPLATE_ROOT, "--lint", "--quiet"],
    "migrations": [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
    "spelling": ["codespell", "src", "docs", "tests", "README.md", "changelog.d"],
    "translations": [sys.executable, "-m", "essaim.cli.translations", "check"],
    "rights docs": [sys.executable, "-m", "essaim.cli.rights_page", "--check"],
    "contract docs": [sys.executable, "-m", "essaim.cli.reference", "--check"],
}


@click.command()
def check() -> None:
    """Lint, types, layers, templates, migrations, spelling, translations, generated docs. Changes nothing."""
    results = [_run(name, argv + (_folders() if argv[0] == "ruff" else [])) for name, argv in CHECKS.items()]
    if not all(results):
        click.echo("Some checks failed. `./essaim fix` puts right what a tool can.")
        sys.exit(1)
    click.echo("All checks passed.")


@click.command()
def fix() -> None:
    """Put right what a tool can: lint fixes, format, generated docs, message catalogues."""
    _run("lint", ["ruff", "check", "--fix", "--quiet", *_folders()])
    _run("format", ["ruff", "format", "--quiet", *_folders()])
    _run("translations", [sys.executable, "-m", "essaim.cli.translations", "update"])
    _run("rights docs", [sys.executable, "-m", "essaim.cli.rights_page"])
    _run("contract docs", [sys.executable, "-m", "essaim.cli.reference"])
    _run("register", [sys.executable, "-m", "essaim.manager.privacy.printed"])


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--fast", is_flag=True, help="Unit tests alone: no machine, no root, at most a minute.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(*, fast: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run the tests: unit tests on SQLite and on PostgreSQL, browser tests, lab tests on real machines.

    Arguments after `--` go to pytest, for example: essaim test -- -k story. A path below tests/ runs what is there alone.
    """
    if not fast:
        _require_root()
        _install_missing()
    quick = ["-m", "not daemon"] if fast else []
    failed = [] if suite.run(["tests/unit"], [*suite.IN_TWO, *quick], pytest_arguments) else ["tests/unit"]
    if not fast:
        with _postgresql() as url:
            name = "tests/unit, with a database, on PostgreSQL"
            options = [*suite.IN_TWO, *TOLD_BY_POSTGRESQL]
            if not suite.run(WITH_DATABASE, options, pytest_arguments, name=name, ESSAIM_DATABASE=url):
                failed.append(name)
        failed += [] if suite.browser(pytest_arguments) else ["tests/browser"]
        failed += [] if suite.lab(pytest_arguments) else ["tests/lab"]
    if failed:
        click.echo(f"Failed: {', '.join(failed)}.")
        sys.exit(1)
    click.echo("All tests passed.")


def _require_root() -> None:
    if os.geteuid() != 0:
        raise click.ClickException(
            "The lab's machines need root: sudo ./essaim test. Without root: ./essaim test --fast."
        )


def _install_missing() -> None:
    missing = [package for path, package in APT_PACKAGES.items() if not Path(path).exists()]
    if not missing:
        return
    from essaim.lab import host_packages

    host_packages.install(missing, lambda step, _fraction: click.echo(step))


@contextmanager
def _postgresql() -> Iterator[str]:
    """A PostgreSQL of our own on a Unix socket, gone afterwards."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    home = Path(tempfile.mkdtemp(prefix="essaim-postgresql-"))  # a short path: a socket's name has 107 bytes
    shutil.chown(home, "postgres", "postgres")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = str(home / "data")

    def run(program: str, *arguments: str) -> None:
        argv = [*as_postgres, str(binaries / program), "-D", data, *arguments]
        subprocess.run(argv, cwd=home, check=True, stdout=subprocess.DEVNULL)

    run("initdb", "--auth=trust", "--no-sync", "--encoding=UTF8")
    options = f"-k {home} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
    run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        yield f"postgresql://postgres@/postgres?host={home}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


@click.command()
def lock() -> None:
    """Resolve the requirements anew and write the locked lists, with hashes and without addresses."""
    plain = ["--quiet", "--allow-unsafe", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
    plain += ["--no-emit-trusted-host", "--no-header", "--strip-extras", "--upgrade"]
    for name in ("requirements", "requirements-agent", "requirements-dev"):
        argv = [str(BIN / "pip-compile"), *plain, "-o", f"{name}.txt", f"{name}.in"]
        subprocess.run(argv, cwd=CHECKOUT, env=environment(), check=True)
