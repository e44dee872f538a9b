"""A web machine with two accounts of one site each, and a visitor on another machine."""

import subprocess

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, install, site
from tests.lab.web.serving import ALICE, BOB, A, Answer, B, Visit


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
