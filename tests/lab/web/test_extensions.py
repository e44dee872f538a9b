"""Extensions of an account's PHP: loaded by its sites and its command line and by nobody else's, changed without losing a visitor, and
left out where PHP does not stay up with them.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from essaim.contract import Account
from essaim.contract.php import VERSIONS
from essaim.contract.php_extensions import EXTENSIONS
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, account, apply, site
from tests.lab.load import constant_load
from tests.lab.web.serving import ALICE, BOB, HOME_A, HOME_B, A, B, Visit, lane, php
from tests.lab.web.test_trees import LOOK
from tests.lab.whole import eventually

LOADED = f"""echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;
foreach (explode(" ", "{" ".join(EXTENSIONS)}") as $name) if (extension_loaded($name)) echo " ", $name;"""
TREE = "/usr/lib/essaim/php/8.2/crashing"
ABORTS = "#include <stdlib.h>\n__attribute__((constructor)) static void start(void) { abort(); }\n"


def bob(version: str, *names: str, again: int = 0) -> Account:
    chosen = {version: names} if names else {}
    return msgspec.structs.replace(account(*BOB), php_extensions=chosen, php_extensions_again=again)


def on_the_command_line(web: Machine, name: str) -> str:
    words = [*AGENT, "-m", "essaim.agent", "php", name, "--", "loaded.php"]
    return web.run(words, timeout=60).stdout.decode()


@pytest.fixture(autouse=True)
def pages(web: Machine) -> Iterator[None]:
    """Both sites say what is loaded; afterwards nothing is."""
    for home in (HOME_A, HOME_B):
        php(web, home, "loaded.php", LOADED)
    yield
    apply(web, "web", account(*BOB), site("bob", B))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_account_chose_is_loaded_for_it_alone(web: Machine, visit: Visit, version: str) -> None:
    names = sorted(EXTENSIONS)
    apply(web, "web", site("bob", B, php=version), site("alice", A, f"www.{A}", php=version))
    assert visit(f"http://{B}/loaded.php").text == version
    told = apply(web, "web", bob(version, *names))
    assert told[0].code == ""
    eventually(lambda: visit(f"http://{B}/loaded.php").text == " ".join([version, *names]))
    assert on_the_command_line(web, B) == " ".join([version, *names])
    assert visit(f"http://{A}/loaded.php").text == on_the_command_line(web, A) == version
    assert lane(web, "check", bob(version, *names))[0] == []
    apply(web, "web", bob(version))
    eventually(lambda: visit(f"http://{B}/loaded.php").text == version)


def test_a_change_of_them_fails_no_request(lab: Lab, web: Machine, visit: Visit) -> None:
    apply(web, "web", bob("8.2"), site("bob", B))
    with constant_load(lab.machine("outside1"), f"http://{B}/loaded.php") as failed:
        for names in (["apcu"], ["apcu", "redis"], ["soap"], []):
            apply(web, "web", bob("8.2", *names))
            eventually(lambda names=names: visit(f"http://{B}/loaded.php").text == " ".join(["8.2", *names]))  # type: ignore[misc]
    assert failed == []


def test_what_is_kept_in_memory_is_the_accounts_own(web: Machine, visit: Visit) -> None:
    apply(web, "web", bob("8.2", "apcu"), site("bob", B))
    apply(web, "web", msgspec.structs.replace(account(*ALICE), php_extensions={"8.2": ("apcu",)}), site("alice", A))
    php(web, HOME_B, "keep.php", 'echo apcu_store("secret", "of bob") ? apcu_fetch("secret") : "not kept";')
    php(web, HOME_A, "look.php", 'echo var_export(apcu_fetch("secret"), true);')
    eventually(lambda: visit(f"http://{B}/keep.php").text == "of bob")
    eventually(lambda: visit(f"http://{A}/look.php").text == "false")
    apply(web, "web", account(*ALICE))


@pytest.fixture
def crashing(web: Machine, tmp_path: Path) -> Iterator[None]:
    """Bob has a build whose apcu ends any process that loads it."""
    (tmp_path / "aborts.c").write_text(ABORTS)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "aborts.so", tmp_path / "aborts.c"], check=True)
    web.run(["sh", "-c", f"rm -rf {TREE} && cp -a {TREE.replace('crashing', 'lab')} {TREE}"], timeout=120)
    place = web.run(["sh", "-c", f"ls {TREE}/usr/lib/php/*/apcu.so"]).stdout.decode().strip()
    web.write_file(place, (tmp_path / "aborts.so").read_bytes())
    apply(web, "web", bob("8.2"), site("bob", B))
    web.run(["systemctl", "stop", "essaim-php-8.2@bob.service"])
    web.run(["ln", "-sfn", TREE, "/etc/essaim/trees/8.2/bob"])
    yield
    web.run(["ln", "-sfn", TREE.replace("crashing", "lab"), "/etc/essaim/trees/8.2/bob"])
    apply(web, "web", bob("8.2"))
    web.run(["systemctl", "stop", "essaim-php-8.2@bob.service"])
    web.run(["rm", "-r", TREE])


@pytest.mark.usefixtures("crashing")
def test_one_that_ends_php_in_a_loop_is_left_out_and_a_neighbour_feels_nothing(
    lab: Lab, web: Machine, visit: Visit
) -> None:
    assert visit(f"http://{B}/loaded.php").text == "8.2"
    outside, failures = lab.machine("outside1"), ["cat", "/run/essaim/php-failed/bob.8.2"]
    with constant_load(outside, "http://alice.test/.well-known/essaim/php?nonce=1") as failed:
        apply(web, "web", bob("8.2", "apcu", "redis"))
        with outside.popen(["curl", "-s", "-m", "100", f"http://{B}/loaded.php"]) as waiting:
            eventually(lambda: web.run(failures, check=False).stdout.strip() in (b"3", b"4"))
            web.run([*AGENT, "-c", LOOK])
            assert waiting.communicate(timeout=60)[0] == b"8.2"
    assert failed == []
    (told,) = lane(web, "check", bob("8.2", "apcu", "redis"))[0]
    assert (told[0], told[2]) == ("failed", "account.extensions_crash")
    assert told[1] == "PHP 8.2 of bob did not stay up with apcu, redis: it was started without."
    assert apply(web, "web", bob("8.2", "redis"))[0].code == ""  # the way back: fewer
    eventually(lambda: visit(f"http://{B}/loaded.php").text == "8.2 redis")


@pytest.mark.usefixtures("crashing")
def test_another_build_has_them_tried_again(web: Machine, visit: Visit) -> None:
    chosen = bob("8.2", "apcu")
    apply(web, "web", chosen)
    visit(f"http://{B}/loaded.php", "--max-time", "8")
    web.run([*AGENT, "-c", LOOK])
    assert apply(web, "web", chosen)[0].code == "account.extensions_crash"
    web.run(["ln", "-sfn", TREE.replace("crashing", "lab"), "/etc/essaim/trees/8.2/bob"])
    web.run(["systemctl", "stop", "essaim-php-8.2@bob.service"])
    assert [one[0] for one in lane(web, "check", chosen)[0]] == ["mended"]
    eventually(lambda: visit(f"http://{B}/loaded.php").text == "8.2 apcu")
