"""A generation of PHP comes and goes with a line of data: on a machine."""

import ast
from pathlib import Path

import pytest

import essaim
from essaim.agent import install
from essaim.agent.engines import php, trees
from essaim.agent.machine import Machine
from essaim.agent.resources.site import SiteResource
from essaim.contract.php import GENERATIONS, VERSIONS
from tests.unit.agent.running import site, web_machine
from tests.unit.contract_data import NEW, with_generations


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that had all generations, after the oldest was taken away and a new one added, with its tree."""
    web = web_machine(tmp_path)
    install._php_units(web)
    with_generations(monkeypatch, *GENERATIONS[1:], NEW)
    trees.place(NEW.version, "one", web.paths).mkdir(parents=True)
    trees.choose(NEW.version, "one", web.paths, web.files)
    return web


def test_a_machine_has_the_new_one_as_soon_as_it_has_its_tree(web: Machine) -> None:
    assert php.versions(web.paths) == (*VERSIONS[1:], "8.5")
    assert install._php_units(web) == {"essaim-php-8.5@.service", "essaim-php-8.5@.socket"}
    assert "/usr/sbin/php-fpm8.5 " in (web.paths.units / "essaim-php-8.5@.service").read_text()
    assert {"php8.5-fpm", "php8.5-cli", "php8.5-intl"} <= set(trees.packages(NEW))


def test_a_site_gets_the_new_one(web: Machine) -> None:
    SiteResource().apply(site(php="8.5"), 1, web)
    assert (web.paths.sites / "a.example.test/php").readlink().name == "alice.8.5.sock"
    assert trees.given("8.5", site().account, web.paths) == "one"


def test_no_code_names_a_version() -> None:
    """But for the data itself, samples on the page of the design, and what a migration found: what stands alone in quotes and is a version."""
    root = Path(essaim.__file__).parent
    named = {
        f"{path.relative_to(root)}:{node.lineno}"
        for path in root.rglob("*.py")
        if path not in (root / "contract/php.py", root / "manager/web/design.py") and path.parent.name != "migrations"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in VERSIONS
    }
    assert named == set()
