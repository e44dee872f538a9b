"""Archives that are accepted, and what is told of them."""

import contextlib
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essaim.contract.archives import Limits, inspect
from essaim.contract.archives.members import parse_path
from essaim.contract.archives.refusals import ArchiveRefused
from tests.unit.agent_unpack.archives import LIMITS, entry, tar_of, tar_with, zip_of, zip_with_mode

FILES = (("index.html", b"<p>Hi</p>"), ("img/a.png", b"x" * 70_000))


def test_a_zip_is_counted(tmp_path: Path) -> None:
    found = inspect(zip_of(tmp_path / "site.zip", *FILES), LIMITS)
    assert (found.files, found.directories, found.bytes, found.top) == (2, 1, 70_009, "")


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
def test_a_tar_is_counted_whatever_it_is_compressed_with(tmp_path: Path, compression: str) -> None:
    found = inspect(tar_of(tmp_path / "site.tar", *FILES, mode=f"w:{compression}"), LIMITS)
    assert (found.files, found.directories, found.bytes) == (2, 1, 70_009)


@pytest.mark.parametrize("layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_tar_layout_keeps_long_names(tmp_path: Path, layout: int) -> None:
    name = "/".join(["folder" * 8] * 4) + "/page.html"  # beyond 100 bytes: prefix, long name or pax header
    assert inspect(tar_of(tmp_path / "a.tar", (name, b"1"), layout=layout), LIMITS).files == 1


def test_a_single_folder_is_unwrapped(tmp_path: Path) -> None:
    found = inspect(zip_of(tmp_path / "a.zip", ("wordpress/index.php", b"1"), (".DS_Store", b"2")), LIMITS)
    assert found.top == "wordpress"
    assert found.files == 1


def test_a_single_folder_that_is_the_docroot_stays(tmp_path: Path) -> None:
    limits = Limits(bytes_max=1_000, docroot="public")
    assert inspect(zip_of(tmp_path / "a.zip", ("public/index.php", b"1")), limits).top == ""


def test_a_single_hidden_folder_stays(tmp_path: Path) -> None:
    assert inspect(zip_of(tmp_path / "a.zip", (".well-known/security.txt", b"1")), LIMITS).top == ""


def test_what_macos_adds_to_a_zip_is_left_out(tmp_path: Path) -> None:
    found = inspect(zip_of(tmp_path / "a.zip", ("site/a.html", b"1"), ("__MACOSX/site/._a.html", b"2")), LIMITS)
    assert (found.files, found.top) == (1, "site")


def test_links_that_stay_inside_are_kept(tmp_path: Path) -> None:
    archive = tar_with(
        tmp_path / "a.tar",
        entry("a/index.html"),
        entry("a/same.html", tarfile.LNKTYPE, "a/index.html"),
        entry("b/link", tarfile.SYMTYPE, "../a/index.html"),
        entry("b/dangling", tarfile.SYMTYPE, "later.html"),
    )
    assert inspect(archive, LIMITS).links == 3


def test_a_link_in_a_zip_is_kept(tmp_path: Path) -> None:
    archive = zip_with_mode(tmp_path / "a.zip", "current", 0o120777, b"releases/1")
    with pytest.raises(ArchiveRefused, match="holds no file"):  # the link itself was accepted
        inspect(archive, LIMITS)


def test_a_name_that_is_utf8_without_saying_so_is_read_as_utf8(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("abc.html", b"1"), ("ét.html", b"2"))
    path.write_bytes(path.read_bytes().replace(b"abc.html", "ét.html".encode()))  # not marked, as macOS writes it
    with pytest.raises(ArchiveRefused, match=r"ét\.html is in the archive twice"):
        inspect(path, LIMITS)


def test_a_global_header_of_git_is_accepted(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", pax_headers={"comment": "0" * 40}) as archive:
        archive.addfile(entry("index.html"))
    assert inspect(tmp_path / "a.tar", LIMITS).files == 1


_names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(name=_names)
def test_a_parsed_path_never_leads_out(name: str) -> None:
    try:
        path = parse_path(name, windows=True)
    except ArchiveRefused:
        return
    assert not any(part in ("", ".", "..") or "/" in part or "\\" in part for part in path)


@given(
    entries=st.dictionaries(
        st.from_regex(r"[a-zé]{1,8}(/[a-z]{1,120}){0,3}\.x", fullmatch=True), st.binary(max_size=2_000)
    )
)
def test_both_formats_tell_the_same_of_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("same")
    pairs = tuple({"a.x": b"1", **entries}.items())
    assert inspect(zip_of(folder / "a.zip", *pairs), LIMITS) == inspect(tar_of(folder / "a.tar", *pairs), LIMITS)


@given(junk=st.binary(max_size=3_000), at=st.integers(0, 3_000))
def test_no_bytes_make_anything_but_a_refusal_or_a_summary(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    for path in (zip_of(folder / "a.zip", *FILES), tar_of(folder / "a.tar", *FILES, mode="w:gz")):
        data = path.read_bytes()
        path.write_bytes(data[:at] + junk + data[at + len(junk) :])
        with contextlib.suppress(ArchiveRefused):
            assert inspect(path, LIMITS).bytes <= LIMITS.bytes_max
