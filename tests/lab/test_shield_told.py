"""A flooded site from outside to its story: limited, told, shielded by one click, taken down with what it held back."""

from essaim.lab.platform import Platform
from tests.lab.web.flooding import Outside
from tests.lab.whole import eventually, live


def test_what_a_shield_held_back_stands_in_the_sites_story(platform: Platform, login: str, run: str) -> None:
    name, api = f"flooded-{run}.test", platform.api
    live(platform, login, name, https_only=False)
    web = platform.lab.machine("web1")
    outside = Outside(platform.lab.machine("outside1"), web)

    limited = outside.asks(name, "/index.html", 9_000, at_once=60)["429"]
    eventually(lambda: api.get(f"/sites/{name}/shield")["limited"] == limited, seconds=60)

    raised = api.post(f"/sites/{name}/shield", {"level": "checked", "lasts_seconds": 3600, "ways": ["/api/"]})
    assert raised["level"] == "checked"
    assert raised["limited"] == 0
    eventually(lambda: outside.asks(name, "/index.html", 1) == {"503": 1}, seconds=30)
    platform.wait_live(name)  # the proof goes through a raised shield
    before = outside.asks(name, "/index.html", 100, at_once=10)
    assert before["503"] > 50
    eventually(lambda: api.get(f"/sites/{name}/shield")["held"] > 50, seconds=60)

    api.post(f"/sites/{name}/shield/lower")
    eventually(lambda: outside.asks(name, "/index.html", 1) == {"200": 1}, seconds=30)
    story = [line["told"] for line in api.get(f"/sites/{name}/story")["items"]]
    assert any("raised the shield: checked, until" in line for line in story)
    assert any("took the shield down: it had held back" in line and "networks" in line for line in story)
