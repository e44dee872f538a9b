"""`essaim team`: hours, absences, calendars, duties, agreement, calls and candidates."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from essaim.manager.team import campaigns
from essaim.manager.team.models import Candidate
from tests.unit.cli.conftest import Run


def test_hours_and_absences(essaim: Run) -> None:
    said = essaim("team", "hours", "--zone", "America/Montreal", "--on", "monday=9-12")
    assert "America/Montreal" in said.out
    assert "9:00-12:00" in essaim("team", "hours").out
    assert essaim("team", "hours", "--on", "someday=9").code == 2
    assert "Away from 2099-01-04 to 2099-01-04" in essaim("team", "away", "2099-01-04").out
    assert "2099-01-04" in essaim("team", "hours").out
    assert "For a maintenance" in essaim("team", "windows").out


def test_the_calendar_is_made_and_taken_back(essaim: Run) -> None:
    assert "--new" in essaim("team", "calendar").out
    assert "/team/feeds/" in essaim("team", "calendar", "--new").out
    assert "since" in essaim("team", "calendar").out
    assert "--new" in essaim("team", "calendar", "--revoke").out


def test_duties_are_written_down(essaim: Run) -> None:
    assert "Pay the bills" in essaim("team", "duty", "add", "Pay the bills").out
    number = essaim("team", "duties").out.splitlines()[1].split()[0]
    assert "At the bank" in essaim("team", "duty", "change", number, "--what", "At the bank.").out
    assert "No duty" in essaim("team", "duty", "remove", number).out


def test_calls_candidates_and_the_agreement(essaim: Run, tmp_path: Path) -> None:
    text = tmp_path / "text.md"
    text.write_text("Come.")
    day = campaigns.today().isoformat()
    assert "/join/call/" in essaim("team", "campaign", "add", "Call", "--from", day, "--text", str(text)).out
    assert "is open" in essaim("team", "campaign", "change", "call", "--no-end").out
    waiting = Candidate.objects.create(
        campaign=campaigns.get_campaign("call"),
        name="Ada",
        email="ada@example.test",
        zone="UTC",
        would_do="Help with letters.",
        state=Candidate.State.WAITING,
        sha256="0" * 64,
        link_until=timezone.now() + timedelta(days=1),
    )
    number = str(waiting.pk)
    assert "ada@example.test" in essaim("team", "candidates").out
    assert "Help with letters." in essaim("team", "candidate", "show", number).out
    assert "Seen." in essaim("team", "candidate", "note", number, "Seen.").out
    assert "is declined" in essaim("team", "candidate", "decline", number, "--decision", "Board, 5.").out
    assert "is a draft" in essaim("team", "agreement", "--draft", str(text), "--title", "Words").out
    assert "No agreement is in force" in essaim("team", "agreement").out
