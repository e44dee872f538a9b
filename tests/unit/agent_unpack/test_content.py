"""The resource `content`: an upload from the bus to the site's directory, its undo, and what is told when it cannot be."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from essaim.agent.errors import PermanentError, TemporaryError
from essaim.agent.machine import Config, Machine, Paths
from essaim.agent.resources import Applied
from essaim.agent.resources.content import ContentResource
from essaim.bus.errors import BlobMissing, BusAway
from essaim.contract import Content, Fqdn, Login
from tests.unit.agent_unpack.archives import zip_of

SITE, LOGIN = Fqdn("www.example.test"), Login("demo")
CHUNK = 100


class Web:
    """A machine below a temporary directory, with a stream of blobs."""

    def __init__(self, root: Path) -> None:
        self.blobs: dict[tuple[str, int], bytes] = {}
        self.fetched = 0
        self.machine = Machine(Config(machine="web1", roles=("web",)), paths=Paths(root), get_blob=self.get_blob)
        self.site = self.machine.paths.site_content(LOGIN, SITE)
        self.site.mkdir(parents=True)
        (self.site / "index.html").write_text("welcome")
        self.machine.paths.state.mkdir(parents=True)
        self.resource = ContentResource()

    async def get_blob(self, upload: str, n: int) -> bytes:
        self.fetched += 1
        if (upload, n) not in self.blobs:
            raise BlobMissing(f"Chunk {n} of upload {upload} is not on the bus.")
        return self.blobs[upload, n]

    def upload(self, letter: str, archive: Path, **changed: Any) -> Content:
        data = archive.read_bytes()
        upload = letter * 26
        pieces = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        self.blobs |= {(upload, n): piece for n, piece in enumerate(pieces)}
        content = Content(
            fqdn=SITE,
            account=LOGIN,
            upload=upload,
            archive="zip",
            sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
            chunks=len(pieces),
            unpacked_bytes_max=1_000_000,
        )
        return msgspec.structs.replace(content, **changed)

    def apply(self, content: Content) -> Applied:
        return asyncio.run(self.resource.apply(content, 1, self.machine))

    @property
    def served(self) -> str:
        return (self.site / "index.html").read_text()


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path / "root")


@pytest.fixture
def upload(web: Web, tmp_path: Path) -> Callable[..., Content]:
    def make(letter: str, **changed: Any) -> Content:
        return web.upload(letter, zip_of(tmp_path / f"{letter}.zip", ("index.html", letter.encode())), **changed)

    return make


def test_an_upload_is_served_and_counted(web: Web, upload: Callable[..., Content]) -> None:
    applied = web.apply(upload("a"))
    assert web.served == "a"
    assert applied.facts["files"] == 1


def test_an_upload_that_was_applied_never_comes_back_over_the_client_s_changes(
    web: Web, upload: Callable[..., Content]
) -> None:
    content = upload("a")
    web.apply(content)
    (web.site / "index.html").write_text("changed by hand")
    fetched = web.fetched
    web.apply(content)
    assert web.served == "changed by hand"
    assert web.fetched == fetched


def test_an_undo_brings_back_what_was_served_and_is_done_once(web: Web, upload: Callable[..., Content]) -> None:
    content = upload("a")
    web.apply(content)
    undo = msgspec.structs.replace(content, restore_previous=True)
    for _ in range(2):
        web.apply(undo)
        assert web.served == "welcome"


def test_an_undo_is_taken_back_without_a_download(web: Web, upload: Callable[..., Content]) -> None:
    content = upload("a")
    web.apply(content)
    web.apply(msgspec.structs.replace(content, restore_previous=True))
    web.blobs.clear()
    web.apply(content)
    assert web.served == "a"
    web.apply(msgspec.structs.replace(content, restore_previous=True))
    assert web.served == "welcome"


def test_an_undo_with_an_id_of_its_own_works_too(web: Web, upload: Callable[..., Content]) -> None:
    for letter in "ab":
        content = upload(letter)
        web.apply(content)
    web.apply(msgspec.structs.replace(content, restore_previous=True, upload="z" * 26))
    assert web.served == "a"


def test_without_a_former_version_there_is_nothing_to_undo(web: Web, upload: Callable[..., Content]) -> None:
    with pytest.raises(PermanentError, match="no earlier version") as caught:
        web.apply(upload("a", restore_previous=True))
    assert caught.value.code == "content.nothing_before"


def test_a_kill_between_the_record_and_the_exchange_is_made_good(web: Web, upload: Callable[..., Content]) -> None:
    content = upload("a")
    web.apply(content)
    shelf = web.site.parent / ".versions" / SITE
    web.site.rename(shelf / "ready")  # as it stood before the exchange
    (shelf / "previous").rename(web.site)
    web.blobs.clear()
    web.apply(content)
    assert web.served == "a"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sha256": "0" * 64}, "content.upload_changed"),
        ({"size_bytes": 5}, "content.upload_changed"),
        ({"size_bytes": 50_000}, "content.upload_changed"),
        ({"chunks": 99}, "content.upload_gone"),
        ({"upload": "y" * 26}, "content.upload_gone"),
        ({"upload": "../../etc"}, "content.upload_odd"),
        ({"unpacked_bytes_max": 0}, "content.too_large"),
        ({"files_max": 0}, "content.too_many_files"),
    ],
)
def test_what_cannot_be_put_in_place_is_told_and_the_site_stays(
    web: Web, upload: Callable[..., Content], changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        web.apply(upload("a", **changed))
    assert caught.value.code == code
    assert web.served == "welcome"


def test_a_bus_that_is_away_is_waited_for(web: Web, upload: Callable[..., Content]) -> None:
    async def away(upload: str, n: int) -> bytes:
        raise BusAway("No answer.")

    web.machine.get_blob = away
    with pytest.raises(TemporaryError, match="No answer"):
        web.apply(upload("a"))


def test_an_account_that_is_not_there_yet_is_waited_for(web: Web, upload: Callable[..., Content]) -> None:
    with pytest.raises(TemporaryError) as caught:
        web.apply(upload("a", account=Login("later")))
    assert caught.value.code == "content.account_missing"


def test_the_docroot_is_not_unwrapped(web: Web, tmp_path: Path) -> None:
    links = web.machine.paths.site_links(SITE)
    links.mkdir(parents=True)
    (links / "docroot").symlink_to(web.site / "public")
    web.apply(web.upload("a", zip_of(tmp_path / "a.zip", ("public/index.html", b"a"))))
    assert (web.site / "public/index.html").read_text() == "a"


def test_erasing_forgets_the_former_version(web: Web, upload: Callable[..., Content]) -> None:
    web.apply(upload("a"))
    asyncio.run(web.resource.remove(SITE, erase=True, machine=web.machine))
    assert not (web.site.parent / ".versions" / SITE).exists()
    assert web.served == "a"


def test_removing_without_erasing_keeps_the_undo(web: Web, upload: Callable[..., Content]) -> None:
    web.apply(upload("a"))
    asyncio.run(web.resource.remove(SITE, erase=False, machine=web.machine))
    assert (web.site.parent / ".versions" / SITE / "previous").is_dir()
