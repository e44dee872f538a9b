"""Sums are told and taken away; the newest lines are read from the machine's own files and fit into a message."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import cast

import pytest

from essaim.agent.machine import Machine
from essaim.agent.numbers import MESSAGE_MOST, NumbersTeller, fitting, newest_lines
from essaim.bus.machine import MachineBus
from essaim.contract import Fqdn, LogLines, decode
from tests.unit.agent.running import ListBus, eventually, web_machine

NAME = Fqdn("a.example.test")
GOOD = '192.0.2.7 - - [26/Nov/2026:12:00:00 +0000] "GET /{} HTTP/1.1" 200 1 "-" "-"'
BAD = '192.0.2.7 - - [26/Nov/2026:12:00:00 +0000] "GET /\\" 200 HTTP/1.1" 404 1 "-" "-"'


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    made = web_machine(tmp_path)
    (made.paths.sites / NAME).mkdir()
    (made.paths.sites / NAME / "content").symlink_to(f"/srv/essaim/accounts/alice/sites/{NAME}")
    (made.paths.logs / "alice" / NAME).mkdir(parents=True)
    made.paths.numbers_told.mkdir(parents=True)
    return made


def write(web: Machine, *lines: str, name: str = "access-2026-11-26.log") -> None:
    (web.paths.logs / "alice" / NAME / name).write_text("".join(f"{line}\n" for line in lines))


def test_the_newest_lines_are_those_of_the_newest_day(web: Machine) -> None:
    write(web, "yesterday", name="access-2026-11-25.log")
    os.utime(web.paths.logs / "alice" / NAME / "access-2026-11-25.log", (1, 1))
    write(web, *[GOOD.format(n) for n in range(500)], BAD)
    write(web, "upstream failed", name="error-2026-11-26.log")
    found = newest_lines(web, NAME)
    assert len(found.access) == 200
    assert found.access[-1] == BAD
    assert found.refused == (BAD,)
    assert found.errors == ("upstream failed",)


def test_a_name_that_is_no_site_has_no_lines(web: Machine) -> None:
    assert newest_lines(web, Fqdn("none.example.test")).access == ()


@pytest.mark.parametrize("name", ["../../etc", "", "a/b.c", "A.EXAMPLE.TEST", "a.example.test x"])
def test_what_is_no_name_is_not_looked_for(web: Machine, name: str) -> None:
    answers: dict = {}
    teller = NumbersTeller(web, cast("MachineBus", ListBus()), answers)
    answers["log"](name)
    assert teller._asked.empty()


def test_a_link_is_not_read(web: Machine, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    (web.paths.logs / "alice" / NAME / "access-2026-11-26.log").symlink_to(secret)
    assert newest_lines(web, NAME).access == ()


def test_a_message_fits_the_bus_whatever_the_lines_are(web: Machine) -> None:
    write(web, *["é" * 5000 for _ in range(250)])
    data = fitting(newest_lines(web, NAME))
    assert len(data) <= MESSAGE_MOST
    assert decode(data, LogLines).access


class Listening(ListBus):
    """Hears what is said beside the reports, too."""

    def __init__(self) -> None:
        super().__init__()
        self.aside: list[bytes] = []

    async def publish_beat(self, data: bytes) -> None:
        self.aside.append(data)


def test_sums_wait_for_the_bus_and_lines_are_never_stored(web: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("essaim.agent.numbers.LOOK_EVERY_S", 0.01)

    async def scene() -> None:
        (web.paths.numbers_told / "one.json").write_bytes(b'{"type":"numbers","id":"x","sites":[]}')
        (web.paths.numbers_told / "half.new").write_bytes(b"{")
        write(web, GOOD.format(1))
        bus = Listening()
        bus.is_away = True
        answers: dict = {}
        teller = NumbersTeller(web, cast("MachineBus", bus), answers)
        task = asyncio.create_task(teller.run())
        answers["log"](NAME)
        await eventually(lambda: bool(bus.aside))
        assert (web.paths.numbers_told / "one.json").exists()
        bus.is_away = False
        await eventually(lambda: not (web.paths.numbers_told / "one.json").exists())
        assert bus.published == [b'{"type":"numbers","id":"x","sites":[]}']
        assert decode(bus.aside[0], LogLines).access == (GOOD.format(1),)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(scene())
