"""`essaim site put` and `undo`. A directory is packed on the way; what is sent has its length told beforehand."""

import gzip
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import click

from essaim.cli.calls import Api
from essaim.cli.shown import Session, size, speaks, told

LEFT_OUT = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".DS_Store"})


@click.command()
@click.argument("fqdn")
@click.argument("source", type=click.Path(exists=True, readable=True, path_type=Path))
@click.option("--again", is_flag=True, help="Put the same archive although it was put a moment ago.")
@click.option(
    "--with-modules", is_flag=True, help="Of a directory, send node_modules, too: a program in Node.js needs it."
)
@speaks
def put(session: Session, fqdn: str, source: Path, *, again: bool, with_modules: bool) -> None:
    """Replace a site's content by SOURCE: a zip or tar archive, or a directory.

    Of a directory, version control and package caches are left out (.git, node_modules ...). The content before is kept
    for one undo.
    """
    with _archive(source, LEFT_OUT - {"node_modules"} if with_modules else LEFT_OUT) as (file, name):
        length = file.seek(0, 2)
        answer = _send(session.api, f"/sites/{fqdn}/content", file, length, name, again=again, quiet=session.as_json)

    def people() -> None:
        files = "1 file" if answer["files"] == 1 else f"{answer['files']} files"
        click.echo(f"{answer['filename']} ({size(length)}) is {answer['state']}: {files}.")
        told(answer["sentence"], answer["advice"])

    session.show(answer, people)


@click.command()
@click.argument("fqdn")
@speaks
def undo(session: Session, fqdn: str) -> None:
    """Put back what stood there before the last upload."""
    answer = session.api.post(f"/sites/{fqdn}/undo")
    session.show(answer, lambda: click.echo(f"{answer['filename']} is being taken back."))


def _send(api: Api, path: str, file: IO[bytes], length: int, name: str, *, again: bool, quiet: bool) -> dict[str, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("sending", total=length)
        answer: dict[str, Any] = api.put_file(
            path,
            file,
            length,
            progress=lambda gone: bar.update(task, completed=gone),
            filename=name,
            again="true" if again else "",
        )
    return answer


@contextmanager
def _archive(source: Path, left_out: frozenset[str] = LEFT_OUT) -> Iterator[tuple[IO[bytes], str]]:
    """The archive to send, and its name."""
    if source.is_file():
        with source.open("rb") as file:
            yield file, source.name
        return
    with tempfile.TemporaryFile() as packed:
        zipped = gzip.GzipFile(
            filename="", fileobj=packed, mode="wb", compresslevel=6, mtime=0
        )  # same files, same bytes
        with zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
            for path in sorted(source.iterdir()):
                archive.add(path, arcname=path.name, filter=partial(_plain, left_out))
        yield packed, f"{source.resolve().name}.tar.gz"


def _plain(left_out: frozenset[str], member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without this machine's owners, and without what no site needs."""
    if Path(member.name).name in left_out or not (member.isfile() or member.isdir() or member.issym()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
