"""Debian's archive, read from apt's own files."""

from pathlib import Path

import pytest

from essaim.agent.engines import archives
from essaim.agent.engines.archives import Source, parse_lines, parse_stanzas, read
from essaim.agent.errors import PermanentError

STANZAS = """\
Types: deb deb-src
URIs: http://archive.example.test/debian
Suites: trixie trixie-updates
# a comment
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://archive.example.test/other
Suites: trixie
Components: main
Enabled: no

Types: deb
URIs: http://vendor.example.test/
Suites: trixie-vendor
Components: main

Types: deb-src
URIs: http://archive.example.test/sources
Suites: trixie
Components: main
"""


def test_the_one_line_style_is_read_without_the_cdrom_and_other_archives() -> None:
    text = """\
# deb http://archive.example.test/off bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://archive.example.test/debian bookworm main contrib # said
deb http://archive.example.test/debian bookworm-updates main
deb http://archive.example.test/debian bookworm contrib
deb http://vendor.example.test/ bookworm-pgdg main
deb-src http://archive.example.test/debian bookworm main
"""
    uri = "http://archive.example.test/debian"

    assert parse_lines(text) == [Source(uri, "bookworm", "/k.gpg"), Source(uri, "bookworm-updates")]


def test_the_deb822_style_is_read_without_what_is_switched_off() -> None:
    found = parse_stanzas(STANZAS)

    assert [(source.uri, source.suite) for source in found] == [
        ("http://archive.example.test/debian", "trixie"),
        ("http://archive.example.test/debian", "trixie-updates"),
    ]


@pytest.mark.parametrize(
    ("suite", "wanted"),
    [
        ("trixie", "bookworm"),
        ("stable", "bookworm"),
        ("trixie-security", "bookworm-security"),
        ("bookworm-updates", "bookworm-updates"),
    ],
)
def test_the_image_is_of_its_own_release_whatever_the_machine_runs(suite: str, wanted: str) -> None:
    assert Source("http://a.example.test/", suite).line("bookworm") == f"deb http://a.example.test/ {wanted} main"


def test_a_keyring_goes_with_its_source_and_a_key_in_the_file_does_not() -> None:
    assert "[signed-by=/k.gpg]" in Source("http://a.example.test/", "bookworm", "/k.gpg").line("bookworm")
    assert "signed-by" not in Source("http://a.example.test/", "bookworm", "-----BEGIN PGP").line("bookworm")


def test_a_machine_without_debian_sources_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="knows no Debian archive"):
        read(tmp_path)


def test_both_styles_are_found_and_doubles_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    line = "deb http://a.example.test/debian bookworm main\n"
    (tmp_path / "sources.list").write_text(line)
    (tmp_path / "sources.list.d/more.list").write_text(line)
    (tmp_path / "sources.list.d/debian.sources").write_text(STANZAS)
    (tmp_path / "sources.list.d/off.sources.disabled").write_text(STANZAS.replace("archive", "off"))

    assert len(read(tmp_path)) == 3


def test_of_a_release_without_support_only_the_release_itself_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [Source("http://a.test/debian", f"bookworm{pocket}") for pocket in ("", "-updates", "-security")]
    monkeypatch.setattr(archives, "read", lambda: sources)
    monkeypatch.setattr(archives, "_apt_options", list)
    taken = {is_supported: archives.debootstrap("bullseye", ["php"], Path("/t"), is_supported=is_supported)[-3:]
             for is_supported in (True, False)}  # fmt: skip
    assert [line.split()[2] for line in taken[True]] == ["bullseye", "bullseye-updates", "bullseye-security"]
    assert taken[False][-2:] == ["/t", "deb http://a.test/debian bullseye main"]
