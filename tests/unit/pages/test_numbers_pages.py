"""Visits and log as a browser has them, without a script."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from essaim import contract
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers_models import LogTail
from essaim.manager.people.models import Membership
from tests.unit import factories as make
from tests.unit.hosting.test_numbers import day, hour, say

pytestmark = pytest.mark.django_db
NAME = "www.abeilles.example.test"
AT = f"/sites/{NAME}/numbers/"
LOG = f"/sites/{NAME}/logs/"


@pytest.fixture
def site(client: Browser) -> Site:
    """The site of the owner, who is signed in."""
    site = make.make_site(name=NAME)
    client.force_login(make.make_person(client=site.account.client))
    return site


def visited(site: Site) -> None:
    tops = contract.Tops(
        start=day().start, paths={"/<b>bold</b>": 7}, referrers={"search.example.org": 3}, missing={"/wp-login.php": 2}
    )
    sums = {"statuses": {"2": 7, "4": 2, "5": 1}, "sent_bytes": 4096, "states": {"limited": 2}}
    say(site, hours=(hour(requests=10, **sums),), days=(day(requests=10, **sums),), tops=(tops,))


def test_figures_charts_and_the_busiest_are_shown(client: Browser, site: Site) -> None:
    visited(site)
    page = client.get(AT).content.decode()
    assert '<span class="tile-value">10</span>' in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "search.example.org" in page
    assert "too many requests at once: 2" in page
    assert "/wp-login.php" in page
    assert 'class="visits-failed"' in page
    assert "<caption>Requests by day</caption>" in page  # the same figures for whoever does not see bars
    assert "style=" not in page


def test_nobody_came_is_said(client: Browser, site: Site) -> None:
    page = client.get(AT).content.decode()
    assert "Nobody came yet" in page
    assert "<svg viewBox" not in page


@pytest.mark.parametrize(
    ("asked", "caption"), [("1", "hour"), ("7", "hour"), ("30", "day"), ("365", "week"), ("9", "day"), ("x", "day")]
)
def test_each_period_has_its_parts(client: Browser, site: Site, asked: str, caption: str) -> None:
    visited(site)
    assert f"Requests by {caption}" in client.get(AT, {"days": asked}).content.decode()


def test_the_page_asks_no_more_with_more_visits(
    client: Browser, site: Site, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visited(site)
    with django_assert_num_queries(6) as first:
        client.get(AT)
    say(site, days=tuple(day(ago=n) for n in range(29)))
    with django_assert_num_queries(len(first)):
        client.get(AT)


def test_a_spreadsheet_has_the_same(client: Browser, site: Site) -> None:
    visited(site)
    answer = client.get(f"{AT}csv/", {"days": "30"})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 30
    assert (rows[-1]["requests"], rows[-1]["refused_4xx"], rows[-1]["failed_5xx"]) == ("10", "2", "1")
    assert rows[-1]["sent_bytes"] == "4096"


def test_the_log_is_asked_for_waited_for_and_shown(client: Browser, site: Site) -> None:
    assert "Show the newest lines" in client.get(LOG).content.decode()
    assert client.post(f"{LOG}ask/")["Location"] == LOG
    waiting = client.get(LOG).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "Look again" in waiting
    good = '192.0.2.7 - - [26/Nov/2026:12:00:00 +0000] "GET /<i> HTTP/1.1" 200 1 "-" "-"'
    bad = '192.0.2.7 - - [26/Nov/2026:12:00:01 +0000] "GET /x HTTP/1.1" 503 1 "-" "-"'
    said = contract.LogLines(fqdn=NAME, at=0, access=(good, bad), refused=(bad,), errors=("upstream failed",))
    jobs.take_aside(site.account.machine.name, said)
    page = client.get(LOG).content.decode()
    assert "GET /&lt;i&gt; HTTP" in page
    assert '<li class="tone-bad">' in page
    assert "upstream failed" in page
    assert "hx-trigger" not in page
    assert "GET /&lt;i&gt; HTTP" not in client.get(LOG, {"only": "refused"}).content.decode()


def test_a_machine_that_does_not_answer_is_said(client: Browser, site: Site) -> None:
    client.post(f"{LOG}ask/")
    LogTail.objects.update(asked_at=timezone.now() - timedelta(seconds=20))
    assert "an answer that was lost on the way" in client.get(LOG).content.decode()
    Machine.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    assert "It is silent just now." in client.get(LOG).content.decode()


def test_who_only_looks_sees_figures_and_no_way_to_addresses(client: Browser, site: Site) -> None:
    client.force_login(make.make_person(client=site.account.client, role=Membership.Role.READER))
    assert client.get(AT).status_code == 200
    assert LOG not in client.get(AT).content.decode()
    assert client.get(LOG).status_code == 403
