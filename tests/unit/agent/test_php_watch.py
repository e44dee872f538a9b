"""PHP's errors are told: of whom is awake, once each, no more often than agreed, and none is lost to a kill."""

import os
from pathlib import Path

import pytest

from essaim.agent import php_watch
from essaim.agent.engines import php_log
from essaim.agent.machine import Machine
from essaim.agent.php_watch import OUTBOX_MAX, TELL_EVERY_S, Watch
from essaim.agent.resources.site import SiteResource
from essaim.agent.store import Store
from essaim.contract import Fqdn, PhpErrors, decode
from essaim.contract.php_reports import BYTES_MAX
from tests.unit.agent.running import site, web_machine

NAME = Fqdn("a.example.test")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    web = web_machine(tmp_path)
    web.paths.state.mkdir(parents=True, exist_ok=True)
    SiteResource().apply(site(), 1, web)
    wake(web)
    return web


@pytest.fixture
def store(web: Machine) -> Store:
    return Store(web.paths.state / "agent.sqlite3")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(web: Machine, store: Store, clock: Clock) -> Watch:
    return Watch(web, store, told=lambda: None, clock=clock)


def wake(web: Machine) -> None:
    (web.paths.account_groups / "essaim-accounts-u20001.slice/essaim-php-8.2@alice.service").mkdir(parents=True)


def log(web: Machine, text: str) -> None:
    with php_log.path_outside(web.paths.accounts / "alice", NAME, "8.2").open("a") as file:
        file.write(f"[26-Nov-2026 10:20:22 UTC] {text}\n")


def told(store: Store) -> list[PhpErrors]:
    return [decode(body, PhpErrors) for _, body in store.outbox(100)]


def test_what_is_logged_is_told_once(web: Machine, store: Store, watch: Watch, clock: Clock) -> None:
    assert watch.look() == 0
    log(web, "PHP Warning:  one in /srv/home/sites/a.example.test/a.php on line 1")
    assert watch.look() == 1
    (found,) = told(store)
    assert (found.fqdn, found.version, [group.message for group in found.groups]) == (NAME, "8.2", ["one"])
    clock.now += TELL_EVERY_S + 1
    assert watch.look() == 0


def test_of_one_site_no_more_often_than_agreed_and_then_all_together(
    web: Machine, store: Store, watch: Watch, clock: Clock
) -> None:
    log(web, "PHP Notice:  one in /a on line 1")
    watch.look()
    for _ in range(5):
        log(web, "PHP Notice:  two in /a on line 2")
        assert watch.look() == 0
    clock.now += TELL_EVERY_S + 1
    assert watch.look() == 1
    assert [(group.message, group.count) for group in told(store)[1].groups] == [("two", 5)]


def test_an_agent_that_starts_anew_goes_on_where_it_was(web: Machine, store: Store, watch: Watch) -> None:
    log(web, "PHP Notice:  one in /a on line 1")
    watch.look()
    log(web, "PHP Notice:  two in /a on line 2")
    anew = Watch(web, store, told=lambda: None)
    assert anew.forget_gone() == 0
    assert anew.look() == 1
    assert [group.message for group in told(store)[1].groups] == ["two"]


def test_a_flood_takes_no_room_and_is_told_as_one(web: Machine, store: Store, watch: Watch, clock: Clock) -> None:
    file = php_log.path_outside(web.paths.accounts / "alice", NAME, "8.2")
    for _ in range(3):
        log(web, "PHP Notice:  flood in /a on line 1")
        os.truncate(file, php_log.FLOOD_BYTES + 10)
        log(web, "PHP Notice:  flood in /a on line 1")
        watch.look()
        assert not file.exists()
    assert len(told(store)) == 1
    clock.now += TELL_EVERY_S + 1
    log(web, "PHP Notice:  flood in /a on line 1")
    watch.look()
    assert told(store)[1].skipped_bytes > 2 * php_log.FLOOD_BYTES


def test_who_sleeps_is_not_looked_at(web: Machine, watch: Watch) -> None:
    log(web, "PHP Notice:  one in /a on line 1")
    next(web.paths.account_groups.glob("*/essaim-php*")).rmdir()
    assert watch.look() == 0
    (web.paths.account_groups / "essaim-accounts-u20001.slice/essaim-php-8.2@alice.service").mkdir()
    assert watch.look() == 1


def test_while_the_bus_is_away_for_long_the_log_keeps_what_it_has(web: Machine, store: Store, watch: Watch) -> None:
    for n in range(OUTBOX_MAX + 1):
        store.note(PhpErrors(fqdn=NAME, version="8.2", groups=()), f"x{n}", (1, 1))
    log(web, "PHP Notice:  one in /a on line 1")
    assert watch.look() == 0
    store.sent([number for number, _ in store.outbox(OUTBOX_MAX + 1)])
    assert watch.look() == 1


def test_the_longest_that_a_client_can_write_fits_the_bus(web: Machine, store: Store, watch: Watch) -> None:
    bee = "\U0001f41d"
    frame = f"#0 /{bee * 390}(1): f()\n"
    for n in range(60):
        place = f"/{bee * 300} on line 1"
        log(
            web,
            f"PHP Fatal error:  Uncaught {chr(0x4E00 + n)}{bee * 600}\nStack trace:\n{frame * 12}  thrown in {place}",
        )
    assert watch.look() == 1
    ((_, body),) = store.outbox(5)
    assert len(body) <= BYTES_MAX
    assert b'"trace"' not in body
    assert b'"skipped_bytes"' in body


def test_one_log_that_cannot_be_told_hinders_no_other(
    web: Machine, store: Store, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    SiteResource().apply(site("b.example.test"), 1, web)
    log(web, "PHP Notice:  one in /a on line 1")
    php_log.path_outside(web.paths.accounts / "alice", Fqdn("b.example.test"), "8.2").write_text(
        "[26-Nov-2026 10:20:22 UTC] two\n"
    )
    real = php_watch.grouped
    monkeypatch.setattr(
        php_watch, "grouped", lambda text, fqdn, *, now: 1 / 0 if fqdn == NAME else real(text, fqdn, now=now)
    )
    assert watch.look() == 1
    assert watch.look() == 0


def test_what_a_client_puts_in_the_place_of_the_log_is_passed_over(web: Machine, watch: Watch) -> None:
    file = php_log.path_outside(web.paths.accounts / "alice", NAME, "8.2")
    os.mkfifo(file)
    assert watch.look() == 0
    file.unlink()
    file.symlink_to("/etc/passwd")
    assert watch.look() == 0


def test_of_a_site_that_is_gone_nothing_is_noted(web: Machine, store: Store, watch: Watch) -> None:
    log(web, "PHP Notice:  one in /a on line 1")
    watch.look()
    SiteResource().remove(NAME, erase=False, machine=web)
    assert (watch.forget_gone(), store.marked()) == (1, [])
