"""The runs of pytest that `essaim test` is made of. What fails on a real machine or in a real browser is tried once more, and told (decision 0041)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

import click

CHECKOUT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
TESTS_FAILED, NO_TESTS_COLLECTED = 1, 5
"""What pytest ends with."""
IN_TWO = ["-n", "2"]
AGAIN_MAX = 3
"""So many tests of one run may be tried a second time; more are no noise."""


def environment(**more: str) -> dict[str, str]:
    """What the programs of a checkout are started with: its sources, its virtual environment, a state of its own."""
    state = CHECKOUT / "build/state"
    state.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT / "src"),
        "DJANGO_SETTINGS_MODULE": "essaim.manager.web.settings",
        "ESSAIM_STATE": str(state),
        "PATH": f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        **more,
    }


class Remembered(NamedTuple):
    """A run whose failures pytest remembers apart from other runs."""

    name: str
    arguments: list[str]

    @property
    def memory(self) -> Path:
        return CHECKOUT / "build/pytest" / self.name

    def start(self, *more: str, printed: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        return _start([*self.arguments, "-o", f"cache_dir={self.memory}", *more], printed=printed)

    def forget(self) -> None:
        shutil.rmtree(self.memory, ignore_errors=True)

    def failed(self) -> list[str]:
        try:
            return sorted(json.loads((self.memory / "v/cache/lastfailed").read_text()))
        except FileNotFoundError:
            return []


BROWSER = Remembered("tests/browser", ["tests/browser"])
BARE = Remembered("tests/lab, on bare machines", ["tests/lab", "-m", "not whole_platform"])
WHOLE = Remembered("tests/lab, on the whole platform", ["tests/lab", "-m", "whole_platform"])


def run(folders: list[str], options: Sequence[str], chosen: Sequence[str], *, name: str = "", **settings: str) -> bool:
    """Run pytest, and say whether it was good. A folder without a test is a fault, unless the person has `chosen` which ones to run.
    `settings`: more of the environment.
    """
    paths = [argument for argument in chosen if argument.startswith("tests/")]
    here = [path for path in paths if path.startswith(tuple(folders))] if paths else folders
    if not here:
        return True
    name = name or " ".join(here)
    click.echo(f"── {name}")
    others = [argument for argument in chosen if argument not in paths]
    done = _start([*here, *options, *others], settings=settings).wait()
    if done == NO_TESTS_COLLECTED and chosen:
        click.echo(f"Nothing in {name} matched: {' '.join(chosen)}")
        return True
    return done == 0


def browser(chosen: Sequence[str]) -> bool:
    """Run the browser tests."""
    if chosen:
        return run(["tests/browser"], IN_TWO, chosen)
    click.echo(f"── {BROWSER.name}")
    BROWSER.forget()
    return _good_or_again(BROWSER, BROWSER.start(*IN_TWO).wait())


def lab(chosen: Sequence[str]) -> bool:
    """Run the lab's tests: those of bare machines beside those of the whole platform, as most of such a test is waiting for a machine.
    What the former print is shown when the latter have ended. Those that a person has `chosen` run one after the other.
    """
    if chosen:
        return run(["tests/lab"], [], chosen)
    BARE.forget()
    WHOLE.forget()
    with tempfile.TemporaryFile() as printed:
        bare = BARE.start(printed=printed)
        click.echo(f"── {WHOLE.name}")
        whole = WHOLE.start().wait()
        bare.wait()
        click.echo(f"── {BARE.name}")
        printed.seek(0)
        click.echo(printed.read())
    good = [_good_or_again(WHOLE, whole), _good_or_again(BARE, bare.returncode)]
    return all(good)


def _good_or_again(ran: Remembered, done: int) -> bool:
    """Whether a run that ended with the status `done` was good; where few tests failed, whether they pass alone, and that is said."""
    if done != TESTS_FAILED:
        return done == 0
    failed = ran.failed()
    if not 0 < len(failed) <= AGAIN_MAX:
        return False
    click.echo(f"── {ran.name}: {len(failed)} failed, tried once more, alone")
    if ran.start("--last-failed", "--last-failed-no-failures=none").wait() != 0:
        return False
    click.secho(f"Passed at the second try only, which deserves a look: {', '.join(failed)}", fg="yellow")
    return True


def _start(
    arguments: Sequence[str], *, settings: dict[str, str] | None = None, printed: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "--durations=5", *arguments],
        cwd=CHECKOUT,
        env=environment(DJANGO_SETTINGS_MODULE="tests.settings", **(settings or {})),
        stdout=printed,
        stderr=subprocess.STDOUT if printed else None,
    )
