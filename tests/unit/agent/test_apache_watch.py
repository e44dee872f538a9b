"""What Apache complains of is told once, with its line, until the file is another."""

from pathlib import Path
from typing import cast

import pytest

from essaim.agent import apache_watch
from essaim.agent.apache_watch import ApacheWatch
from essaim.agent.machine import Machine
from essaim.bus.machine import MachineBus
from essaim.contract import EngineTroubles
from tests.unit.agent.running import machine

REFUSED = "alert a.test /srv/home/sites/a.test/{folder}.htaccess: Invalid command 'Foo', perhaps misspelled\n"


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    web = machine(tmp_path)
    (web.paths.apaches / "alice").mkdir(parents=True)
    (web.paths.etc / "apache/alice/sites").mkdir(parents=True)
    (web.paths.etc / "apache/alice/sites/a.test.conf").write_text('    DocumentRoot "/srv/home/sites/a.test/public"\n')
    (home(web) / "public").mkdir(parents=True)
    (home(web) / ".htaccess").write_text("A b\n\nFoo bar\n")
    return web


def home(web: Machine) -> Path:
    return web.paths.accounts / "alice/sites/a.test"


def complain(web: Machine, text: str) -> None:
    with (web.paths.apaches / "alice/errors").open("a") as file:
        file.write(text)


def watch(web: Machine) -> ApacheWatch:
    return ApacheWatch(web, cast("MachineBus", None))


def told(messages: list[EngineTroubles]) -> list[list[str]]:
    return [[trouble.sentence for trouble in message.troubles] for message in messages]


def test_a_refused_line_is_told_once_and_that_it_is_mended(web: Machine) -> None:
    watching = watch(web)
    complain(web, REFUSED.format(folder="") * 3 + "notice localhost AH00489: configured\nnonsense\n")
    sentence = "Apache refuses .htaccess, line 3: Invalid command 'Foo', perhaps misspelled"
    assert told(watching.look()) == [[sentence]]
    complain(web, REFUSED.format(folder=""))
    assert watching.look() == []
    watching.keep()
    assert watch(web).look() == []  # nor by an agent that starts anew
    (home(web) / ".htaccess").write_text("A b\n")
    assert told(watch(web).look()) == [[]]


def test_rules_that_go_round_and_settings_of_php_have_codes_of_their_own(web: Machine) -> None:
    (home(web) / "public/.htaccess").write_text("php_value a b\n")
    watching = watch(web)
    complain(web, "error a.test AH00124: Request exceeded the limit of 10 internal redirects\n")
    complain(web, "alert a.test /srv/home/sites/a.test/public/.htaccess: Invalid command 'php_value', perhaps\n")
    found = watching.look()[0].troubles
    assert [(one.code, one.facts["file"], one.facts.get("line")) for one in found] == [
        ("site.rewrite_loop", "public/.htaccess", None),
        ("site.htaccess_of_php", "public/.htaccess", "1"),
    ]


def test_of_a_site_that_left_nothing_is_told(web: Machine) -> None:
    watching = watch(web)
    complain(web, REFUSED.format(folder=""))
    assert len(watching.look()) == 1
    (web.paths.etc / "apache/alice/sites/a.test.conf").unlink()
    assert told(watching.look()) == [[]]
    complain(web, REFUSED.format(folder="") + REFUSED.replace("a.test", "localhost").format(folder=""))
    assert watching.look() == []


def test_a_long_file_is_emptied_and_few_troubles_of_one_site_are_told(web: Machine) -> None:
    watching = watch(web)
    for n in range(30):
        (home(web) / str(n)).mkdir()
        (home(web) / str(n) / ".htaccess").write_text("Foo bar\n")
        complain(web, REFUSED.format(folder=f"{n}/"))
    complain(web, "x" * apache_watch.KEPT_BYTES + "\n" + REFUSED.format(folder="") * 2)
    assert len(watching.look()[0].troubles) == 1
    assert (web.paths.apaches / "alice/errors").stat().st_size == 0
    watching = watch(web)
    for n in range(30):
        complain(web, REFUSED.format(folder=f"{n}/"))
    assert len(watching.look()[0].troubles) == apache_watch.MOST_TROUBLES


def test_a_complaint_of_the_file_that_stood_there_before_is_none_of_this_one(web: Machine) -> None:
    watching = watch(web)
    complain(web, REFUSED.format(folder=""))
    (home(web) / ".htaccess").write_text("A b\n")  # mended before the agent looked
    assert watching.look() == []


def test_what_the_account_puts_in_the_place_of_the_file_is_not_followed(web: Machine, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(REFUSED.format(folder=""))
    watching = watch(web)
    (web.paths.apaches / "alice/errors").symlink_to(secret)
    assert watching.look() == []
    (web.paths.apaches / "alice/errors").unlink()
    (web.paths.apaches / "alice/errors").mkdir()
    assert watching.look() == []
