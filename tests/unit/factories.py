"""Rows for tests, made through the rooms' own actions where that is quick. Every argument has a default."""

import itertools
from collections.abc import Iterable

from django.utils import timezone

from essaim.contract import ProbeResult, Report
from essaim.contract.reports import Outcome
from essaim.manager.fleet import reactions
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting.actions import create_account, create_site
from essaim.manager.hosting.models import Account, Site
from essaim.manager.people.actions import FIRST_GROUPS
from essaim.manager.people.grant_models import Grant
from essaim.manager.people.models import Client, Membership, Person

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_person(
    email: str = "",
    *,
    is_team: bool = False,
    groups: Iterable[str] = (),
    client: Client | None = None,
    role: str = Membership.Role.OWNER,
    password: str = PASSWORD,
) -> Person:
    """A sign-in; with `client`, of `role` there; with `groups`, holding these of the team; `is_team`: those of the first administrator."""
    number = next(_numbers)
    person = Person(email=email or f"person{number}@example.test", name=f"Person {number}")
    person.set_password(password)
    person.save()
    if is_team or groups:
        _hold(person, tuple(groups) or FIRST_GROUPS)
    if client is not None:
        Membership.objects.create(person=person, client=client, role=role)
    return person


def _hold(person: Person, groups: Iterable[str]) -> None:
    """Rows alone: how groups are given has tests of its own, and the trail of the others begins empty."""
    now = timezone.now()
    for group in groups:
        Grant.objects.create(person=person, group=group, reason="for a test", confirmed_at=now)
    person.groups = dict.fromkeys(groups)
    person.save(update_fields=["groups"])


def make_client(slug: str = "", *, name: str = "") -> Client:
    """A client without members."""
    number = next(_numbers)
    return Client.objects.create(slug=slug or f"client-{number}", name=name or f"Client {number}")


def make_machine(
    name: str = "",
    *,
    roles: Iterable[str] = ("web",),
    capacity_accounts: int = 1000,
    php: str = "7.4 8.2 8.4",
    engines: str = "nginx apache",
    extensions: str = "8.2:apcu,redis,xdebug 8.4:apcu",
) -> Machine:
    """A machine in service."""
    number = next(_numbers)
    return Machine.objects.create(
        name=name or f"web{number}",
        state=Machine.State.ACTIVE,
        roles=list(roles),
        address4="192.0.2.1",
        address6="2001:db8::1",
        capacity_accounts=capacity_accounts,
        last_seen_at=timezone.now(),
        facts={"php": php, "programs": "node python", "engines": engines, "php_extensions": extensions}
        if "web" in roles
        else {},
    )


def make_account(client: Client | None = None, *, login: str = "", by: Person | None = None) -> Account:
    """An account on a web machine, which is made if there is none."""
    if not any("web" in machine.roles for machine in Machine.objects.all()):
        make_machine()
    return create_account(client=client or make_client(), by=by, login=login)


def make_site(
    account: Account | None = None, name: str = "", *, by: Person | None = None, aliases: Iterable[str] = ()
) -> Site:
    """A site as it stands right after its order: nothing has been sent to a machine."""
    name = name or f"site{next(_numbers)}.example.test"
    return create_site(account=account or make_account(), name=name, by=by, aliases=aliases)


def report(wish: Wanted, outcome: Outcome = "applied", *, at: float | None = None, **details: object) -> Report:
    """What a machine could answer to `wish` at its newest revision."""
    when = timezone.now().timestamp() if at is None else at
    return Report(kind=wish.kind, key=wish.key, revision=wish.revision, outcome=outcome, at=when, **details)  # type: ignore[arg-type]


def answer(wish: Wanted, outcome: Outcome = "applied", **details: object) -> Wanted:
    """Let the machine of `wish` answer about the revision that `wish` has here, as the worker takes it in; `wish` is
    then as its row stands.
    """
    from essaim.manager.fleet import jobs  # the worker's own way of noting an answer

    said = report(wish, outcome, **details)
    row = Wanted.objects.select_related("machine").get(pk=wish.pk)
    jobs._take_report(row, said)
    reactions.react(row.machine, row, said)
    wish.refresh_from_db()
    return wish


def seen(*, ok: bool = True, https: bool = False, sentence: str = "") -> tuple[ProbeResult, ...]:
    """Results of a proof over both families."""
    schemes = ("http", "https") if https else ("http",)
    return tuple(
        ProbeResult(scheme=scheme, family=family, address=address, status=200 if ok else 502, ok=ok, sentence=sentence)
        for scheme in schemes
        for family, address in (("ipv4", "192.0.2.1"), ("ipv6", "2001:db8::1"))
    )
