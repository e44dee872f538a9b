"""A web machine with two accounts of one site each, and a visitor on another machine."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, install, site
from tests.lab.web.ruling import HOME, SECRET, C, Wish
from tests.lab.web.serving import ALICE, BOB, A, Answer, B, Visit, php


@pytest.fixture(scope="module")
def web(lab: Lab) -> Machine:
    """A web machine with two accounts of one site each."""
    web = lab.machine("web1")
    install(web, "web")
    told = apply(web, "web", account(*ALICE), account(*BOB), site("alice", A, f"www.{A}"), site("bob", B))
    assert [one.code for one in told] == [""] * 4
    return web


@pytest.fixture(scope="module")
def visit(lab: Lab, web: Machine) -> Visit:
    """A visitor on another machine."""
    outside = lab.machine("outside1")

    def visit(url: str, *more: str) -> Answer:
        told = "\n%{http_code} %header{x-essaim-state}"
        words = ["curl", "--silent", "--max-time", "110", "--write-out", told, *more, url]
        ran = subprocess.run(outside.argv_inside(words), capture_output=True, check=False)
        text, _, last = ran.stdout.decode(errors="replace").rpartition("\n")
        status, _, state = last.partition(" ")
        return Answer(int(status), text, state)

    return visit


@pytest.fixture(scope="module")
def carole(web: Machine) -> Machine:
    """A site with a folder, a front controller that says which way it was asked for, and files of several kinds."""
    apply(web, "web", account("carole", 22_050), site("carole", C, f"www.{C}"))
    web.run(["sh", "-c", f"rm -rf {HOME}/* && mkdir -p {HOME}/members {HOME}/Open && chown -R carole:carole {HOME}"])
    for name, text in (("members/page.html", SECRET), ("a.css", "p{}"), ("a.png", "png"), ("Open/page.html", "open")):
        web.write_file(f"{HOME}/{name}", text.encode(), owner="carole:carole")
    php(web, HOME, "index.php", 'header("X-Frame-Options: ALLOWALL"); echo "front ", $_SERVER["REQUEST_URI"];')
    return web


@pytest.fixture
def wish(carole: Machine) -> Iterator[Wish]:
    """Have the site answer as wished; afterwards it has no rules."""

    def wish(*aliases: str, **changes: object) -> None:
        told = apply(carole, "web", site("carole", C, *aliases, **changes))
        assert [one.code for one in told] == [""]
        time.sleep(1.1)  # a record that was asked for many times a second is read once a second

    yield wish
    apply(carole, "web", site("carole", C, f"www.{C}"))
    time.sleep(1.1)
