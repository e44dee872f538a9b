"""1,500 sites that arrive in one day: each waits its turn in its machine's budget, is told when that comes, and costs the pages nothing."""

import heapq
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.agent.acme.budget import WINDOW_S, Budget, Urgency
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Config, Machine, Paths
from essaim.contract import AcmeDirectory
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import certificate_reads, queries
from essaim.manager.hosting.certificates import turn_of
from essaim.manager.hosting.models import Site
from tests.unit import factories as make
from tests.unit.hosting.wishes import wish

ARRIVE, ORDERS = 1500, 300
DIRECTORY = AcmeDirectory(url="https://acme.example.test/dir", orders_per_3h=ORDERS)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def ordered(budget: Budget, key: str) -> TemporaryError | None:
    try:
        budget.spend(DIRECTORY, key, Urgency.NEW)
    except TemporaryError as queued:
        return queued
    return None


def test_they_order_one_after_the_other_as_fast_as_the_authority_allows(tmp_path: Path) -> None:
    clock = Clock()
    began = clock.now
    budget = Budget(Machine(Config(machine="web1", roles=("web",)), paths=Paths(tmp_path)), clock)
    due, served = [(began, number) for number in range(ARRIVE)], []
    asked = 0
    while due:
        clock.now, number = heapq.heappop(due)
        asked += 1
        if (queued := ordered(budget, f"s{number}")) is None:
            served.append((clock.now, number))
        else:
            heapq.heappush(due, (clock.now + (queued.retry_in_s or 0.0), number))
    assert [number for _, number in served] == list(range(ARRIVE))
    assert asked <= 3 * ARRIVE  # who was told a turn comes then, and not before
    for start in range(0, ARRIVE, 50):
        first = served[start][0]
        assert sum(first <= at < first + WINDOW_S for at, _ in served) <= 2 * ORDERS  # the bucket, and what fills it
    assert served[-1][0] - began == pytest.approx((ARRIVE - ORDERS) * WINDOW_S / ORDERS, rel=0.02)


@pytest.fixture
def arrived(acme: None, db: None, tmp_path: Path) -> Site:
    """1,500 orders as rows, each with the answer that the budget gave: the last one."""
    site = make.make_site(make.make_account(login="garden"), "s0.example.test")
    budget, now = (
        Budget(Machine(Config(machine="web1", roles=("web",)), paths=Paths(tmp_path)), Clock()),
        timezone.now(),
    )
    wished = wish("certificate", site)
    sites, wishes = [], []
    for number in range(1, ARRIVE):
        name = f"s{number}.example.test"
        sites.append(
            Site(account=site.account, fqdn=name, name_unicode=name, proof=f"{number:026}", https=Site.Https.PENDING)
        )
        queued = ordered(budget, name)
        fields: dict[str, Any] = {
            "reported_revision": wished.revision,
            "outcome": "applied",
            "applied_revision": wished.revision,
        }
        if queued is not None:
            turn = now.timestamp() + (queued.retry_in_s or 0.0)
            fields |= {"outcome": "failed", "code": queued.code, "sentence": queued.sentence, "applied_revision": 0}
            fields |= {"sentence_facts": queued.facts, "retry_at": datetime.fromtimestamp(turn, UTC)}
        wishes.append(
            Wanted(
                machine=site.account.machine,
                kind="certificate",
                key=name,
                revision=wished.revision,
                spec=wished.spec,
                changed_at=now,
                **fields,
            )
        )
    Site.objects.bulk_create(sites)
    Wanted.objects.bulk_create(wishes)
    return queries.get_site(f"s{ARRIVE - 1}.example.test", seen_by=make.make_person(is_team=True))


def test_each_says_when_its_turn_comes(arrived: Site, django_assert_num_queries: Any) -> None:
    machine = arrived.account.machine
    with django_assert_num_queries(1):
        queue = certificate_reads.queue_of(machine)
    assert queue.waiting == ARRIVE - 1 - ORDERS
    turn = turn_of(arrived, queries.wishes_about(arrived))
    assert turn == queue.last_turn
    assert turn is not None
    hours = (turn - timezone.now()).total_seconds() / 3600
    assert hours == pytest.approx((ARRIVE - 1 - ORDERS) * WINDOW_S / ORDERS / 3600, abs=0.2)
    first = queries.get_site(f"s{ORDERS + 1}.example.test", seen_by=make.make_person(is_team=True))
    soonest = turn_of(first, queries.wishes_about(first))
    assert soonest is not None
    assert (soonest - timezone.now()).total_seconds() < 60


def test_pages_ask_the_database_as_often_as_with_one_site(arrived: Site, django_assert_max_num_queries: Any) -> None:
    owner = Browser()
    owner.force_login(make.make_person(client=arrived.account.client))
    with django_assert_max_num_queries(16):
        page = owner.get(reverse("hosting:site_certificate", args=[arrived.fqdn]), headers={"accept-language": "en"})
    assert "Its turn comes" in page.content.decode()
    with django_assert_max_num_queries(16):
        owner.get(reverse("hosting:sites"))
    with django_assert_max_num_queries(25):
        owner.get(reverse("hosting:site", args=[arrived.fqdn]))
