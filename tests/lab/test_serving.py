"""How nginx finds a site's files and its PHP: by name, by an alias, in a folder below; and what it remembers of hot files."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from essaim.lab.platform import Platform
from tests.lab.whole import Visitor, account, eventually, live, put, zip_of

TELL = """<?php header('Content-Type: application/json');
echo json_encode([$_SERVER['DOCUMENT_ROOT'], $_SERVER['SCRIPT_FILENAME'], __FILE__, getcwd(), $_SERVER['SCRIPT_NAME'],
                  $_SERVER['PATH_INFO'] ?? null, $_SERVER['SERVER_NAME'], getenv('HOME')]);"""
LINK = """<?php @unlink('through'); symlink(__DIR__ . '/index.html', 'through');
file_put_contents(getenv('HOME') . '/below.txt', 'below'); echo 'made';"""


@pytest.fixture(scope="module")
def owner(platform: Platform) -> str:
    return account(platform, "servi")


def told_at(visitor: Visitor, url: str) -> list[str | None]:
    answer = visitor.get(url)
    assert answer.status == 200, answer
    found: list[str | None] = json.loads(answer.text)
    return found


def test_a_script_has_one_path_whatever_name_it_is_called_by(
    platform: Platform, visitor: Visitor, owner: str, run: str
) -> None:
    name, alias = f"chemin-{run}.test", f"autre-{run}.test"
    live(platform, owner, name, https_only=False, aliases=[alias])
    put(platform, name, zip_of(tell_php=TELL))
    root = f"/srv/home/sites/{name}"
    script = f"{root}/tell.php"
    expected = [root, script, script, root, "/tell.php", None]
    assert told_at(visitor, f"http://{name}/tell.php") == [*expected, name, "/srv/home"]
    eventually(lambda: visitor.get(f"http://{alias}/tell.php").status == 200)
    assert told_at(visitor, f"http://{alias}/tell.php") == [*expected, alias, "/srv/home"]
    assert told_at(visitor, f"http://{name}/tell.php/a/b.php")[4:6] == ["/tell.php", "/a/b.php"]
    assert visitor.get(f"http://{name}/tell.phpx").status == 404
    assert visitor.get(f"http://{name}/absent.php/x").status == 404


def test_a_site_that_publishes_a_folder_below_runs_its_scripts_there(
    platform: Platform, visitor: Visitor, owner: str, run: str
) -> None:
    name = f"public-{run}.test"
    live(platform, owner, name, https_only=False, docroot="public")
    put(platform, name, zip_of(**{"public/tell_php": TELL}))
    root = f"/srv/home/sites/{name}/public"
    assert told_at(visitor, f"http://{name}/tell.php")[:4] == [root, f"{root}/tell.php", f"{root}/tell.php", root]


def test_an_absolute_link_that_a_program_makes_leads_nginx_to_the_same_file(
    platform: Platform, visitor: Visitor, owner: str, run: str
) -> None:
    name = f"lien-{run}.test"
    live(platform, owner, name, https_only=False)
    put(platform, name, zip_of(link_php=LINK, index_html="the page itself"))
    assert visitor.get(f"http://{name}/link.php").text == "made"
    assert visitor.get(f"http://{name}/through").text == "the page itself"


def test_the_longest_name_runs_php(platform: Platform, visitor: Visitor, owner: str, run: str) -> None:
    longest = f"{'a' * 40}.{run:b<54}.test"
    assert len(longest) == 100
    live(platform, owner, longest, https_only=False)
    assert len(visitor.get(f"http://{longest}/.well-known/essaim/php?nonce=1").text.strip()) == 64


@contextmanager
def crowd(platform: Platform, url: str) -> Iterator[None]:
    """Visitors who ask for one page as fast as it is given, until the block ends."""
    loop = f"while :; do curl --silent --output /dev/null --max-time 5 {' '.join([url] * 50)}; done"
    running = platform.lab.machine("outside1").popen(["bash", "-c", loop])
    try:
        yield
    finally:
        running.kill()
        running.communicate()


def write(visitor: Visitor, name: str, word: str) -> None:
    assert visitor.get(f"http://{name}/write.php?w={word.replace(' ', '+')}").status == 200


def shows(visitor: Visitor, name: str, word: str) -> bool:
    return visitor.get(f"http://{name}/page.html").text == word


def test_a_changed_page_is_seen_at_once_and_under_a_crowd_soon_after(
    platform: Platform, visitor: Visitor, owner: str, run: str
) -> None:
    name = f"chaud-{run}.test"
    live(platform, owner, name, https_only=False)
    put(platform, name, zip_of(page_html="first", write_php="<?php file_put_contents('page.html', $_GET['w']);"))
    for word in ("second", "a third that is longer", "4"):
        write(visitor, name, word)
        assert shows(visitor, name, word)
    with crowd(platform, f"http://{name}/page.html"):
        threading.Event().wait(2)  # until every worker finds it hot
        for word in ("hot", "hotter still", "h"):
            write(visitor, name, word)
            eventually(partial(shows, visitor, name, word))
    put(platform, name, zip_of(page_html="from an archive"))
    eventually(partial(shows, visitor, name, "from an archive"))
