"""Every kind of hostile archive is refused with its own code."""

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from essaim.contract.archives import ArchiveRefused, Limits, inspect
from tests.unit.agent_unpack.archives import LIMITS, entry, tar_of, tar_with, zip_of, zip_with_mode


def refusal(path: Path, limits: Limits = LIMITS) -> str:
    """The code with which `path` is refused; every refusal says what to do."""
    with pytest.raises(ArchiveRefused) as caught:
        inspect(path, limits)
    assert caught.value.sentence.endswith(".")
    assert caught.value.advice.endswith(".")
    return caught.value.code


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/passwd", "a/..", "C:/a", "C:a", "..\\a", "a\\b", "\\\\host\\a"]
)
def test_a_path_that_leads_out_of_a_zip_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(zip_of(tmp_path / "a.zip", (name, b"1"))) == "content.unsafe_path"


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "a/.."])
def test_a_path_that_leads_out_of_a_tar_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tar_of(tmp_path / "a.tar", (name, b"1"))) == "content.unsafe_path"


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x1bb", "a\x7f", "x" * 256, "é" * 128, "/".join("a" * 65), "d/" + "/".join(["y" * 250] * 9)]
)
def test_a_name_no_file_should_have_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tar_of(tmp_path / "a.tar", (name, b"1"))) == "content.unsafe_name"
    assert refusal(zip_of(tmp_path / "a.zip", (name, b"1"))) == "content.unsafe_name"


def test_a_nul_in_the_name_of_a_zip_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("index.phpX.png", b"1"))
    path.write_bytes(path.read_bytes().replace(b"index.phpX.png", b"index.php\0.png"))
    assert refusal(path) == "content.unsafe_name"


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "a/../../secret", "a/b/../../../secret"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str) -> None:
    assert (
        refusal(tar_with(tmp_path / "a.tar", entry("x"), entry("l", tarfile.SYMTYPE, target))) == "content.unsafe_link"
    )
    assert refusal(zip_with_mode(tmp_path / "a.zip", "l", 0o120777, target.encode())) == "content.unsafe_link"


def test_links_that_lead_out_only_together_are_refused(tmp_path: Path) -> None:
    """`up/..` is the archive's root by its letters; the kernel goes to the parent of what `up` means."""
    archive = tar_with(
        tmp_path / "a.tar",
        entry("x"),
        entry("d/e/f"),
        entry("up", tarfile.SYMTYPE, "d"),
        entry("out", tarfile.SYMTYPE, "up/../../secret"),
    )
    assert refusal(archive) == "content.unsafe_link"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = (entry("a", tarfile.SYMTYPE, "b"), entry("b", tarfile.SYMTYPE, "a"))
    assert refusal(tar_with(tmp_path / "a.tar", entry("x"), *circle)) == "content.unsafe_link"


def test_a_link_out_of_the_folder_that_is_unwrapped_is_refused(tmp_path: Path) -> None:
    archive = tar_with(tmp_path / "a.tar", entry("site/index.html"), entry("site/l", tarfile.SYMTYPE, "../Thumbs.db"))
    assert refusal(archive) == "content.unsafe_link"


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "later", "folder", "link"])
def test_a_hard_link_to_anything_but_a_file_before_it_is_refused(tmp_path: Path, target: str) -> None:
    archive = tar_with(
        tmp_path / "a.tar",
        entry("folder/x"),
        entry("link", tarfile.SYMTYPE, "folder"),
        entry("hard", tarfile.LNKTYPE, target),
        entry("later"),
    )
    assert refusal(archive) in ("content.unsafe_link", "content.unsafe_path")


def test_writing_through_a_link_is_refused(tmp_path: Path) -> None:
    archive = tar_with(tmp_path / "a.tar", entry("d/x"), entry("l", tarfile.SYMTYPE, "d"), entry("l/y"))
    assert refusal(archive) == "content.through_link"


def test_overwriting_a_link_is_refused(tmp_path: Path) -> None:
    archive = tar_with(tmp_path / "a.tar", entry("x"), entry("l", tarfile.SYMTYPE, "x"), entry("l"))
    assert refusal(archive) == "content.through_link"


def test_a_link_in_place_of_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    archive = tar_with(tmp_path / "a.tar", entry("d/x"), entry("d", tarfile.SYMTYPE, "e"))
    assert refusal(archive) == "content.name_twice"


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    assert refusal(tar_with(tmp_path / "a.tar", entry("x"), entry("./x"))) == "content.name_twice"
    assert refusal(zip_of(tmp_path / "a.zip", ("x", b"1"), ("./x", b"2"))) == "content.name_twice"


def test_a_file_that_is_also_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(zip_of(tmp_path / "a.zip", ("x", b"1"), ("x/y", b"2"))) == "content.name_twice"


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_refused(tmp_path: Path, kind: bytes) -> None:
    assert refusal(tar_with(tmp_path / "a.tar", entry("d", kind))) == "content.special_file"


@pytest.mark.parametrize("mode", [0o020666, 0o060666, 0o010666, 0o140666])
def test_devices_pipes_and_sockets_of_a_zip_are_refused(tmp_path: Path, mode: int) -> None:
    assert refusal(zip_with_mode(tmp_path / "a.zip", "d", mode)) == "content.special_file"


def test_a_tar_larger_than_wanted_is_refused_before_it_is_read(tmp_path: Path) -> None:
    info = entry("huge", size=8_000_000_000_000)
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf() + bytes(1024))
    assert refusal(path) == "content.too_large"


def test_many_files_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    files = [(f"{n}", bytes(300_000)) for n in range(4)]
    assert refusal(zip_of(tmp_path / "a.zip", *files), Limits(bytes_max=1_000_000)) == "content.too_large"


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    limits = Limits(bytes_max=10_000_000_000)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as file:
        for _ in range(80):
            file.write(bytes(1_000_000))
    assert refusal(path, limits) == "content.bomb"
    assert refusal(tar_of(tmp_path / "a.tgz", ("zeros", bytes(80_000_000)), mode="w:gz"), limits) == "content.bomb"


def test_a_bomb_of_headers_is_refused(tmp_path: Path) -> None:
    """Empty files take no space of their own, their headers compress a thousandfold."""
    path = tmp_path / "a.tgz"
    with gzip.open(path, "w") as file:
        for n in range(1_100):
            file.write(entry(f"{n}").tobuf())
    assert refusal(path) == "content.too_many_files"


def test_folders_count_too(tmp_path: Path) -> None:
    deep = [(f"{n}/" + "/".join("abcdefghij"), b"") for n in range(100)]
    assert refusal(zip_of(tmp_path / "a.zip", *deep), Limits(bytes_max=1, files_max=900)) == "content.too_many_files"


def test_a_zip_with_a_huge_list_is_refused_before_the_list_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", *[(f"{n}", b"") for n in range(1_200)])
    assert refusal(path) == "content.too_many_files"


def test_an_extension_header_of_any_size_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(entry("x", tarfile.XHDTYPE, size=2_000_000).tobuf() + bytes(2_000_896))
    assert refusal(path) == "content.unsafe_name"


def test_a_password_is_told(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("secret.txt", b"1"))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert refusal(path) == "content.archive_encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_with_memory_of_its_own_is_refused(tmp_path: Path, method: int) -> None:
    assert refusal(zip_of(tmp_path / "a.zip", ("x", b"1"), method=method)) == "content.archive_method"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_that_was_cut_is_refused(tmp_path: Path, mode: str) -> None:
    path = tar_of(tmp_path / "a.tar", ("x", bytes(range(256)) * 400), mode=mode)
    data = path.read_bytes()
    path.write_bytes(data[: min(len(data), 102_400) * 2 // 3])
    assert refusal(path) == "content.archive_damaged"


def test_a_tar_without_an_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(entry("x").tobuf())
    assert refusal(path) == "content.archive_damaged"


def test_a_zip_that_was_cut_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("x", b"1" * 1_000))
    path.write_bytes(path.read_bytes()[:-30])
    assert refusal(path) == "content.archive_damaged"


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("x", b"hello"), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"hello", b"hullo"))
    assert refusal(path) == "content.archive_damaged"


@pytest.mark.parametrize("announced", [0, 10, 2_000])
def test_a_zip_that_lies_about_a_size_is_refused(tmp_path: Path, announced: int) -> None:
    path = zip_of(tmp_path / "a.zip", ("x", b"1" * 1_000))
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, announced)
    path.write_bytes(data)
    assert refusal(path) == "content.archive_damaged"


def test_a_sparse_tar_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "old.tar"
    old.write_bytes(entry("x", tarfile.GNUTYPE_SPARSE).tobuf() + bytes(1024))
    assert refusal(old) == "content.archive_method"
    new = entry("x")
    new.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "big"}
    assert refusal(tar_with(tmp_path / "new.tar", new)) == "content.archive_method"


def test_a_pax_header_that_renames_outwards_is_refused(tmp_path: Path) -> None:
    info = entry("harmless")
    info.pax_headers = {"path": "../../etc/cron.d/x"}
    assert refusal(tar_with(tmp_path / "a.tar", info)) == "content.unsafe_path"


def test_a_global_header_that_renames_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", pax_headers={"path": "x"}) as archive:
        archive.addfile(entry("index.html"))
    assert refusal(tmp_path / "a.tar") == "content.archive_damaged"


def test_a_link_with_data_has_two_readings_and_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(entry("l", tarfile.SYMTYPE, "x", size=512).tobuf() + entry("hidden").tobuf() + bytes(1024))
    assert refusal(path) == "content.archive_damaged"


def test_a_stream_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 512 * 1024 * 1024}]
    tar = tar_of(tmp_path / "a.tar", ("x", b"1")).read_bytes()
    engine = lzma.LZMACompressor(filters=filters, preset=None)
    (tmp_path / "a.xz").write_bytes(engine.compress(tar) + engine.flush())
    assert refusal(tmp_path / "a.xz") == "content.archive_damaged"


@pytest.mark.parametrize(
    "data", [b"", b"hello", bytes(5), b"PK", b"7z\xbc\xaf\x27\x1c..", b"\x28\xb5\x2f\xfd....", b"Rar!\x1a\x07"]
)
def test_what_is_no_archive_is_told_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    assert refusal(tmp_path / "a") == "content.not_an_archive"


def test_an_archive_without_a_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tar_of(tmp_path / "a.tar")) == "content.archive_empty"
    assert refusal(zip_of(tmp_path / "a.zip")) == "content.archive_empty"
    assert refusal(tar_with(tmp_path / "b.tar", entry("d", tarfile.DIRTYPE))) == "content.archive_empty"


def test_a_sentence_never_carries_control_characters_or_broken_text(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(entry("../\udce9\x1b[31m"), io.BytesIO())
    with pytest.raises(ArchiveRefused) as caught:
        inspect(tmp_path / "a.tar", LIMITS)
    assert caught.value.sentence.isprintable()
    caught.value.sentence.encode()
