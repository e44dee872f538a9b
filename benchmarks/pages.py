"""The list of sites as the team sees it, over HTTP from a signed-in browser's point of view, with a whole host in the database."""

import re
import time

import httpx

from benchmarks.harness import as_manager
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 11_000
CLIENTS = 3000
ROUNDS = 60
FILL = """
import sys
import django
django.setup()
from django.db import transaction
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Account, Site
from essaim.manager.hosting.offered import usual_offer
from essaim.manager.people.models import Client
sites, clients = map(int, sys.argv[1:])
machine, offer = Machine.objects.get(name="web1"), usual_offer()
with transaction.atomic():
    Client.objects.bulk_create(Client(slug=f"p{n}", name=f"Client {n}") for n in range(clients))
    ids = list(Client.objects.filter(slug__startswith="p").order_by("id").values_list("id", flat=True))
    Account.objects.bulk_create(
        Account(client_id=ids[n], login=f"p{n}", uid=500_000 + n, machine=machine, offer=offer) for n in range(clients)
    )
    accounts = list(Account.objects.filter(login__startswith="p").order_by("id").values_list("id", flat=True))
    Site.objects.bulk_create(
        Site(account_id=accounts[n % clients], fqdn=f"s{n}.pages-{n % clients}.test", name_unicode=f"s{n}.pages-{n % clients}.test",
             proof="a" * 26, health="live", https="live") for n in range(sites)
    )
"""
QUERIES = """
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from essaim.manager.people.models import Person
browser = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0])
browser.force_login(Person.objects.team().first())
browser.get("/sites/")
with CaptureQueriesContext(connection) as queries:
    browser.get("/sites/").content
print(len(queries))
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many sites."""
    clients = max(1, min(CLIENTS, size // 3))
    _page(platform, "/sites/")  # the first requests of a process load what all later ones use
    few, queries_few = _page(platform, "/sites/"), int(as_manager(platform, QUERIES))
    as_manager(platform, FILL, str(size), str(clients))
    queries = int(as_manager(platform, QUERIES))
    rows = [
        at_most(
            "sites list: more queries than for few sites",
            queries - queries_few,
            "",
            0,
            compared=f"{queries} to {queries_few}",
        )
    ]
    for what, path in (("sites list", "/sites/"), ("sites list, searched", "/sites/?text=pages-7"), ("home page", "/")):
        times = _page(platform, path)
        p95 = 1000 * percentile(times, 95)
        beside = 1000 * percentile(few, 95)
        rows.append(
            at_most(
                f"{what}, {size} sites, {clients} clients: p95", p95, "ms", 100,
                compared=f"list of an empty host: {beside:.0f} ms", ratio=round(p95 / beside, 2),
            )
        )  # fmt: skip
    return rows


def _page(platform: Platform, path: str) -> list[float]:
    access = platform.access
    with httpx.Client(base_url=access.url, trust_env=False, follow_redirects=True, timeout=30) as browser:
        form = browser.get("/sign-in/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        if token is None:
            raise RuntimeError("the sign-in page has no form")
        fields = {"csrfmiddlewaretoken": token[1], "email": access.email, "password": access.password}
        answer = browser.post("/sign-in/", data=fields, headers={"Referer": f"{access.url}/sign-in/"})
        answer.raise_for_status()
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            browser.get(path).raise_for_status()
            times.append(time.perf_counter() - started)
    return times
