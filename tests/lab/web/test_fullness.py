"""A disk that fills up: the machine says whose, and the site goes on being served."""

import json

from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, account, apply, site
from tests.lab.web.serving import Visit, php
from tests.lab.whole import eventually

HOME = "/srv/essaim/accounts/dora/sites/dora.test"
LOOK = """
import json
from essaim.agent.engines.fullness import Fullness
from essaim.agent.machine import Config, Machine
print(json.dumps(Fullness(Machine(Config(machine="", roles=("web",)))).now()))
"""


def full(web: Machine) -> dict[str, int]:
    """As the next beat would tell."""
    found: dict[str, int] = json.loads(web.run([*AGENT, "-c", LOOK]).stdout)
    return found


def test_an_account_that_uses_most_of_its_quota_is_told_and_served_all_the_same(web: Machine, visit: Visit) -> None:
    apply(web, "web", account("dora", 22_060, quota_bytes=20_000_000), site("dora", "dora.test"))
    web.write_file(f"{HOME}/page.txt", b"still here", owner="dora:dora")
    php(web, HOME, "write.php", 'echo @file_put_contents("more", "x") ? "written" : "not written";')
    assert visit("http://dora.test/write.php").text == "written"
    assert "dora" not in full(web)
    as_dora = ["setpriv", "--reuid=22060", "--regid=22060", "--clear-groups"]
    web.run([*as_dora, "sh", "-c", f"head -c 30000000 /dev/urandom > {HOME}/big; sync {HOME}/big"], check=False)
    web.run(["sync", "--file-system", HOME])
    eventually(lambda: full(web).get("dora", 0) >= 90)
    assert visit("http://dora.test/page.txt").text == "still here"
    answer = visit("http://dora.test/write.php")
    assert (answer.status, answer.text) == (200, "not written")
    web.run(["rm", f"{HOME}/big"])
    web.run(["sync", "--file-system", HOME])
    eventually(lambda: "dora" not in full(web))
