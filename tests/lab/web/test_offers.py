"""What an account's offer says, on a real machine: PHP that is awake before anybody asks, and how far a site sets it."""

import msgspec

from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, site
from tests.lab.web.serving import ALICE, HOME_A, A, Visit, lane, php
from tests.lab.whole import eventually

SHOW = 'echo ini_get("memory_limit");'
SERVICE = "essaim-php-8.2@alice.service"


def is_awake(web: Machine) -> bool:
    return web.run(["systemctl", "is-active", SERVICE], check=False).stdout == b"active\n"


def test_warm_php_runs_before_anybody_asks_and_no_longer_when_it_is_not_offered(web: Machine, visit: Visit) -> None:
    warm = msgspec.structs.replace(account(*ALICE), warm=True)
    apply(web, "web", account(*ALICE), site("alice", A))
    web.run(["systemctl", "stop", SERVICE])
    told = apply(web, "web", warm)
    assert [one.code for one in told] == [""]
    eventually(lambda: is_awake(web))
    assert lane(web, "check", warm, site("alice", A))[0] == []
    link = f"/etc/systemd/system/essaim-accounts.target.wants/{SERVICE}"
    assert web.run(["readlink", link]).stdout == b"/etc/systemd/system/essaim-php-8.2@.service\n"
    web.reboot()
    web.wait_until_booted()
    eventually(lambda: is_awake(web))
    apply(web, "web", account(*ALICE))
    assert web.run(["readlink", link], check=False).returncode == 1


def test_a_site_sets_php_as_far_as_its_accounts_offer_lets_it(web: Machine, visit: Visit) -> None:
    php(web, HOME_A, "show.php", SHOW)
    more = site("alice", A, php_settings={"memory_limit": "1024"})
    assert apply(web, "web", account(*ALICE), more)[1].code == "site.php_setting_refused"
    large = msgspec.structs.replace(account(*ALICE), php_ceilings={"memory_limit": 1024})
    assert [one.code for one in apply(web, "web", large, more)] == ["", ""]
    eventually(lambda: visit(f"http://{A}/show.php").text == "1024M")
    apply(web, "web", account(*ALICE), site("alice", A))
