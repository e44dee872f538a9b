"""Every address and every role: who holds which group of the team or which role at which client gets what the table of rights says.

What an address needs stands here by its name; what each asker has stands in the table of rights; the test multiplies. Addresses
that are not in `addresses.GET` fail there, so that none is unlisted. The numbers are printed by `essaim bench routes`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.test import Client as Browser

from essaim.manager.core.models import AuditLine
from essaim.manager.hosting.access import TECHNICIANS
from essaim.manager.hosting.access_models import TechnicianAccount
from essaim.manager.hosting.models import Account
from essaim.manager.people.models import Client, Membership
from essaim.manager.people.rights import GROUPS, ROLES
from tests.unit import factories as make
from tests.unit.pages.addresses import (
    AWAY,
    CHANGING,
    CLIENTS_OWN,
    CLOSED_FIRST,
    FORM,
    FQDN,
    GET,
    MACHINE,
    NO,
    POST,
)
from tests.unit.pages.asked_about import address
from tests.unit.pages.test_access import people  # noqa: F401 - a fixture


class Asker(NamedTuple):
    """Somebody: a visitor, who has no client, a role at the client that is asked about or at another, a group of the team."""

    role: str = ""
    is_own: bool = True
    group: str = ""
    is_visitor: bool = False

    def __str__(self) -> str:
        if self.is_visitor:
            return "visitor"
        return self.group or (f"{self.role} {'here' if self.is_own else 'elsewhere'}" if self.role else "no client")

    def has(self, right: str) -> bool:
        """What the table says."""
        if self.group:
            return right in GROUPS[self.group].rights
        given = TECHNICIANS if self.role == Membership.Role.TECHNICIAN else frozenset()
        return bool(self.role) and self.is_own and right in ROLES[self.role].rights | given


ASKERS = [
    Asker(is_visitor=True),
    Asker(),
    *(Asker(role=role, is_own=is_own) for role in ROLES for is_own in (True, False)),
    *(Asker(group=group) for group in GROUPS),
]

# Addresses that take one right of the team, seen or not by others as forbidden.
OF_THE_HOUSE = {
    "web:audit": "audit.see",
    "web:emails": "design.see",
    "web:email": "design.see",
    "web:mail_queue": "letters.see",
    "people:search": "people.see_personal",
    "people:add_client": "clients.add",
    "people:add_person": "people.add",
    "people:rights": "team.see",
    "people:grants": "team.see",
    "people:grant_propose": "team.grant",
    "people:lost_factors": "people.change",
    "people:lost_factor_ask": "people.change",
    "privacy:retention": "privacy.keep",
    "vault:secrets": "vault.read",
    "vault:add": "vault.change",
    "vault:key": "vault.read",
    "fleet:machines": "fleet.see",
    "fleet:add": "fleet.change",
    "hosting:offers": "offers.see",
    "hosting:offer_add": "offers.change",
    "hosting:offer_change": "offers.change",
    "hosting:certificates": "certificates.reissue",
}
# Addresses about a thing: the right without which it is absent, and the one without which it is forbidden.
ABOUT_A_THING = {
    "people:client": ("clients.see", ""),
    "people:client_change": ("clients.see", "clients.change"),
    "people:client_contacts": ("clients.see", "clients.change"),
    "people:client_history": ("clients.see", "clients.people"),
    "people:see_as": ("clients.see", "clients.see_as"),
    "people:invite": ("clients.see", "clients.people"),
    "fleet:machine": ("fleet.see", ""),
    "fleet:machine_live": ("fleet.see", ""),
    "fleet:token": ("fleet.see", "fleet.change"),
    "fleet:drain": ("fleet.see", "fleet.change"),
    "fleet:revoke": ("fleet.see", "fleet.change"),
    "hosting:consents": ("clients.see", ""),
    "hosting:account_change": ("sites.see", "sites.limits"),
    "hosting:account_offer": ("sites.see", "sites.limits"),
    "hosting:limits": ("sites.see", "sites.limits"),
    "people:grant_refuse": ("team.see", "team.grant"),
    "people:grant_withdraw": ("team.see", "team.grant"),
}
# Addresses of one's own, of everybody, or whose answer hangs on more than rights: asked all the same, and never a fault.
BY_MORE_THAN_RIGHTS = {
    "web:design",
    "people:place",
    "people:hand_over",
    "people:leave",
    "people:handover",
    "hosting:technician",
    "hosting:order",
    "vault:secret",
    "vault:open",
    "vault:put",
    "vault:change",
    "vault:close",
}


def needs(route: str) -> tuple[str, str] | None:
    """(absent without, forbidden without); None where rights alone do not say."""
    if route in ABOUT_A_THING:
        return ABOUT_A_THING[route]
    if route in OF_THE_HOUSE:
        return "", OF_THE_HOUSE[route]
    if route in BY_MORE_THAN_RIGHTS:
        return None
    return {
        CLIENTS_OWN: ("sites.see", ""),
        CHANGING: ("sites.see", "sites.change"),
        CLOSED_FIRST: ("sites.see", "sites.change"),
    }.get(GET[route])


def expected(route: str, asker: Asker) -> int | None:
    """What GET answers by the table of rights; None where it does not say."""
    found = needs(route)
    if found is None or GET[route][0] != FORM:
        return None
    absent_without, forbidden_without = found
    if asker.is_visitor:
        return FORM
    if absent_without and not asker.has(absent_without):
        return AWAY
    has_it = asker.has(forbidden_without) and (bool(asker.group) or route not in OF_THE_HOUSE)
    if forbidden_without and not has_it:
        return NO
    return GET[route][4] if GET[route][4] != AWAY else None


@pytest.fixture
def house(people: dict[str, Browser]) -> Client:  # noqa: F811 - the rows that `test_access` asks about
    """The client that is asked about."""
    return Client.objects.get(slug="abeilles")


def browser_of(asker: Asker, client: Client) -> Browser:
    """Signed in as `asker`."""
    browser = Browser()
    if asker.is_visitor:
        return browser
    at = client if asker.is_own else Client.objects.get(slug="voisins")
    person = make.make_person(
        client=at if asker.role else None,
        role=asker.role or Membership.Role.OWNER,
        groups=[asker.group] if asker.group else (),
    )
    if asker.role == Membership.Role.TECHNICIAN:
        place = Membership.objects.get(person=person)
        TechnicianAccount.objects.create(membership=place, account=Account.objects.get(client=at))
    browser.force_login(person)
    return browser


def asked() -> Iterator[str]:
    """Every address that a table says something of."""
    yield from sorted(GET)


@pytest.mark.parametrize("asker", ASKERS, ids=str)
def test_each_gets_what_the_table_of_rights_says(asker: Asker, house: Client) -> None:
    browser = browser_of(asker, house)
    wrong = []
    for route in asked():
        answer = browser.get(address(route))
        answer.close()
        wanted = expected(route, asker)
        if answer.status_code >= 500 or (wanted is not None and answer.status_code != wanted):
            wrong.append((route, answer.status_code, wanted))
    assert wrong == []


@pytest.mark.parametrize("asker", ASKERS, ids=str)
def test_nobody_acts_without_the_right(asker: Asker, house: Client) -> None:
    browser = browser_of(asker, house)
    before = AuditLine.objects.count()
    wrong = []
    for route in asked():
        if expected(route, asker) in (AWAY, NO, FORM):
            answer = browser.post(address(route), {"reason": "because", "confirm": FQDN, "name": "x"})
            if answer.status_code not in (AWAY, NO, FORM, POST):
                wrong.append((route, answer.status_code))
    assert (wrong, AuditLine.objects.count()) == ([], before)


def test_the_tables_name_addresses_that_are_there() -> None:
    assert {*OF_THE_HOUSE, *ABOUT_A_THING, *BY_MORE_THAN_RIGHTS} <= set(GET)


def test_the_count_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(GET)} addresses × {len(ASKERS)} askers = {len(GET) * len(ASKERS)} questions, each by GET")  # noqa: T201
    assert MACHINE[0] == FORM
