"""What the house has to show: an association with sites in every state, its machines, and who may look at them."""

import math
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.utils import timezone

from essaim import contract
from essaim.contract.rules import Header, Hsts, Rules
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import BeatSample, Machine, Wanted
from essaim.manager.hosting import actions, defence, numbers_jobs
from essaim.manager.hosting.models import Account, OwnCertificate, Reissue, Site, Upload
from essaim.manager.hosting.numbers_models import LogTail
from essaim.manager.hosting.redirect_lines import read_allowed, read_redirects
from essaim.manager.people import grants
from essaim.manager.people import samples as people_samples
from essaim.manager.people.models import Client, Grant, Membership, Person
from essaim.manager.people.tokens import issue_token
from essaim.manager.team import samples
from tests.browser.keys_rows import furnish_keys
from tests.unit import factories as make

LIVE, LONG = "www.abeilles.example.test", "les-tres-riches-heures-de-l-association-des-abeilles.abeilles.example.test"
ERASED, NEVER = "former.abeilles.example.test", "never.example.test"
FAILED, SUSPENDED, CLOSED = "forum.abeilles.example.test", "blog.abeilles.example.test", "old.abeilles.example.test"
RULED = LONG
"""The site with every rule, in maintenance."""
EXTENSIONS = "8.2:apcu,redis,xdebug 8.4:apcu"
UNICODE = "théâtre.abeilles.example.test"


@dataclass
class House:
    """Who may sign in."""

    team: Person
    owner: Person
    reader: Person
    newcomer: Person
    """Belongs to a client that has nothing yet."""
    president: Person
    observer: Person
    """Has not signed the agreement yet."""
    watcher: Person
    """An observer who has signed: reads with names and addresses masked."""
    agency: Person
    """Looks after several clients."""
    taker: Person
    """Was offered the ownership of a client."""


def furnish() -> House:
    """Every row. Machines' answers go the way of real ones."""
    from tests.browser.people_rows import furnish_people  # which, like the next, takes its first steps from here
    from tests.browser.php_rows import furnish_php
    from tests.browser.vault_rows import furnish_vault

    make.make_machine("web1", capacity_accounts=40)
    make.make_machine("outside1", roles=["prober"])
    make.make_machine("web2", capacity_accounts=10)
    Machine.objects.filter(name="web2").update(last_seen_at=timezone.now() - timedelta(hours=3))
    client = make.make_client("abeilles", name="Association des abeilles du lac")
    empty = make.make_client("voisins", name="Voisins")
    team = make.make_person("alix@example.test", is_team=True)
    watcher = make.make_person("lou@example.test", groups=["observer"])
    samples.furnish(make.PASSWORD)
    people_samples.furnish(make.PASSWORD)
    house = House(
        team=team,
        owner=make.make_person("camille@example.test", client=client),
        reader=make.make_person("sacha@example.test", client=client, role=Membership.Role.READER),
        newcomer=make.make_person("robin@example.test", client=empty),
        president=Person.objects.get(email="president@example.test"),
        observer=Person.objects.get(email="observation@example.test"),
        watcher=watcher,
        agency=Person.objects.get(email=people_samples.AGENCY),
        taker=Person.objects.get(email="chef-de-choeur@example.test"),
    )
    for person in (house.team, house.owner, house.reader, house.newcomer):
        person.language = "en"
        person.save()
    _groups(house.team)
    furnish_vault(house.team)
    account = make.make_account(client, login="abeilles", by=house.owner)
    house.team.refresh_from_db()  # who has signed
    house.watcher.refresh_from_db()
    for name in (LIVE, LONG, FAILED, SUSPENDED, CLOSED, UNICODE):
        make.make_site(account, name, by=house.owner, aliases=["abeilles.example.test"] if name == LIVE else [])
    bring_live(LIVE)
    bring_live(LONG)
    bring_live(SUSPENDED)
    actions.change_site(
        Site.objects.get(fqdn=LONG), by=house.owner, php="7.4",
        php_settings={"memory_limit": "256", "date.timezone": "Europe/Paris", "display_errors": "on"},
    )  # fmt: skip
    _a_program(LONG, house.owner)
    _offers(account, house)
    _engines(house)
    _rule(Site.objects.get(fqdn=RULED), house.owner)
    answer("site", FAILED, "failed", code="site.disk_full", sentence="The disk of the machine is full.",
           advice="Free some room on web1, then let it compare.")  # fmt: skip
    actions.suspend_site(Site.objects.get(fqdn=SUSPENDED), by=house.team, reason="Unpaid since March.")
    actions.close_site(Site.objects.get(fqdn=CLOSED), by=house.owner, reason="We no longer use it.")
    be_off(SUSPENDED, status=503)
    be_off(CLOSED, status=404)
    former = actions.close_site(make.make_site(account, ERASED, by=house.owner), by=house.owner)
    actions.erase_site(former, by=house.owner, reason="Moved to another house.")
    Upload.objects.create(
        site=Site.objects.get(fqdn=LIVE), person=house.owner, upload="a" * 26, filename="wiki.zip", archive="zip",
        sha256="0" * 64, size_bytes=5_400_000, files=1204, unpacked_bytes=20_000_000, state=Upload.State.IN_PLACE,
    )  # fmt: skip
    be_visited(LIVE)
    _floods(house)
    issue_token(house.owner, name="laptop", scopes=["sites:read"], by=house.owner)
    actions.close_account(make.make_account(client, login="ancien", by=house.owner), by=house.owner)
    furnish_php(account, house.owner)
    _certificates(house.team)
    _consents(client, make.make_client("choeur", name="Chœur de la vallée"))
    _a_day_of("web1")
    for number in range(60):
        make.make_client(f"client-{number:02d}", name=f"Client number {number:02d}")
    furnish_keys(house.team)
    furnish_people(house, client)
    return house


def _groups(team: Person) -> None:
    """Held, proposed, overdue for review, and ended ones."""
    board = make.make_person("joris@example.test", groups=["board"])
    helper = make.make_person("maelle@example.test", groups=["supporter", "communication"])
    Grant.objects.filter(person=helper).update(confirmed_at=timezone.now() - timedelta(days=210))
    newcomer = make.make_person("noor@example.test")
    until = timezone.now() + timedelta(days=90)
    grants.propose(newcomer, "observer", by=board, reason="Chosen by the board in November.", until=until)
    refused = grants.propose(newcomer, "billing", by=board, reason="Keeps the books of another house.")
    grants.refuse(refused, by=team, reason="After three months of looking.")


def _offers(account: Account, house: House) -> None:
    """Another offer, and extensions of PHP that the usual one has and an account chose."""
    actions.create_offer(
        slug="large", name="Grands comptes et boutiques", by=house.team, quota_bytes=50 * 1024**3, processes=256,
        memory_bytes=4 * 1024**3, sites_max=40, php_ceilings={"memory_limit": 1024}, is_warm=True,
    )  # fmt: skip
    actions.change_offer(account.offer, by=house.team, php_extensions=["apcu", "redis", "xdebug"])
    actions.choose_extensions(account, version="8.2", names=["apcu", "redis"], by=house.owner)


def _a_program(name: str, owner: Person) -> None:
    """One that ran and ends again and again."""
    Machine.objects.filter(name="web1").update(
        facts={"php": "7.4 8.2 8.4", "programs": "node python", "engines": "nginx apache", "php_extensions": EXTENSIONS}
    )
    actions.put_program(
        Site.objects.get(fqdn=name), by=owner, runtime="node", command="server.js", environment={"PASSWORD": "a secret"}
    )
    facts = {"state": "failing", "since": timezone.now().timestamp(), "restarts": 7, "memory_bytes": 40_000_000}
    said = {
        "fqdn": name,
        "count": 7,
        "status": "1",
        "lines": "listening\nError: no such table: visits\n    at Statement.run",
    }
    sentence = "The program has ended 7 times."
    answer("program", name, facts={"state": "running"})
    answer("program", name, "drifted", code="program.failing", sentence=sentence, facts={**facts, **said})


def _engines(house: House) -> None:
    """One site whose files ask for Apache, and one that has it, with a line that it refuses."""
    needs = {
        "htaccess": 3,
        "htaccess_needs": "AuthType AuthName Require RewriteRule",
        "htaccess_where": "wp-admin/.htaccess",
    }
    Wanted.objects.filter(kind="site", key=LIVE).update(
        facts={**needs, "htaccess_php": True}, applied_at=timezone.now()
    )
    refusing = Site.objects.get(name_unicode=UNICODE)
    actions.change_site(refusing, by=house.owner, engine="apache")
    refused = contract.EngineTrouble(
        code="site.htaccess_refused", at=timezone.now().timestamp(), facts={
            "file": "public/wp-content/.htaccess", "line": "12",
            "detail": "Invalid command 'SecFilterEngine', perhaps misspelled or defined by a module not included in the server configuration",
        },
    )  # fmt: skip
    message = contract.EngineTroubles(fqdn=contract.Fqdn(refusing.fqdn), troubles=(refused,))
    machine = Machine.objects.get(name="web1")
    jobs.take_in("web1", [(machine.report_sequence + 1, contract.encode(message))])


def be_visited(fqdn: str) -> None:
    """Four hundred days of visits, as the site's machine tells them, and the lines of a log that somebody asked for."""
    site = Site.objects.select_related("account__machine").get(fqdn=fqdn)
    hour = int(timezone.now().timestamp()) // 3600
    hours = tuple(_sum(3600 * (hour - n), int(60 + 50 * math.sin((hour - n) / 3.8))) for n in range(190))
    day = hour // 24
    days = tuple(
        _sum(86_400 * (day - n), int(1500 + 700 * math.sin(n / 30) + 300 * math.sin(n / 1.1))) for n in range(400)
    )
    tops = contract.Tops(
        start=86_400 * day,
        paths={"/": 412, "/agenda/": 187, "/agenda/assemblee-generale-de-printemps-de-l-association/": 96, "/contact/": 41, "/feed/": 12},
        referrers={"search.example.org": 230, "mairie.example.test": 18},
        missing={"/wp-login.php": 55, "/favicon.ico": 12},
    )  # fmt: skip
    one = contract.SiteNumbers(fqdn=fqdn, hours=hours, days=days, tops=(tops,))
    numbers_jobs.take_numbers(site.account.machine, contract.Numbers(id="rows", sites=(one,)))
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    line = '192.0.2.{} - - [26/Nov/2026:12:0{}:00 +0000] "GET /page-{} HTTP/2.0" {} 5120 "https://search.example.org/" "{}"'
    access = [line.format(n % 250, n % 10, n, 503 if n == 8 else 404 if n % 7 == 0 else 200, agent) for n in range(60)]
    LogTail.objects.create(
        site=site, asked_at=timezone.now(), sent_at=timezone.now(), told_at=timezone.now(), access=access, refused=access[::7],
        errors=['2026/11/26 12:00:00 [error] 7#7: *4 connect() to unix:php failed, client: 192.0.2.8, host: "www.abeilles.example.test"'],
    )  # fmt: skip


def _sum(start: int, requests: int) -> contract.Sum:
    failed, refused = requests // 60, requests // 9
    return contract.Sum(
        start=start, requests=requests, received_bytes=300 * requests, sent_bytes=24_000 * requests,
        statuses={"2": requests - failed - refused, "4": refused, "5": failed},
        times={12: requests // 2, 22: requests - requests // 2 - requests // 12, 35 + start // 3600 % 4: requests // 12},
        states={"limited": 3} if start % 7 == 0 and requests > 1900 else {},
    )  # fmt: skip


def _certificates(by: Person) -> None:
    """One that its client brought, one that ends soon, and an order to replace those of an authority."""
    Site.objects.filter(fqdn=LONG).update(
        certificate_own=True, certificate_not_after=timezone.now() + timedelta(days=9)
    )
    OwnCertificate.objects.create(
        site=Site.objects.get(fqdn=LONG), person=by, chain="", sealed_key="", names=[LONG, "abeilles.example.test"],
        issuer="Example House Authority 2026", serial="54845d6bf6155a9108268882ffc81300c769179d",
        not_before=timezone.now() - timedelta(days=300), not_after=timezone.now() + timedelta(days=9),
        key_kind="RSA 3072", fingerprint="0123456789abcdef" * 4, warnings=["private_root"],
    )  # fmt: skip
    Site.objects.filter(fqdn=LIVE).update(certificate_reissue=1)
    wish = Wanted.objects.get(kind="certificate", key=LIVE)
    wish.spec, wish.facts = {**(wish.spec or {}), "reissue": 1}, {**wish.facts, "directory": "acme.example.test"}
    wish.facts |= {"names": f"{LIVE} abeilles.example.test", "not_before": 1_790_000_000, "serial": "1f2e3d"}
    wish.facts |= {"renew_at": (timezone.now() + timedelta(days=50)).timestamp()}
    wish.save()
    Reissue.objects.create(
        number=1, authority="acme.example.test", reason="It revokes what it signed in May.", person=by
    )


def _rule(site: Site, by: Person) -> None:
    rules = Rules(
        redirects=read_redirects("/old /new\n/blog/* https://blog.example.test/* 302\n/2009/* 410"),
        headers=(Header(name="X-Frame-Options", value="SAMEORIGIN"),),
        cache={"images": 2592000},
        hsts=Hsts(max_age_s=300),
        allowed=read_allowed("/admin 203.0.113.0/24 2001:db8::/32"),
    )
    actions.change_rules(site, by=by, change=lambda _before: rules)
    actions.protect(site, by=by, path="/members", user="ada", password="correct horse")
    actions.protect(site, by=by, path="/members", user="billie", password="correct horse")
    actions.change_site(site, by=by, aliases=["riches-heures.abeilles.example.test", "*." + RULED])
    until = timezone.now() + timedelta(hours=3)
    sentence = "We are moving to a new design."
    actions.begin_maintenance(site, by=by, sentence=sentence, until=until, networks=["203.0.113.7"])


def _consents(client: Client, other: Client) -> None:
    make.make_site(make.make_account(other, login="choeur"), "choeur.example.test")
    for owner, guest, name in ((client, other, UNICODE), (other, client, "fete-des-abeilles.choeur.example.test")):
        actions.give_consent(fqdn=name, owner=owner, guest=guest, by=None)


def _floods(house: House) -> None:
    """One site is flooded now; another has its shield up."""
    begun, machine = timezone.now() - timedelta(minutes=6), Machine.objects.get(name="web1")
    shielded = Site.objects.get(name_unicode=UNICODE)
    actions.raise_shield(
        shielded, by=house.owner, level="checked", lasts=timedelta(days=1), ways=["/api/", "POST /paiement/retour"]
    )
    for n in range(18):
        grown = round(40_000 * n * (1.2 + math.sin(n / 3)))
        held = [
            contract.HeldBack(name=contract.Fqdn(LONG), limited=grown, networks=40 * n),
            contract.HeldBack(name=contract.Fqdn(shielded.fqdn), held=700 * n, networks=17 * n),
        ]
        at = (begun + timedelta(seconds=20 * n)).timestamp()
        defence.take_in(machine, contract.Defence(started="one", at=at, sites=tuple(held)))


def _a_day_of(name: str) -> None:
    machine, now = Machine.objects.get(name=name), timezone.now()
    BeatSample.objects.bulk_create(
        BeatSample(
            machine=machine, at=now - timedelta(minutes=5 * n), load1=0.4, cpu_percent=20 + 15 * math.sin(n / 20),
            memory_percent=40, disk_percent=61,
        )
        for n in range(288)
    )  # fmt: skip
    machine.beat = {
        "at": now.timestamp(), "load1": 0.42, "cpu_percent": 21, "memory_used_bytes": 2 * 1024**3,
        "memory_bytes": 4 * 1024**3, "disk_used_bytes": 30 * 1024**3, "disk_bytes": 50 * 1024**3,
        "wanted": 20, "failing": 1, "drifted": 0, "waiting": 2, "agent_rss_bytes": 30 * 1024**2,
        "php": [
            {"version": "7.4", "build": "20260801T080000", "accounts": 41, "on_it": 41},
            {"version": "8.2", "build": "20261126T101500", "accounts": 3000, "on_it": 312, "state": "under way",
             "refused": {"ancien": "tree.not_proved"}},
            {"version": "8.4", "build": "20261126T104000", "accounts": 9, "on_it": 2, "state": "stopped",
             "refused": {"abeilles": "tree.start_failed", "ancien": "tree.not_proved", "choeur": "tree.crashes"}},
        ],
    }  # fmt: skip
    machine.facts = {
        "system": "Debian 12",
        "kernel": "6.1.0",
        "agent": "0.1.0",
        "php": "7.4 8.2 8.4",
        "engines": "nginx apache",
        "php_extensions": EXTENSIONS,
    }
    machine.save()


def send_all() -> None:
    """What the worker does when the bus has taken the wishes."""
    jobs.mark_sent(jobs.due())


def answer(kind: str, fqdn: str, outcome: str = "applied", **details: object) -> None:
    """A machine's answer to its newest wish, as bytes of the contract, through the worker's own way in."""
    key = Site.objects.get(name_unicode=fqdn).fqdn if kind != "account" else fqdn
    wish = Wanted.objects.select_related("machine").get(kind=kind, key=key)
    said = make.report(wish, outcome, **details)  # type: ignore[arg-type]
    machine = Machine.objects.get(pk=wish.machine_id)
    sequence = machine.report_sequence + 1
    batch = contract.Batch(id=f"{machine.name}-{sequence}", reports=(said,))
    jobs.take_in(machine.name, [(sequence, contract.encode(batch))])


def bring_live(fqdn: str) -> None:
    """All of a site's way: made, proved over HTTP, certificate, proved over HTTPS."""
    send_all()
    answer("site", fqdn, seconds=0.12)
    answer("probe", fqdn, probes=make.seen())
    not_after = (timezone.now() + timedelta(days=80)).timestamp()
    answer("certificate", fqdn, seconds=0.4, facts={"not_after": not_after, "issuer": "Example CA"})
    answer("probe", fqdn, probes=make.seen(https=True))


def be_off(fqdn: str, *, status: int) -> None:
    """What was suspended or closed is so on its machine, and seen so from outside."""
    send_all()
    answer("site", fqdn, seconds=0.03)
    probes = tuple(msgspec.structs.replace(probe, status=status) for probe in make.seen(https=fqdn == SUSPENDED))
    answer("probe", fqdn, probes=probes)
