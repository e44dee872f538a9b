"""Guesses are counted where all processes see them."""

import os
import sys
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from django.core.cache import cache
from django.utils import timezone

import essaim
from essaim.manager.people import throttle
from essaim.manager.people.models import SignInFailure

ADDRESS, EMAIL = "198.51.100.7", "camille@example.test"
pytestmark = pytest.mark.django_db


def fail(times: int, *, address: str = ADDRESS, email: str = EMAIL) -> None:
    for _ in range(times):
        throttle.note_failure(address=address, email=email)


def is_stopped(address: str = ADDRESS, email: str = EMAIL) -> bool:
    try:
        throttle.check(address=address, email=email)
    except throttle.TooManyTries:
        return True
    return False


def test_a_restart_and_another_process_forget_nothing() -> None:
    fail(throttle.FAILURES_BY_PAIR)
    cache.clear()

    assert is_stopped()


def test_one_failure_fewer_is_let_through() -> None:
    fail(throttle.FAILURES_BY_PAIR - 1)

    assert not is_stopped()


def test_other_emails_from_the_address_count_towards_its_own_limit() -> None:
    for number in range(throttle.FAILURES_BY_ADDRESS):
        assert not is_stopped()
        fail(1, email=f"{number}@example.test")

    assert is_stopped()
    assert not is_stopped(address="198.51.100.8")


def test_the_addresses_of_one_ipv6_line_count_as_one() -> None:
    for number in range(throttle.FAILURES_BY_PAIR):
        fail(1, address=f"2001:db8:0:1::{number:x}")

    assert is_stopped(address="2001:db8:0:1:ffff::1")
    assert not is_stopped(address="2001:db8:0:2::1")


def test_a_quarter_of_an_hour_later_it_is_forgotten_and_gone() -> None:
    fail(throttle.FAILURES_BY_PAIR)
    SignInFailure.objects.update(at=timezone.now() - throttle.FORGET_AFTER - timedelta(seconds=1))

    assert not is_stopped()
    fail(1, email="other@example.test")
    assert SignInFailure.objects.count() == 1


def test_the_email_as_typed_is_not_kept() -> None:
    fail(1, email="my password@example.test")

    assert "password" not in str(SignInFailure.objects.values().get())


def test_asking_takes_two_queries_and_one_where_the_browser_is_known(django_assert_num_queries: object) -> None:
    fail(3)

    with django_assert_num_queries(2):  # type: ignore[operator]
        throttle.check(address=ADDRESS, email=EMAIL)
    with django_assert_num_queries(1):  # type: ignore[operator]
        throttle.check(address=ADDRESS, email=EMAIL, is_known=True)


FAIL = """
import django; django.setup()
from essaim.manager.people import throttle
print("ready", flush=True)
input()
for _ in range(10):
    throttle.note_failure(address="198.51.100.7", email="camille@example.test")
"""
COUNT = """
import django; django.setup()
from django.core.management import call_command
from essaim.manager.people.models import SignInFailure
call_command("migrate", "people", verbosity=0, skip_checks=True)
print(SignInFailure.objects.count())
"""


@pytest.mark.daemon
def test_failures_in_several_processes_at_the_same_instant_are_all_counted(tmp_path: Path) -> None:
    """In a database file of its own: the suite's lies in memory and in one transaction."""
    environment = os.environ | {
        "ESSAIM_DATABASE": f"sqlite://{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "essaim.manager.web.settings",
        "PYTHONPATH": str(Path(essaim.__file__).parents[1]),
    }
    start = partial(Popen, env=environment, text=True, stdin=PIPE, stdout=PIPE)
    assert start([sys.executable, "-c", COUNT]).communicate()[0] == "0\n"

    with ExitStack() as stack:
        several = [stack.enter_context(start([sys.executable, "-c", FAIL])) for _ in range(3)]
        assert [one.stdout.readline() for one in several] == ["ready\n"] * 3
        for one in several:
            one.stdin.write("\n")
            one.stdin.flush()
        assert [one.wait(60) for one in several] == [0, 0, 0]

    assert start([sys.executable, "-c", COUNT]).communicate()[0] == "30\n"
