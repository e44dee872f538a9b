"""`essaim site numbers` and `essaim site logs`."""

import json

from essaim import contract
from essaim.manager.fleet import jobs
from essaim.manager.hosting import log_tails
from essaim.manager.hosting.models import Site
from tests.unit.cli.conftest import Run
from tests.unit.hosting.test_numbers import day, say

NAME = "garden.example.test"


def test_visits_are_a_table(essaim: Run) -> None:
    tops = contract.Tops(start=day().start, paths={"/page": 7})
    say(Site.objects.get(fqdn=NAME), days=(day(requests=10, statuses={"2": 9, "5": 1}, sent_bytes=4096),), tops=(tops,))
    ended = essaim("site", "numbers", NAME)
    assert ended.code == 0
    assert "requests         10" in ended.out
    (line,) = [line for line in ended.out.splitlines() if line.startswith("20")]
    assert line.split()[1:6] == ["10", "9", "0", "0", "1"]
    assert "/page" in ended.out
    assert json.loads(essaim("site", "numbers", NAME, "--json", "--days", "365").out)["part_hours"] == 168


def test_nobody_came(essaim: Run) -> None:
    assert "Nobody came." in essaim("site", "numbers", NAME, "--days", "1").out


def test_lines_are_printed_as_they_are(essaim: Run, monkeypatch) -> None:
    site = Site.objects.get(fqdn=NAME)
    real = log_tails.ask_for_log

    def answered(site_, *, by):
        tail = real(site_, by=by)
        jobs.take_aside(
            site.account.machine.name, contract.LogLines(fqdn=NAME, at=0, access=("one", "two"), errors=("oops",))
        )
        return tail

    monkeypatch.setattr("essaim.manager.web.api.numbers.ask_for_log", answered)
    assert essaim("site", "logs", NAME).out == "one\ntwo\n"
    assert essaim("site", "logs", NAME, "--errors").out == "oops\n"
    assert essaim("site", "logs", NAME, "--errors", "--refused").code == 2


def test_a_machine_that_is_silent_is_said(essaim: Run, monkeypatch) -> None:
    monkeypatch.setattr("essaim.manager.web.api.waiting.LONGEST_S", 0.05)
    ended = essaim("site", "logs", NAME)
    assert (ended.code, ended.out) == (0, "")
    assert "did not answer in time" in ended.err
