"""Rules and maintenance on their whole way: asked for by the API, made by the machine, proved by the prober, told in the story."""

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.whole import Visitor, eventually, live, site, story


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture
def own(platform: Platform, login: str, run: str) -> str:
    """A live site with a name under a wildcard."""
    name = f"regles-{run}.test"
    return live(platform, login, name, aliases=[f"*.{name}"])


def test_rules_are_made_proved_put_back_and_told(platform: Platform, visitor: Visitor, web: Machine, own: str) -> None:
    rules = {
        "redirects": [{"path": "/old", "target": "/new"}],
        "hsts": {"max_age_s": 300},
        "protected": [{"path": "/members", "users": {"ada": "correct horse"}}],
    }
    platform.api.patch(f"/sites/{own}", {"rules": rules})
    platform.wait_live(own, https=True)
    eventually(lambda: visitor.get(f"https://{own}/old").status == 301)
    assert visitor.get(f"https://{own}/members/").status == 401
    assert visitor.get(f"https://{own}/members/", "--user", "ada:correct horse").status == 404
    assert "strict-transport-security: max-age=300" in visitor.get(f"https://{own}/", "--head").text.lower()
    assert b"correct horse" not in web.run(["sh", "-c", "cat /srv/essaim/sites/*/front.json"]).stdout
    assert "changed the site's rules: redirects (/old), HTTPS alone, passwords (/members)" in story_words(platform, own)

    platform.api.post(f"/sites/{own}/rules/back")
    platform.wait_live(own, https=True)
    eventually(lambda: visitor.get(f"https://{own}/old").status == 404)

    platform.api.post(f"/sites/{own}/maintenance", {"sentence": "Back after the move."})
    platform.wait_live(own, https=True)
    eventually(lambda: site(platform, own)["front_status"] == 503)
    in_english = (f"https://{own}/", "-H", "Accept-Language: en")
    eventually(lambda: visitor.get(*in_english).status == 503)  # a site that was hot is looked at once a second
    assert "Back after the move." in visitor.get(*in_english).text
    link = site(platform, own)["maintenance"]["link"]
    eventually(lambda: visitor.get(link).status == 302)

    # the name under the wildcard answers as the site does, and was proved over HTTP
    eventually(lambda: visitor.get(f"http://any.{own}/").status == 503)
    platform.api.post(f"/sites/{own}/maintenance/end")
    platform.wait_live(own, https=True)
    eventually(lambda: site(platform, own)["front_status"] == 200)
    eventually(lambda: visitor.get(f"http://any.{own}/").status == 200)


def story_words(platform: Platform, name: str) -> str:
    return " ".join(line["told"] for line in story(platform, name))
