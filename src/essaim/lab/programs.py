"""The one module of the lab that starts programs. Argument lists only; the few shell lines are constants of ours."""

import contextlib
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from essaim.lab import processes
from essaim.lab.errors import ProgramFailed

Progress = Callable[[str, float], None]
"""Told what is being done, and which part of the whole is behind us, from 0.0 to 1.0."""

CLEAN_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


def silent(step: str, fraction: float) -> None:
    """A progress callback that says nothing."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """What a step tells of itself, as its part of the whole."""
    return lambda step, fraction: progress(step, start + (end - start) * fraction)


def run(
    argv: Sequence[str],
    *,
    input: bytes | None = None,  # noqa: A002 - the word of subprocess.run
    timeout: float | None = 120,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    called: str = "",
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end and keep what it wrote. `called` is the command as errors name it; by default the whole of it.

    Raises:
        ProgramFailed: it ended with something else than 0, unless `check` is false; or it took longer than `timeout` seconds.
    """
    called = called or shlex.join(argv)
    pipe = subprocess.PIPE
    with subprocess.Popen(list(argv), stdin=pipe, stdout=pipe, stderr=pipe, env=env) as process:
        try:
            output, errors = process.communicate(input or b"", timeout=timeout)
        except BaseException as reason:
            _end(process)
            if isinstance(reason, subprocess.TimeoutExpired):
                raise ProgramFailed(f"{called} did not end within {timeout} seconds.") from None
            raise
    done = subprocess.CompletedProcess(list(argv), process.returncode, output, errors)
    if check and done.returncode != 0:
        raise ProgramFailed(f"{called} ended with {done.returncode}: {_end_of(done)}")
    return done


def spawn(argv: Sequence[str], *, log: Path, env: Mapping[str, str], keep: Sequence[int] = ()) -> None:
    """Start a program that outlives us: own session, adopted by the first process, its output in `log`, the open files `keep` its own, too."""
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(env),
            pass_fds=keep,
            check=True,
            timeout=30,
        )


@contextlib.contextmanager
def lines_of(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Iterator[Iterator[str]]:
    """Run a program and read what it writes, both streams, line by line.

    Raises:
        ProgramFailed: it ended with something else than 0.
    """
    last: list[str] = []
    with subprocess.Popen(
        list(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    ) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above

        def read() -> Iterator[str]:
            for line in process.stdout or ():
                last.append(line.rstrip())
                del last[:-15]
                yield last[-1]

        try:
            yield read()
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise ProgramFailed(f"{argv[0]} ended with {process.returncode}:\n" + "\n".join(last))


def _end(process: "subprocess.Popen[bytes]") -> None:
    # nsenter's child first: nsenter then sees it end and ends too. The other way round the child would be left to the outer machine's first
    # process, and a machine waits ten seconds at power-off for a zombie that is not its own.
    for child in processes.children(process.pid):
        processes.send(child, signal.SIGKILL)
    if not processes.wait_until(lambda: process.poll() is not None, seconds=0.5):
        process.kill()


def _end_of(done: subprocess.CompletedProcess[bytes]) -> str:
    text = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
    return text[-800:] or "it wrote nothing."
