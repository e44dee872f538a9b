"""What a run of tests says in the end: a few failures on real machines get a second try, many do not, and it is told."""

from pathlib import Path

import pytest

from essaim.cli import suite
from essaim.cli.suite import Remembered

TESTS = """
from pathlib import Path
import pytest

HERE = Path(__file__).parent

@pytest.mark.parametrize("number", range({always}))
def test_always(number):
    assert False

@pytest.mark.parametrize("number", range({once}))
def test_once(number):
    seen = HERE / f"seen-{{number}}"
    if not seen.exists():
        seen.touch()
        assert False

def test_good():
    pass
"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Remembered:
    """A run over the tests in `tmp_path/test_here.py`, which are yet to be written."""
    monkeypatch.setattr(suite, "CHECKOUT", tmp_path)
    return Remembered("here", [str(tmp_path / "test_here.py"), "-p", "no:django"])


def write(tmp_path: Path, *, always: int = 0, once: int = 0) -> None:
    (tmp_path / "test_here.py").write_text(TESTS.format(always=always, once=once))


@pytest.mark.parametrize(("always", "once", "good"), [(0, 0, True), (0, 3, True), (0, 4, False), (1, 2, False)])
def test_few_get_a_second_try_and_have_to_pass_then(
    ran: Remembered, tmp_path: Path, capfd: pytest.CaptureFixture[str], *, always: int, once: int, good: bool
) -> None:
    write(tmp_path, always=always, once=once)
    assert suite._good_or_again(ran, ran.start().wait()) is good
    printed = capfd.readouterr().out
    assert ("Passed at the second try only, which deserves a look" in printed) is (good and once > 0)
    if good and once:
        assert all(f"test_once[{number}]" in printed.rpartition("Passed at")[2] for number in range(once))


def test_a_run_that_collects_nothing_or_breaks_is_not_good(ran: Remembered, tmp_path: Path) -> None:
    (tmp_path / "test_here.py").write_text("import nothing_of_this_name")
    assert not suite._good_or_again(ran, ran.start().wait())
    (tmp_path / "test_here.py").write_text("")
    assert not suite._good_or_again(ran, ran.start().wait())


def test_what_failed_in_an_earlier_run_is_forgotten(ran: Remembered, tmp_path: Path) -> None:
    write(tmp_path, always=1)
    ran.start().wait()
    assert len(ran.failed()) == 1
    ran.forget()
    assert ran.failed() == []
