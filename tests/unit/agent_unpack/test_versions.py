"""Versions of a site's content: what is served is always whole, whenever the process is killed."""

import json
import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from essaim.agent.engines import python
from essaim.agent.unpack.versions import Versions
from essaim.contract.archives import ArchiveRefused, Limits
from tests.unit.agent_unpack.archives import entry, tar_of, tar_with, zip_of, zip_with_mode

LIMITS = Limits(bytes_max=10_000_000)
SITE = "www.example.test"


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    served = tmp_path / "sites" / SITE
    served.mkdir(parents=True)
    (served / "index.html").write_text("first")
    return tmp_path / "sites"


def put(sites: Path, archive: Path, limits: Limits = LIMITS) -> Versions:
    versions = Versions(sites, SITE)
    with archive.open("rb") as file:
        _, inode = versions.unpack(file, limits)
    assert versions.settle(inode) == "served"
    return versions


def test_an_upload_replaces_the_site_and_the_former_one_is_kept(sites: Path, tmp_path: Path) -> None:
    versions = put(sites, zip_of(tmp_path / "a.zip", ("index.html", b"second"), ("new/b.html", b"b")))
    assert (versions.current / "index.html").read_text() == "second"
    assert (versions.previous / "index.html").read_text() == "first"


def test_only_one_former_version_is_kept(sites: Path, tmp_path: Path) -> None:
    for text in (b"second", b"third"):
        versions = put(sites, zip_of(tmp_path / "a.zip", ("index.html", text)))
    assert (versions.previous / "index.html").read_text() == "second"
    assert sorted(path.name for path in (sites / ".versions" / SITE).iterdir()) == ["previous"]


def test_nothing_of_a_refused_archive_stays(sites: Path, tmp_path: Path) -> None:
    versions = Versions(sites, SITE)
    archive = tar_of(tmp_path / "a.tar", ("index.html", b"evil"), ("../x", b"evil"))
    with archive.open("rb") as file, pytest.raises(ArchiveRefused):
        versions.unpack(file, LIMITS)
    assert (versions.current / "index.html").read_text() == "first"
    assert list((sites / ".versions" / SITE).iterdir()) == []


def test_settling_twice_is_settling_once(sites: Path, tmp_path: Path) -> None:
    versions = put(sites, zip_of(tmp_path / "a.zip", ("index.html", b"second")))
    assert versions.settle(versions.current.stat().st_ino) == "served"
    assert (versions.previous / "index.html").read_text() == "first"


def test_an_undo_swaps_the_two(sites: Path, tmp_path: Path) -> None:
    versions = put(sites, zip_of(tmp_path / "a.zip", ("index.html", b"second")))
    former = versions.previous.stat().st_ino
    for _ in range(2):
        assert versions.settle(former) == "served"
        assert (versions.current / "index.html").read_text() == "first"
        assert (versions.previous / "index.html").read_text() == "second"


def test_a_version_that_is_not_there_changes_nothing(sites: Path) -> None:
    assert Versions(sites, SITE).settle(1) == "missing"
    assert (sites / SITE / "index.html").read_text() == "first"


def test_the_single_folder_becomes_the_site_with_the_site_s_own_mode(sites: Path, tmp_path: Path) -> None:
    (sites / SITE).chmod(0o750)
    versions = put(sites, zip_of(tmp_path / "a.zip", ("wordpress/index.html", b"wp")))
    assert (versions.current / "index.html").read_text() == "wp"
    assert versions.current.stat().st_mode & 0o7777 == 0o750


def test_set_user_id_bits_and_odd_modes_are_not_kept(sites: Path, tmp_path: Path) -> None:
    infos = (entry("run.cgi", mode=0o6777), entry("secret", mode=0o000), entry("d", tarfile.DIRTYPE, mode=0o1000))
    versions = put(sites, tar_with(tmp_path / "a.tar", *infos))
    modes = {path.name: path.stat().st_mode & 0o7777 for path in versions.current.iterdir()}
    assert modes == {"run.cgi": 0o755, "secret": 0o644, "d": 0o755}


def test_links_inside_are_made(sites: Path, tmp_path: Path) -> None:
    infos = (
        entry("a/x", size=3),
        entry("hard", tarfile.LNKTYPE, "a/x"),
        entry("b/soft", tarfile.SYMTYPE, "../a/x"),
    )
    versions = put(sites, tar_with(tmp_path / "a.tar", *infos))
    assert (versions.current / "b/soft").readlink() == Path("../a/x")
    assert (versions.current / "hard").stat().st_nlink == 2


def test_a_zip_from_unix_keeps_what_may_be_executed(sites: Path, tmp_path: Path) -> None:
    versions = put(sites, zip_with_mode(tmp_path / "a.zip", "run.cgi", 0o100755, b"#!"))
    assert versions.current.joinpath("run.cgi").stat().st_mode & 0o7777 == 0o755


def test_names_that_are_not_utf8_are_kept_as_they_are(sites: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(entry("été.html"))
    versions = put(sites, tmp_path / "a.tar")
    assert [os.fsencode(path.name) for path in versions.current.iterdir()] == [b"\xe9t\xe9.html"]


def test_folders_that_a_client_locked_are_still_discarded(sites: Path, tmp_path: Path) -> None:
    (sites / SITE / "cache/deep").mkdir(parents=True)
    (sites / SITE / "cache/deep/x").write_text("x")
    (sites / SITE / "cache/deep").chmod(0)
    (sites / SITE / "cache").chmod(0)
    for n in range(2):
        versions = put(sites, zip_of(tmp_path / "a.zip", ("index.html", b"%d" % n)))
    assert (versions.previous / "index.html").read_text() == "0"


def _process(verb: str, archive: Path | None, **asked: object) -> subprocess.Popen[bytes]:
    words = [*python.command("essaim.agent.unpack"), verb, json.dumps(asked)]
    with (archive or Path(os.devnull)).open("rb") as stdin:
        return subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE, env={**os.environ, **python.environment()})


def _ask(verb: str, archive: Path | None = None, **asked: object) -> dict[str, object]:
    process = _process(verb, archive, **asked)
    out, _ = process.communicate()
    answer: dict[str, object] = json.loads(out)
    return answer


def test_killed_at_any_instant_the_site_is_whole_and_the_next_try_ends_it(sites: Path, tmp_path: Path) -> None:
    files = [(f"{n % 10}/{n}.html", b"second" * 100) for n in range(400)]
    archive = zip_of(tmp_path / "a.zip", ("index.html", b"second"), *files)
    asked = {"sites": str(sites), "fqdn": SITE, "bytes_max": 10_000_000, "files_max": 1_000, "docroot": ""}
    for wait_ms in range(40, 160, 12):
        process = _process("unpack", archive, **asked)
        time.sleep(wait_ms / 1000)  # the instant of the kill, not a wait for something
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert sorted(path.name for path in (sites / SITE).iterdir()) == ["index.html"]
        assert (sites / SITE / "index.html").read_text() == "first"

    inode = _ask("unpack", archive, **asked)["inode"]
    stopped = _process("settle", None, **asked, inode=inode)
    stopped.kill()
    stopped.communicate()
    assert _ask("settle", **asked, inode=inode) == {"state": "served"}
    assert sum(1 for _ in (sites / SITE).rglob("*.html")) == 401
    assert (sites / ".versions" / SITE / "previous/index.html").read_text() == "first"
    assert [path.name for path in (sites / ".versions" / SITE).iterdir()] == ["previous"]


def test_the_process_gives_up_privileges_and_is_bounded(tmp_path: Path) -> None:
    program = (
        "from essaim.agent.unpack.confine import confine; import resource; confine(file_bytes_max=1000);"
        "print(open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0],"
        "resource.getrlimit(resource.RLIMIT_FSIZE)[0])"
    )
    words = [*python.command("essaim")[:2], "-c", program]
    ran = subprocess.run(words, capture_output=True, check=True, env=python.environment())
    assert ran.stdout.split() == [b"1", b"1000"]
