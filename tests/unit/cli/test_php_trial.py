"""`essaim site errors`, and `essaim site php --try`, `--switch`, `--leave`, `--info`: the words of the API in a terminal."""

import json

import pytest
from django.utils import timezone

from essaim import contract
from essaim.cli import site_php_trial
from essaim.contract import Fqdn, PhpComparison, PhpErrorGroup, PhpErrors, PhpInfo, PhpPage, PhpSetting
from essaim.manager.fleet import jobs
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_models import PhpInfo as PhpInfoRow
from essaim.manager.hosting.php_models import PhpTrial
from tests.unit.cli.conftest import Run

NAME = Fqdn("garden.example.test")


def log(*messages: str) -> None:
    now = timezone.now().timestamp()
    groups = tuple(
        PhpErrorGroup(severity="fatal", message=one, file="a.php", line=3, count=2, first=now, last=now)
        for one in messages
    )
    jobs.take_in("web1", [(1, contract.encode(PhpErrors(fqdn=NAME, version="8.2", groups=groups)))])


@pytest.fixture
def _machine_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the command waits, the machine answers."""
    sequences = iter(range(50, 99))

    def answer(_seconds: float) -> None:
        page = PhpPage(path="/", status_old=200, status_new=500, messages=("boom (a.php:3)",))
        setting = PhpSetting(name="memory_limit", value="256M", usual="128M")
        told = [
            *(PhpComparison(fqdn=NAME, token=one.asked, pages=(page,)) for one in PhpTrial.objects.all()),
            *(
                PhpInfo(fqdn=NAME, asked=one.asked, version="8.2.29", settings=(setting,))
                for one in PhpInfoRow.objects.all()
            ),
        ]
        jobs.take_in("web1", [(next(sequences), contract.encode(one)) for one in told])

    monkeypatch.setattr(site_php_trial.time, "sleep", answer)


def test_errors_are_listed_filtered_and_forgotten(essaim: Run) -> None:
    assert essaim("site", "errors", NAME).out == "No error.\n"
    log("boom", "crash")
    shown = essaim("site", "errors", NAME).out
    assert "boom" in shown
    assert "a.php:3" in shown
    assert [one["message"] for one in json.loads(essaim("site", "errors", NAME, "--text", "cra", "--json").out)] == [
        "crash"
    ]
    assert essaim("site", "errors", NAME, "--severity", "notice").out == "No error.\n"
    assert essaim("site", "errors", NAME, "--forget").out == "2 errors are forgotten.\n"
    assert essaim("site", "errors", NAME).out == "No error.\n"


@pytest.mark.usefixtures("_machine_answers")
def test_a_version_is_tried_and_switched_to(essaim: Run) -> None:
    ended = essaim("site", "php", NAME, "--try", "8.4")
    assert ended.code == 0
    assert f"http://{NAME}/.well-known/essaim/preview/{PhpTrial.objects.get().asked}" in ended.out
    assert "boom (a.php:3)" in ended.out
    assert "200 → 500" in ended.out
    essaim("site", "php", NAME, "--switch", "--no-wait")
    assert Site.objects.get().php == "8.4"


@pytest.mark.usefixtures("_machine_answers")
def test_a_trial_is_left_and_one_that_is_none_refused(essaim: Run) -> None:
    essaim("site", "php", NAME, "--try", "7.4")
    assert essaim("site", "php", NAME, "--leave", "--no-wait").code == 0
    assert not PhpTrial.objects.exists()
    ended = essaim("site", "php", NAME, "--switch", "--no-wait")
    assert ended.code == 3
    assert "[hosting.php_not_tried]" in ended.err


@pytest.mark.usefixtures("_machine_answers")
def test_php_says_what_it_is(essaim: Run) -> None:
    out = essaim("site", "php", NAME, "--info").out
    assert "8.2.29" in out
    assert next(line for line in out.splitlines() if line.startswith("memory_limit")).split() == [
        "memory_limit",
        "256M",
        "128M",
    ]


@pytest.mark.parametrize(
    "options", [["--try", "8.4", "--leave"], ["--switch", "--version", "8.4"], ["--info", "--back"]]
)
def test_wrong_usage_asks_nothing_of_the_manager(essaim: Run, options: list[str]) -> None:
    assert essaim("site", "php", NAME, *options).code == 2
    assert not PhpTrial.objects.exists()
