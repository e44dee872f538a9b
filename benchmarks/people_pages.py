"""A client's page and the team's search for people, over HTTP from a signed-in browser's point of view, with a whole house in the database."""

import json
import re
import time
from contextlib import closing

import httpx

from benchmarks.harness import as_manager
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 9000
"""People; a third as many clients, and 22 lines of the trail for each."""
LINES_EACH = 200_000 / SIZE
ROUNDS = 60
TYPED = ("t", "th", "the", "thea", "theat", "theatr", "theatre", "theatre d", "theatre du l", "theatre du lac")
"""As one types it, accents left out."""
MISTYPED = (
    ("thaetre du lac", "Théâtre du Lac n° 17"),
    ("elodie lefevre", "Élodie Lefèvre"),
    ("lefebre elodi", "Élodie Lefèvre"),
)
FILL = """
import random
import sys
import django
django.setup()
from django.db import transaction
from django.utils import timezone
from essaim.manager.core import audit
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Account, Site
from essaim.manager.hosting.offered import usual_offer
from essaim.manager.people.models import Client, Membership, Person
people, lines = map(int, sys.argv[1:])
clients = people // 3
pick = random.Random(5)
FIRST = "Adèle Bérénice Célestine Désiré Éloïse Félicité Gaël Hélène Inès Jérôme Kévin Loïc Maëlle Noël Océane Pénélope Raphaël Sélène Théo Zoé".split()
LAST = "Martin Bernard Dubois Durand Lefèvre Leroy Moreau Garçon Béranger Château Forêt Gérard Hébert Lévêque Pétrel Rémy Sénéchal Télémaque".split()
KINDS = "Association Chorale Atelier Fanfare Cinéma Bibliothèque Coopérative Épicerie École Théâtre Amicale Jardin".split()
OF = "du Lac,de la Vallée,des Deux Rives,du Vélo,de l’Écluse,des Pêcheurs,du Château,de l’Évêché,des Bûcherons,du Marché".split(",")
machine, offer = Machine.objects.get(name="web1"), usual_offer()
with transaction.atomic():
    made = Client.objects.bulk_create(
        Client(slug=f"k{n}", name="Théâtre du Lac n° 17" if n == 17 else f"{pick.choice(KINDS)} {pick.choice(OF)} n° {n}",
               city="Annecy", postal_code="74000", street="1 quai", country="FR") for n in range(clients)
    )
    persons = Person.objects.bulk_create(
        Person(email=f"k{n}@example.test", name="Élodie Lefèvre" if n == 17 else f"{pick.choice(FIRST)} {pick.choice(LAST)}", password="!")
        for n in range(people)
    )
    Membership.objects.bulk_create(Membership(person=one, client=made[n % clients]) for n, one in enumerate(persons))
    accounts = Account.objects.bulk_create(
        Account(client=one, login=f"k{n}", uid=700_000 + n, machine=machine, offer=offer) for n, one in enumerate(made)
    )
    Site.objects.bulk_create(
        Site(account=accounts[n % clients], fqdn=f"k{n}.people-{n % clients}.test", name_unicode=f"k{n}.people-{n % clients}.test",
             proof="a" * 26, health="live", https="live") for n in range(3 * clients)
    )
    last = AuditLine.objects.order_by("-id").first().hash
    rows = []
    for n in range(lines):
        line = AuditLine(at=timezone.now(), code="hosting.site_changed", who="k1@example.test", about_kind="site", about_key=f"k{n}.test",
                         client_slug=f"k{n % clients}", origin="web", facts={}, previous_hash=last)
        line.hash = last = audit.digest(line)
        rows.append(line)
        if len(rows) == 2000:
            AuditLine.objects.bulk_create(rows)
            rows = []
    AuditLine.objects.bulk_create(rows)
"""
QUERIES = """
import json
import sys
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from essaim.manager.people.models import Client, Person
browser = Browser(HTTP_HOST=settings.ALLOWED_HOSTS[0])
browser.force_login(Person.objects.team().first())
counts = []
for path in (f"/clients/{sys.argv[1]}/", "/team/search/?q=theatre"):
    browser.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    counts.append(len(queries))
print(json.dumps(counts))
"""
FIRST_CLIENT = """
import django
django.setup()
from essaim.manager.people.actions import add_person, create_client
client = create_client(name="Théâtre of before", by=None)
add_person(client, email="before@example.test", name="Theatre owner", by=None)
print(client.slug)
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many people."""
    clients = size // 3
    one = as_manager(platform, FIRST_CLIENT).strip()
    few = json.loads(as_manager(platform, QUERIES, one))
    with closing(_signed_in(platform)) as browser:
        empty = _times(browser, [f"/clients/{one}/"])
        as_manager(platform, FILL, str(size), str(round(LINES_EACH * size)))
        many = json.loads(as_manager(platform, QUERIES, "k17"))
        page = _times(browser, [f"/clients/k{n % clients}/" for n in range(17, 17 + ROUNDS)])
        part = {"HX-Request": "true"}
        typed = _times(browser, [f"/team/search/?q={text}" for text in TYPED], rounds=6, headers=part)
        missed = [
            text
            for text, name in MISTYPED
            if name not in browser.get("/team/search/", params={"q": text}, headers=part).text
        ]
    house = f"{clients} clients, {size} people, {round(LINES_EACH * size)} lines of the trail"
    beside = 1000 * percentile(empty, 95)
    p95, search = 1000 * percentile(page, 95), 1000 * percentile(typed, 95)
    return [
        at_most(f"client page, {house}: p95", p95, "ms", 100, compared=f"in an empty house: {beside:.0f} ms", ratio=round(p95 / beside, 2)),
        at_most("client page: more queries than in an empty house", many[0] - few[0], "", 0, compared=f"{many[0]} to {few[0]}"),
        at_most(f"search as one types, {house}: p95", search, "ms", 80, compared="each letter of “theatre du lac”"),
        at_most("search: more queries than in an empty house", many[1] - few[1], "", 0, compared=f"{many[1]} to {few[1]}"),
        at_most("names not found without accents, mistyped, turned round", len(missed), "", 0, compared=f"of {len(MISTYPED)} {', '.join(missed)}".strip()),
    ]  # fmt: skip


def _signed_in(platform: Platform) -> httpx.Client:
    access = platform.access
    browser = httpx.Client(base_url=access.url, trust_env=False, follow_redirects=True, timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/sign-in/").text)
    if token is None:
        raise RuntimeError("the sign-in page has no form")
    fields = {"csrfmiddlewaretoken": token[1], "email": access.email, "password": access.password}
    browser.post("/sign-in/", data=fields, headers={"Referer": f"{access.url}/sign-in/"}).raise_for_status()
    return browser


def _times(
    browser: httpx.Client, paths: list[str], *, rounds: int = 0, headers: dict[str, str] | None = None
) -> list[float]:
    browser.get(
        paths[0], headers=headers
    ).raise_for_status()  # the first request of a process loads what all later ones use
    times = []
    for path in paths * (rounds or max(1, ROUNDS // len(paths))):
        started = time.perf_counter()
        browser.get(path, headers=headers).raise_for_status()
        times.append(time.perf_counter() - started)
    return times
