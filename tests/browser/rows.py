"""What the house has to show: an association with sites in every state, its machines, and who may look at them."""

import math
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import BeatSample, Machine, Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site, Upload
from essaim.manager.people.actions import issue_token
from essaim.manager.people.models import Client, Membership, Person
from tests.unit import factories as make

LIVE, LONG = "www.abeilles.example.test", "les-tres-riches-heures-de-l-association-des-abeilles.abeilles.example.test"
ERASED, NEVER = "former.abeilles.example.test", "never.example.test"
FAILED, SUSPENDED, CLOSED = "forum.abeilles.example.test", "blog.abeilles.example.test", "old.abeilles.example.test"
UNICODE = "théâtre.abeilles.example.test"


@dataclass
class House:
    """Who may sign in."""

    team: Person
    owner: Person
    reader: Person
    newcomer: Person
    """Belongs to a client that has nothing yet."""


def furnish() -> House:
    """Every row. Machines' answers go the way of real ones."""
    make.make_machine("web1", capacity_accounts=40)
    make.make_machine("outside1", roles=["prober"])
    make.make_machine("web2", capacity_accounts=10)
    Machine.objects.filter(name="web2").update(last_seen_at=timezone.now() - timedelta(hours=3))
    client = make.make_client("abeilles", name="Association des abeilles du lac")
    empty = make.make_client("voisins", name="Voisins")
    house = House(
        team=make.make_person("alix@example.test", is_team=True),
        owner=make.make_person("camille@example.test", client=client),
        reader=make.make_person("sacha@example.test", client=client, role=Membership.Role.READER),
        newcomer=make.make_person("robin@example.test", client=empty),
    )
    for person in (house.team, house.owner, house.reader, house.newcomer):
        person.language = "en"
        person.save()
    account = make.make_account(client, login="abeilles", by=house.owner)
    for name in (LIVE, LONG, FAILED, SUSPENDED, CLOSED, UNICODE):
        make.make_site(account, name, by=house.owner, aliases=["abeilles.example.test"] if name == LIVE else [])
    bring_live(LIVE)
    bring_live(LONG)
    bring_live(SUSPENDED)
    actions.change_site(
        Site.objects.get(fqdn=LONG), by=house.owner, php="7.4",
        php_settings={"memory_limit": "256", "date.timezone": "Europe/Paris", "display_errors": "on"},
    )  # fmt: skip
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
    issue_token(house.owner, name="laptop", scopes=["sites:read"], by=house.owner)
    actions.close_account(make.make_account(client, login="ancien", by=house.owner), by=house.owner)
    _consents(client, make.make_client("choeur", name="Chœur de la vallée"))
    _a_day_of("web1")
    for number in range(60):
        make.make_client(f"client-{number:02d}", name=f"Client number {number:02d}")
    return house


def _consents(client: Client, other: Client) -> None:
    make.make_site(make.make_account(other, login="choeur"), "choeur.example.test")
    for owner, guest, name in ((client, other, UNICODE), (other, client, "fete-des-abeilles.choeur.example.test")):
        actions.give_consent(fqdn=name, owner=owner, guest=guest, by=None)


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
    }  # fmt: skip
    machine.facts = {"system": "Debian 12", "kernel": "6.1.0", "agent": "0.1.0", "php": "7.4 8.2 8.4"}
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
