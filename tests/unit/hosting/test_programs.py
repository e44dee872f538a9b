"""A site's own program: chosen, proved, given the site, started anew for other content, and given up."""

from typing import Any

import pytest

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting import actions, program_errors, program_states
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Program, Site, Upload
from essaim.manager.hosting.php_models import PhpTrial
from essaim.manager.web.stories import told
from tests.unit.factories import answer, make_machine, make_person, make_site
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db
SECRET = "a-password-of-a-test"


@pytest.fixture
def site() -> Site:
    machine = make_machine("web1")
    Machine.objects.filter(pk=machine.pk).update(facts={"php": "8.2", "programs": "node python"})
    return make_site(name="shop.example.test")


def put(site: Site, **changes: Any) -> Program:
    given: dict[str, Any] = {"runtime": "node", "command": "server.js", "environment": {"PASSWORD": SECRET}}
    return actions.put_program(site, by=None, **{**given, **changes})


def fresh(site: Site) -> Site:
    return Site.objects.get(pk=site.pk)


def test_a_site_is_given_to_its_program_once_that_has_answered(site: Site) -> None:
    put(site)
    assert fresh(site).engine == "nginx"
    answer(wish("program", site), facts={"state": "running", "since": 1.0, "lines": "listening", "memory_bytes": 5})
    assert fresh(site).engine == "program"
    assert wish("site", site).spec["engine"] == "program"  # type: ignore[index]  # it is wanted
    program = Program.objects.get()
    assert (program.state, program.lines, program.memory_bytes) == ("running", "listening", 5)


def test_a_trial_of_php_ends_when_a_program_is_given_the_site(site: Site) -> None:
    Machine.objects.update(facts={"php": "8.2 8.4", "programs": "node python"})
    actions.try_php(fresh(site), version="8.4", by=None)
    put(site)
    assert fresh(site).php_preview["version"] == "8.4"
    answer(wish("program", site), facts={"state": "running"})
    assert fresh(site).php_preview == {}
    assert not PhpTrial.objects.exists()
    assert "php_preview" not in (wish("site", site).spec or {})


def test_one_that_does_not_answer_changes_nothing_and_says_why(site: Site) -> None:
    put(site)
    facts = {"status": "1", "lines": "no such table"}
    answer(wish("program", site), "failed", code="program.ended", sentence="ended", facts=facts)
    program = Program.objects.get()
    assert fresh(site).engine == "nginx"
    assert (program.state, program.lines) == ("refused", "no such table")
    assert program.said == "The program ended before it answered (status 1). What was there before goes on."


def test_its_share_is_of_its_account(site: Site) -> None:
    put(site, share_percent=25)
    spec = wish("program", site).spec
    assert spec is not None
    assert (spec["memory_bytes"], spec["processes"]) == (site.account.memory_bytes // 4, 16)


def test_its_share_changes_with_the_limits_of_its_account(site: Site) -> None:
    put(site, share_percent=50)
    actions.change_account(site.account, by=make_person(is_team=True), memory_bytes=2 * 1024**3)
    assert wish("program", site).spec["memory_bytes"] == 1024**3  # type: ignore[index]  # it is wanted


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("server.js", ["server.js"]),
        ("node server.js --port 80", ["server.js", "--port", "80"]),
        ("/usr/bin/node 'a b.js'", ["a b.js"]),
    ],
)
def test_a_command_is_read_as_people_type_it(site: Site, typed: str, words: list[str]) -> None:
    assert put(site, command=typed).words == words


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"command": "npm start"}, program_errors.ProgramIsInstaller),
        ({"command": "node"}, program_errors.ProgramWithoutCommand),
        ({"command": "'a"}, program_errors.ProgramCommandRefused),
        ({"runtime": "perl"}, program_errors.ProgramRuntimeUnknown),
        ({"environment": {"a b": "c"}}, program_errors.ProgramVariableRefused),
        ({"environment": {"LD_PRELOAD": "c"}}, program_errors.ProgramVariableReserved),
        ({"environment": {"A": "c" * 5000}}, program_errors.ProgramVariableTooLong),
        ({"health": "nowhere"}, program_errors.ProgramHealthRefused),
        ({"share_percent": 99}, program_errors.ProgramShareRefused),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    site: Site, change: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        put(site, **change)
    assert not Program.objects.exists()


def test_a_machine_without_runtimes_is_told(site: Site) -> None:
    Machine.objects.update(facts={"php": "8.2"})
    with pytest.raises(program_errors.ProgramRuntimeUnknown):
        put(site)


def test_a_value_is_kept_changed_and_taken_away(site: Site) -> None:
    put(site, environment={"A": "1", "B": "2"})
    assert put(site, environment={"A": "********", "B": "3"}).environment == {"A": "1", "B": "3"}
    assert put(site, environment={"A": ""}).environment == {"B": "3"}


def test_no_value_of_a_variable_stands_in_the_trail_or_the_story(site: Site) -> None:
    put(site)
    answer(wish("program", site), facts={"state": "running", "lines": SECRET})
    assert SECRET not in str(list(AuditLine.objects.values_list("facts", flat=True)))
    assert SECRET not in str(list(StoryLine.objects.values_list("facts", flat=True)))
    assert SECRET in str(wish("program", site).spec)


def test_other_content_starts_it_anew_once(site: Site) -> None:
    put(site)
    upload = Upload.objects.create(site=site, person=make_person(), upload="a" * 26, size_bytes=1, state="in_place")
    before = wish("program", site).revision
    program_states.on_content(site, upload)
    program_states.on_content(site, upload)
    assert Program.objects.get().generation == 1
    assert wish("program", site).revision > before


def test_the_same_once_more_wishes_nothing_and_a_restart_does(site: Site) -> None:
    put(site)
    before = wish("program", site).revision
    put(site, environment={"PASSWORD": "********"})
    assert wish("program", site).revision == before
    actions.restart_program(site, by=None)
    assert wish("program", site).revision > before


def test_it_is_stopped_with_its_site_and_started_with_it(site: Site) -> None:
    put(site)
    actions.suspend_site(site, by=None, reason="a reason")
    assert wish("program", site).spec["stopped"] is True  # type: ignore[index]  # it is wanted
    actions.resume_site(site, by=None)
    assert not wish("program", site).spec.get("stopped")  # type: ignore[union-attr]  # the same
    actions.stop_program(site, by=None)
    assert wish("program", site).spec["stopped"] is True  # type: ignore[index]  # the same
    actions.start_program(site, by=None)
    assert not wish("program", site).spec.get("stopped")  # type: ignore[union-attr]  # the same


def test_it_is_put_away_with_its_site(site: Site) -> None:
    put(site)
    actions.close_site(site, by=None)
    assert wish("program", site).spec is None
    with pytest.raises(SiteNotActive):
        put(site, command="other.js")
    actions.restore_site(site, by=None)
    assert wish("program", site).spec is not None
    actions.close_site(site, by=None)
    actions.erase_site(site, by=None)
    assert Wanted.objects.get(kind="program").erase


def test_one_that_is_given_up_leaves_the_site_to_nginx(site: Site) -> None:
    put(site)
    answer(wish("program", site), facts={"state": "running"})
    actions.drop_program(site, by=None)
    assert fresh(site).engine == "nginx"
    assert wish("program", site).spec is None
    assert not Program.objects.exists()
    with pytest.raises(program_errors.ProgramNone):
        actions.restart_program(site, by=None)


def test_what_a_machine_sees_of_it_is_shown_and_told_in_the_story_once(site: Site) -> None:
    put(site)
    answer(wish("program", site), facts={"state": "running"})
    lines = StoryLine.objects.count()
    answer(wish("program", site), facts={"state": "asleep", "lines": "more"})
    assert Program.objects.get().state == "asleep"
    assert StoryLine.objects.count() == lines
    failing = {"state": "failing", "restarts": 3, "fqdn": site.fqdn, "count": 3, "status": "1"}
    answer(wish("program", site), "drifted", code="program.failing", sentence="ends", facts=failing)
    assert told(StoryLine.objects.first()) == "On web1 the program ends again and again."  # type: ignore[arg-type]  # there is one
    program = Program.objects.get()
    assert (program.state, program.restarts) == ("failing", 3)
    assert "has ended 3 times, last with status 1" in program.said


def test_the_story_says_which_program_was_chosen(site: Site) -> None:
    put(site, command="node server.js --title 'a b'")
    line = StoryLine.objects.filter(kind="program").first()
    assert line is not None
    assert told(line) == "Essaim chose the program that answers: Node.js 18, server.js --title 'a b'."
