"""Lines are counted once and given to whose they are, whatever happens to the process, the disk or the log."""

import errno
import random
from pathlib import Path

import pytest

from essaim.agent.weblog import files, reader
from essaim.agent.weblog.store import Store
from tests.unit.agent_weblog.machine import DAY, NOON, WebMachine, request


@pytest.fixture
def web(tmp_path: Path) -> WebMachine:
    return WebMachine(tmp_path)


def test_each_site_gets_its_lines_and_its_sums(web: WebMachine) -> None:
    web.site("b.example.test", "bob", aliases=("www.b.example.test",))
    web.write(request(), request("b.example.test"), request("www.b.example.test", uri="/alias"), request("-"))
    web.read()
    assert (web.counted(), web.counted("b.example.test")) == (1, 2)
    assert web.file().count("\n") == 1
    assert "/alias" in web.file("b.example.test", "bob")


def test_a_name_that_would_leave_the_folder_is_nobodys(web: WebMachine) -> None:
    web.write(request("../../etc.test"), request("..a.test/.."), request("a.example.test/../x.y"))
    web.read()
    assert sorted(path.name for path in web.places.logs.rglob("*")) == ["alice"]


def test_the_platforms_own_requests_are_not_the_clients(web: WebMachine) -> None:
    web.write(request(uri="/.well-known/essaim/proof"), request(agent="essaim-prober"), request())
    web.read()
    assert web.counted() == 1
    assert web.file().count("\n") == 2  # of a prober's look at the front page the client's file tells


def test_what_is_half_written_waits_for_its_end(web: WebMachine) -> None:
    line = request()
    web.write(line[:40])
    web.read()
    assert web.counted() == 0
    web.write(line[40:])
    web.read()
    assert web.counted() == 1


def test_a_torn_line_costs_itself_alone(web: WebMachine) -> None:
    web.write(request(), request()[:40] + request(), request())
    web.read()
    assert web.counted() == 2


def test_rotation_loses_nothing_also_of_what_comes_late(web: WebMachine) -> None:
    web.write(request(uri="/1"))
    web.read()
    web.write(request(uri="/2"))
    web.rotate(f"access-{DAY}-1.log")
    web.write(request(uri="/4"))
    web.write(request(uri="/3"), name=f"access-{DAY}-1.log")  # by a worker that had not turned yet
    web.read()
    assert web.counted() == 4
    web.read()
    assert web.counted() == 4


def test_a_file_that_has_the_number_of_a_former_one_is_read_from_its_beginning(web: WebMachine) -> None:
    path = web.places.raw / "access.log"
    web.write(request(uri="/1"), request(uri="/2"))
    web.read()
    with path.open("r+b") as same:  # the same inode, another file
        same.truncate()
        same.write((request(at=NOON + 60, uri="/3") * 3).encode())
    web.read()
    assert web.counted() == 5


def test_what_a_power_cut_took_from_the_log_is_not_counted_again(web: WebMachine) -> None:
    web.write(*[request(uri=f"/{n}") for n in range(20)])
    web.read()
    path = web.places.raw / "access.log"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 300)
    web.write(request(uri="/after"))
    web.read()
    assert web.counted() in (20, 21)  # the cut may have torn a line, into which the next was written


class Killed(BaseException):
    """The process ends here."""


def test_a_process_killed_at_any_instant_loses_nothing_and_counts_nothing_twice(
    web: WebMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(4)  # noqa: S311  a seed that fails again the same way
    steps = ("append", "add", "COMMIT")
    expected = 0
    real_append, real_add = files.append, Store.add

    for round_ in range(60):
        count = chance.randint(1, 30)
        web.write(*[request(at=NOON + round_ * 7200, uri=f"/{round_}-{n}") for n in range(count)])
        expected += count
        at, after = chance.choice(steps), chance.random() < 0.5

        def dies(real, name, at=at, after=after):
            def act(*arguments, **named):
                result = real(*arguments, **named) if after or name != at else None
                if name == at:
                    raise Killed
                return result

            return act

        with monkeypatch.context() as patched:
            patched.setattr(files, "append", dies(real_append, "append"))
            patched.setattr(Store, "add", dies(real_add, "add"))
            process = web.reader()
            if at == "COMMIT":
                patched.setattr(process._store, "_database", Dying(process._store._database))
            with pytest.raises(Killed):
                process.read_once()
            process.close()
    web.read()
    assert web.counted() == expected
    written = [web.file(day=day) for day in sorted({reader.day_of(NOON + n * 7200) for n in range(60)})]
    lines = "".join(written).splitlines()
    assert len(lines) == expected
    assert len(set(lines)) == expected


class Dying:
    """A connection whose process is killed when it is to commit."""

    def __init__(self, database) -> None:
        self._database = database

    def __getattr__(self, name):
        return getattr(self._database, name)

    def execute(self, query, *values):
        if query == "COMMIT":
            self._database.execute("ROLLBACK")
            raise Killed
        return self._database.execute(query, *values)


def test_a_full_disk_makes_it_wait_and_nothing_is_counted_twice(
    web: WebMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.write(request(uri="/1"), request(uri="/2"))
    process = web.reader()

    def half(descriptor: int, data: bytes) -> int:
        import os

        os.write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "_write", half)
        with pytest.raises(OSError, match="No space"):
            process.read_once()
    process.read_once()
    process.close()
    assert web.counted() == 2
    assert web.file().count("\n") == 2


def test_an_account_without_a_directory_is_counted_all_the_same(web: WebMachine) -> None:
    (web.places.logs / "alice").rmdir()
    web.write(request())
    web.read()
    assert web.counted() == 1


def test_a_link_in_the_place_of_a_file_is_not_followed(web: WebMachine, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    folder = web.places.logs / "alice" / "a.example.test"
    folder.mkdir()
    (folder / f"access-{DAY}.log").symlink_to(victim)
    web.write(request())
    web.site("b.example.test", "bob")
    web.write(request("b.example.test"))
    web.read()
    assert victim.read_text() == "untouched"
    assert web.counted() == 1
    assert web.file("b.example.test", "bob")  # the others' lines go on


def test_a_flood_does_not_fill_the_disk_a_second_time(web: WebMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "DAY_MOST_BYTES", 1000)
    for _ in range(20):
        web.write(request())
        web.read()
    assert len(web.file()) < 1200
    assert web.counted() == 20


def test_errors_reach_the_site_they_are_about(web: WebMachine) -> None:
    web.site("b.example.test", "bob")
    text = (
        '2026/11/26 12:00:00 [error] 7#7: *4 open() "/srv/essaim/accounts/alice/sites/a.example.test/\x1bx" failed, '
        'client: 192.0.2.7, server: _, request: "GET /x HTTP/1.1", host: "a.example.test"\n'
    )
    web.write(text, text.replace("a.example.test", "none.example.test"), "not nginx' own\n", name="error.log")
    web.read()
    assert web.file(sort="error").count("\n") == 1
    assert '"/srv/home/sites/a.example.test/\\x1bx"' in web.file(sort="error")
    assert not web.file("b.example.test", "bob", sort="error")


def test_a_store_that_is_broken_is_made_anew_from_the_log(web: WebMachine) -> None:
    web.write(*[request(uri=f"/{n}") for n in range(10)])
    web.read()
    (web.places.state / "numbers.sqlite3").write_bytes(b"this is no database" * 500)
    web.read()
    assert web.counted() == 10
    assert web.file().count("\n") == 10


def test_files_of_former_days_are_compressed_and_then_removed_on_time(web: WebMachine) -> None:
    web.write(request())
    web.read()
    web.now = NOON + 86_400
    process = web.reader()
    process.keep_house()
    folder = web.places.logs / "alice" / "a.example.test"
    assert [path.name for path in folder.iterdir()] == [f"access-{DAY}.log.gz"]
    web.now = NOON + 14 * 86_400
    process.keep_house()
    assert folder.exists()
    web.now += 86_400
    process.keep_house()
    process.close()
    assert not folder.exists()
