"""A client's own program on the whole platform: chosen through the API, started anew by an upload, its faults told, given up."""

import json
from typing import Any

import pytest

from essaim.lab import examples
from essaim.lab.platform import Platform
from tests.lab.whole import Visitor, account, eventually, live, put, story, zip_of

APP = """
const http = require('http');
http.createServer((request, response) => response.end(JSON.stringify({ version: VERSION, secret: process.env.SECRET })))
  .listen(process.env.PORT, () => console.log('listening, version', VERSION));
"""


def app(version: int) -> bytes:
    return zip_of(app_js=APP.replace("VERSION", str(version)), index_html="nginx answers")


def program(platform: Platform, name: str) -> dict[str, Any]:
    found: dict[str, Any] = platform.api.get(f"/sites/{name}/program")
    return found


@pytest.fixture(scope="module")
def name(platform: Platform, run: str) -> str:
    """A site that nginx answers, with a program among its files."""
    name = live(platform, account(platform, "programmes"), f"program-{run}.test")
    put(platform, name, app(1))
    return name


def settled(platform: Platform, name: str, state: str) -> dict[str, Any]:
    eventually(lambda: program(platform, name)["state"] == state, seconds=60)
    return program(platform, name)


def test_a_site_goes_from_nginx_to_a_program_and_back_while_it_lives(
    platform: Platform, visitor: Visitor, name: str
) -> None:
    assert visitor.get(f"https://{name}/").text == "nginx answers"
    order = {"runtime": "node", "command": "node app.js", "environment": {"SECRET": "of a test"}}
    assert platform.api.post(f"/sites/{name}/program", order)["state"] == "waiting"
    shown = settled(platform, name, "running")
    assert shown["lines"][-1] == "listening, version 1"
    assert (shown["variables"], shown["answers"]) == (["SECRET"], True)
    for family in ("-4", "-6"):
        eventually(lambda: visitor.get(f"https://{name}/", family).text.startswith("{"))  # noqa: B023  asked at once
        assert json.loads(visitor.get(f"https://{name}/", family).text) == {"version": 1, "secret": "of a test"}
    platform.wait_live(name, https=True)

    put(platform, name, app(2))  # other content is another program
    eventually(lambda: json.loads(visitor.get(f"https://{name}/").text)["version"] == 2)

    put(platform, name, zip_of(app_js="throw new Error('no such table');"))
    shown = settled(platform, name, "refused")
    assert shown["sentence"].startswith("The program ended before it answered (status 1).")
    assert "no such table" in "\n".join(shown["lines"])
    assert json.loads(visitor.get(f"https://{name}/").text)["version"] == 2

    put(platform, name, app(3))
    settled(platform, name, "running")
    assert json.loads(visitor.get(f"https://{name}/").text)["version"] == 3

    platform.api.post(f"/sites/{name}/program/stop")
    settled(platform, name, "stopped")
    assert visitor.get(f"https://{name}/").status == 502
    platform.api.post(f"/sites/{name}/program/start")
    settled(platform, name, "running")

    platform.api.post(f"/sites/{name}/suspend", {"reason": "a test"})
    eventually(lambda: visitor.get(f"https://{name}/").status == 503)
    settled(platform, name, "stopped")
    platform.api.post(f"/sites/{name}/resume")
    settled(platform, name, "running")
    eventually(lambda: visitor.get(f"https://{name}/").text.startswith("{"))

    platform.api.post(f"/sites/{name}/program-drop")
    eventually(lambda: visitor.get(f"https://{name}/").text == "nginx answers")
    assert program(platform, name)["state"] == "none"
    lines = [line["told"] for line in story(platform, name)]
    assert "Admin chose the program that answers: Node.js 18, app.js." in lines
    assert "The program was not started on web1." in lines
    assert "of a test" not in json.dumps(story(platform, name))


def test_the_examples_of_the_demo_answer(platform: Platform, visitor: Visitor, run: str) -> None:
    for runtime, file, said in (("node", "hello.js", "Node.js v18"), ("python", "talk.py", "Le salon")):
        name = live(platform, account(platform, "programmes"), f"{runtime}-{run}.test", https=False, https_only=False)
        put(platform, name, examples.archive(file))
        platform.api.post(f"/sites/{name}/program", {"runtime": runtime, "command": file})
        settled(platform, name, "running")
        eventually(lambda: said in visitor.get(f"http://{name}/").text)  # noqa: B023  asked at once
