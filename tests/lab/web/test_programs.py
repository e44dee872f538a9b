"""A client's own program, in Node and in Python: how it is put in place, started anew, put to sleep, woken, and how its faults are told."""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import apply, erase, site
from tests.lab.web.programs import NODE, PYTHON, look, program, put, run, talk, talk_argv
from tests.lab.web.serving import A, Visit
from tests.lab.whole import eventually

LOGS = f"/srv/essaim/accounts/alice/logs/{A}"
UNITS = f"essaim-program@{A}:*.service"


@pytest.fixture(scope="module")
def files(web: Machine) -> Iterator[None]:
    """The site has programs, and its visitors are led to whichever runs."""
    put(web, "app.js", NODE)
    put(web, "app.py", PYTHON)
    put(web, "broken.js", "console.log('about to fail'); throw new Error('no such table');")
    apply(web, "web", site("alice", A, f"www.{A}", engine="program"))
    yield
    erase(web, "web", ("program", A))
    apply(web, "web", site("alice", A, f"www.{A}"))


@pytest.fixture
def node(web: Machine, files: None) -> None:
    assert run(web).code == ""


def units(web: Machine) -> list[str]:
    said = web.run(["systemctl", "list-units", "--plain", "--no-legend", UNITS]).stdout.decode()
    return [line.split()[0] for line in said.splitlines()]


@pytest.mark.parametrize(("runtime", "word"), [("node", "app.js"), ("python", "app.py")])
def test_a_program_answers_as_its_account_and_knows_its_visitor(
    lab: Lab, web: Machine, visit: Visit, files: None, runtime: str, word: str
) -> None:
    told = run(web, runtime=runtime, words=(word,), environment={"VERSION": f"in {runtime}"})
    assert (told.code, told.facts.get("state")) == ("", "running"), told
    outside = lab.machine("outside1")
    for family, address in (("-4", outside.address4), ("-6", outside.address6)):
        said = json.loads(visit(f"http://{A}/x", family, "-H", "X-Forwarded-For: 192.0.2.1").text)
        assert (said["version"], said["uid"], said["cwd"]) == (f"in {runtime}", 22_001, f"/srv/home/sites/{A}")
        assert said["x-forwarded-for"] == said["x-real-ip"] == address
        assert (said["x-forwarded-proto"], said["host"]) == ("http", A)
    (unit,) = units(web)
    slice_of = web.run(["systemctl", "show", "--property=Slice", "--value", unit]).stdout.decode().strip()
    assert slice_of == "essaim-accounts-u22001.slice"


def test_http2_reaches_a_program(web: Machine, visit: Visit, node: None) -> None:
    said = visit(
        f"https://{web.address4}/", "-k", "--http2", "-H", f"Host: {A}", "-w", " %{http_version}\n%{http_code} "
    )
    assert json.loads(said.text.rpartition(" ")[0])["x-forwarded-proto"] == "https"
    assert said.text.endswith(" 2")


def test_a_new_program_takes_over_without_a_failed_request(lab: Lab, web: Machine, visit: Visit, node: None) -> None:
    asking = lab.machine("outside1").argv_inside(
        ["sh", "-c", f"for n in $(seq 400); do curl -s -m 20 -o /dev/null -w '%{{http_code}}\\n' http://{A}/$n; done"]
    )
    with subprocess.Popen(asking, stdout=subprocess.PIPE) as visits:
        time.sleep(0.5)
        assert run(web, environment={"VERSION": "two"}).code == ""
        assert run(web, environment={"VERSION": "two"}, generation=1).code == ""
        statuses = visits.communicate(timeout=120)[0].decode().split()
    assert set(statuses) == {"200"}
    assert len(statuses) == 400
    assert json.loads(visit(f"http://{A}/").text)["version"] == "two"
    assert len(units(web)) == 1


def test_who_is_being_answered_by_the_former_program_gets_the_answer(lab: Lab, web: Machine, node: None) -> None:
    asking = lab.machine("outside1").argv_inside(["curl", "-s", "-m", "20", f"http://{A}/slow"])
    with subprocess.Popen(asking, stdout=subprocess.PIPE) as visits:
        time.sleep(0.2)
        assert run(web, environment={"VERSION": "three"}).code == ""
        assert visits.communicate(timeout=30)[0] == b"slow"


def test_what_does_not_work_changes_nothing_and_says_why(web: Machine, visit: Visit, node: None) -> None:
    told = run(web, words=("broken.js",))
    assert (told.code, "status 1" in told.sentence) == ("program.ended", True)
    assert run(web, words=("nothing.js",)).code == "program.ended"
    told = run(web, health="/never", patience_s=5)
    assert told.code == "program.silent"
    assert json.loads(visit(f"http://{A}/").text)["version"] == "one"
    assert len(units(web)) == 1
    assert "no such table" in web.run(["cat", f"{LOGS}/program.log"]).stdout.decode()


def test_a_program_that_ends_is_started_again_later_each_time_and_the_client_is_told(
    web: Machine, visit: Visit, node: None
) -> None:
    assert visit(f"http://{A}/die").status == 502
    shown = visit(f"http://{A}/")
    assert (shown.status, "Ce site ne répond pas" in shown.text) in {(502, True), (200, False)}
    eventually(lambda: visit(f"http://{A}/").status == 200, seconds=10)
    visit(f"http://{A}/die")
    code, facts = look(web, program())
    assert (code, facts["state"], facts["status"]) == ("program.failing", "failing", "3")
    assert facts["restarts"] >= 2
    assert "is started again in 2 s" in facts["lines"]
    eventually(lambda: visit(f"http://{A}/").status == 200, seconds=10)


def test_a_program_that_nobody_asks_sleeps_and_wakes_for_the_next_visitor(
    web: Machine, visit: Visit, node: None
) -> None:
    eventually(lambda: look(web, program())[1]["state"] == "running", seconds=60)
    time.sleep(11)  # nginx lets go of its last connection
    assert look(web, program(), times=9)[1]["state"] == "running"
    assert look(web, program(), times=10)[1]["state"] == "asleep"
    assert units(web) == []
    began = time.monotonic()
    assert visit(f"http://{A}/").status == 200
    assert time.monotonic() - began < 5
    assert look(web, program())[1]["state"] == "running"


def test_one_that_is_always_on_is_left_awake_and_one_that_was_killed_comes_back(web: Machine, files: None) -> None:
    assert run(web, always_on=True).code == ""
    assert look(web, program(always_on=True), times=12)[1]["state"] == "running"
    web.run(["systemctl", "stop", UNITS])
    assert look(web, program(always_on=True))[1]["state"] == "running"


def test_a_stopped_program_is_told_honestly_and_started_again(web: Machine, visit: Visit, node: None) -> None:
    assert run(web, stopped=True).facts["state"] == "stopped"
    shown = visit(f"http://{A}/")
    assert (shown.status, "Ce site ne répond pas" in shown.text) == (502, True)
    assert units(web) == []
    assert run(web).code == ""
    assert visit(f"http://{A}/").status == 200


def test_a_program_is_there_again_after_a_boot_while_the_agent_is_away(web: Machine, visit: Visit, node: None) -> None:
    web.reboot()
    eventually(lambda: visit(f"http://{A}/").status == 200, seconds=60)


def test_what_it_writes_is_kept_within_bounds(web: Machine, files: None) -> None:
    put(web, "loud.js", f"setInterval(() => console.log('x'.repeat(5000)), 1);{NODE}")
    assert run(web, words=("loud.js",)).code == ""
    eventually(lambda: web.run(["test", "-s", f"{LOGS}/program.log.1"], check=False).returncode == 0, seconds=30)
    sizes = [int(line) for line in web.run(["sh", "-c", f"stat -c %s {LOGS}/program.log*"]).stdout.split()]
    assert len(sizes) == 2
    assert max(sizes) < 2 << 20


@pytest.mark.parametrize(("runtime", "word"), [("node", "app.js"), ("python", "app.py")])
@pytest.mark.parametrize("port", [80, 443])
def test_a_websocket_goes_through(lab: Lab, web: Machine, files: None, runtime: str, word: str, port: int) -> None:
    assert run(web, runtime=runtime, words=(word,)).code == ""
    for address in (web.address4, web.address6):
        told = talk(lab.machine("outside1"), address, port=port)
        assert (told["statuses"], told["heard"]) == ([101], [True])


def test_a_silent_websocket_is_kept_for_more_than_a_minute(lab: Lab, web: Machine, node: None) -> None:
    assert talk(lab.machine("outside1"), web.address4, idle=70)["heard"] == [True, True]


def test_a_slow_reader_of_a_websocket_gets_all(lab: Lab, web: Machine, files: None) -> None:
    assert run(web, runtime="python", words=("app.py",)).code == ""
    assert talk(lab.machine("outside1"), web.address4, much=5_000_000)["slow"] == 5_000_000


def test_websockets_of_one_site_end_at_a_number_and_keep_it_awake(
    lab: Lab, web: Machine, visit: Visit, files: None
) -> None:
    assert run(web, runtime="python", words=("app.py",), memory_bytes=500_000_000).code == ""
    argv = talk_argv(lab.machine("outside1"), web.address6, many=420)
    argv = [*argv[: argv.index("python3")], "env", "STAY=1", *argv[argv.index("python3") :]]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as talking:
        assert talking.stdout is not None
        told = json.loads(talking.stdout.readline())
        assert told["statuses"].count(101) == 400
        assert set(told["statuses"][400:]) == {429}
        assert look(web, program(runtime="python", words=("app.py",)), times=11)[1]["state"] == "running"
        assert visit("http://bob.test/").status == 200
        talking.communicate()
