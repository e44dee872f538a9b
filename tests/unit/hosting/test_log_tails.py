"""The newest lines of a log: asked once, answered by the site's own machine, forgotten soon; who reads them is noted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from essaim import contract
from essaim.manager.core.errors import NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import jobs, reactions
from essaim.manager.hosting.log_tails import ask_for_log, forget_old_lines, tail_of
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers_models import LogTail
from essaim.manager.people.models import Membership, Person
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
NAME = "a.example.test"


@pytest.fixture
def site() -> Site:
    return make.make_site(name=NAME)


@pytest.fixture
def owner(site: Site) -> Person:
    return make.make_person(client=site.account.client)


def answer(site: Site, *lines: str, machine: str = "") -> None:
    said = contract.LogLines(fqdn=site.fqdn, at=0.0, access=lines)
    jobs.take_aside(machine or site.account.machine.name, said)


def test_an_ask_goes_to_the_sites_machine_once(site: Site, owner: Person) -> None:
    assert ask_for_log(site, by=owner).is_waiting
    assert reactions.asks() == [reactions.Ask(site.account.machine.name, "log", (NAME,))]
    assert reactions.asks() == []


def test_who_presses_twice_asks_once(site: Site, owner: Person) -> None:
    first = ask_for_log(site, by=owner)
    reactions.asks()
    assert ask_for_log(site, by=owner).asked_at == first.asked_at
    assert reactions.asks() == []
    LogTail.objects.update(asked_at=timezone.now() - timedelta(seconds=3))
    ask_for_log(site, by=owner)
    assert len(reactions.asks()) == 1


def test_the_answer_is_there_for_whoever_reads(site: Site, owner: Person) -> None:
    ask_for_log(site, by=owner)
    answer(site, "first", "second\0" + "x" * 5000)
    tail = tail_of(site)
    assert tail is not None
    assert not tail.is_waiting
    assert tail.access[0] == "first"
    assert len(tail.access[1]) < 1001


def test_another_machine_answers_for_nobody(site: Site, owner: Person) -> None:
    ask_for_log(site, by=owner)
    answer(site, "made up", machine=make.make_machine("elsewhere").name)
    answer(site, "made up", machine="absent")
    tail = tail_of(site)
    assert tail is not None
    assert tail.is_waiting


def test_what_nobody_asked_for_is_not_kept(site: Site) -> None:
    answer(site, "line")
    assert not LogTail.objects.exists()


def test_lines_are_forgotten_after_a_quarter_of_an_hour(site: Site, owner: Person) -> None:
    ask_for_log(site, by=owner)
    forget_old_lines()
    assert tail_of(site) is not None
    LogTail.objects.update(asked_at=timezone.now() - timedelta(minutes=16))
    assert tail_of(site) is None
    forget_old_lines()
    assert not LogTail.objects.exists()


def test_that_the_team_reads_is_noted_and_that_a_client_reads_is_not(site: Site, owner: Person) -> None:
    ask_for_log(site, by=owner)
    assert not AuditLine.objects.filter(code="hosting.log_read").exists()
    LogTail.objects.update(asked_at=timezone.now() - timedelta(seconds=3))
    ask_for_log(site, by=make.make_person(is_team=True))
    assert AuditLine.objects.get(code="hosting.log_read").about_key == NAME


def test_who_only_looks_reads_no_addresses(site: Site) -> None:
    with pytest.raises(NotAllowed):
        ask_for_log(site, by=make.make_person(client=site.account.client, role=Membership.Role.READER))
