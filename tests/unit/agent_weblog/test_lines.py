"""One line: what visitors put into it, and what reaches a client's file."""

import pytest

from essaim.agent.weblog.lines import combined, host_of_error, read
from tests.unit.agent_weblog.machine import request


def shown(**changed: object) -> str:
    line = read(request(**changed).rstrip("\n").encode())
    assert line is not None
    return combined(line)


def test_a_line_is_in_the_format_that_others_read() -> None:
    assert shown(uri="/page?x=1", referrer="https://example.org/", status="304") == (
        '192.0.2.7 - - [26/Nov/2026:12:00:00 +0000] "GET /page?x=1 HTTP/1.1" 304 300 "https://example.org/" "Mozilla/5.0"\n'
    )


def test_a_request_that_is_none_is_a_dash() -> None:
    assert '] "-" 400 ' in shown(method="", uri="", protocol="", status="400")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb", "a\\x0ab"),
        ('say "hello"', 'say \\"hello\\"'),
        ("back\\slash", "back\\\\slash"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("txt.\u202eexe", "txt.\\u202eexe"),
        ("c1\x9b0m", "c1\\x9b0m"),
        ("line\u2028two", "line\\u2028two"),
        ("Noël", "Noël"),
    ],
)
def test_what_is_odd_in_a_line_is_written_out(text: str, written: str) -> None:
    line = shown(agent=text)
    assert line.endswith(f'"{written}"\n')
    assert line.count("\n") == 1


def test_bytes_that_are_no_utf8_are_written_out() -> None:
    data = request(uri="/t@").rstrip("\n").encode().replace(b"@", b"\xe9")
    line = read(data)
    assert line is not None
    assert line.uri == "/t\\xe9"


@pytest.mark.parametrize(
    "data", [b"", b"[1,2]", b'[1700000000.0,"a.test","192.0.2', b"\xff\xfe", b'{"at":1}', b"[" * 5000]
)
def test_a_torn_line_is_none(data: bytes) -> None:
    assert read(data) is None


ERROR = (
    '2026/11/26 12:00:00 [error] 7#7: *45 open() "/srv/essaim/sites/a.example.test/live/x" failed (13: Permission denied), '
    'client: 192.0.2.7, server: _, request: "GET /x HTTP/1.1", host: "a.example.test"'
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (ERROR, "a.example.test"),
        (ERROR + ', referrer: "https://b.example.test/"', "a.example.test"),
        (ERROR.replace('host: "a.', 'upstream: "fastcgi://unix:a/php:", host: "A.') + "", "a.example.test"),
        (ERROR.replace('test"', 'test:8080"'), "a.example.test"),
        (ERROR.replace('test"', 'test."'), "a.example.test"),
        ("2026/11/26 12:00:00 [warn] 7#7: nothing about a site", None),
        # a visitor of one site who would have the line be another's
        (ERROR + ', referrer: "x", host: "b.example.test"', "a.example.test"),
        (ERROR.replace("open()", ', client: 1, server: _, request: "G / HTTP/1.1", host: "b.example.test"'), None),
        (ERROR + ', referrer: "x, client: 1, server: _, request: "G / HTTP/1.1", host: "b.example.test"', None),
    ],
)
def test_an_error_is_its_own_sites(text: str, host: str | None) -> None:
    assert host_of_error(text) == host
