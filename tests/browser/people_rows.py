"""What there is to show of clients and their people."""

import hashlib
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator

from essaim.manager.people import apart, lost_factors
from essaim.manager.people.client_details import Reached, change_contact, change_details
from essaim.manager.people.models import Client, LostFactor, Person
from essaim.manager.privacy import client_erasing
from tests.unit import factories as make

if TYPE_CHECKING:
    from tests.browser.rows import House

FORMER = "former@example.test"
"""Signs in no more."""
LINK = "l" * 43
"""Of a letter about a lost second factor."""


def furnish_people(house: "House", client: Client) -> None:
    """A client with all that can be written of one, changed twice."""
    change_details(
        client, by=house.owner, legal_name="Association pour la sauvegarde des abeilles noires du lac et de ses rives",
        street="Maison des associations\n12 quai de l’Épinette", postal_code="74000", city="Annecy", country="FR",
        siret="73282932000074", rna="W751234567", vat="FR44732829320",
    )  # fmt: skip
    change_details(client, by=house.team, street="12 quai de l’Épinette", time_zone="America/Montreal")
    change_contact(client, "owner", by=house.owner, reached=Reached("Camille", "bureau@abeilles.example.test"))
    change_contact(
        client,
        "billing",
        by=house.owner,
        reached=Reached("Sacha O’Neil", "tresorerie@abeilles.example.test", "01 99 00 12 34"),
    )
    former = make.make_person(FORMER, client=client, role="manager")
    Person.objects.filter(pk=former.pk).update(name="Robin Ancien", is_active=False)
    _lost_factors(house)
    _ended(house)


def _lost_factors(house: "House") -> None:
    """One asked, one confirmed, one approved; the second with a link that is known."""
    reason, known_by = "The telephone fell into the harbour on Sunday.", "A call to the number that is in the roll."
    for place, person in enumerate((house.reader, house.newcomer, house.observer)):
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        if place == 0:
            lost_factors.ask_for_oneself(person, reason=reason)
            continue
        lost = lost_factors.ask(email=person.email, reason=reason, known_by=known_by, by=house.president)
        if place == 1:
            digest = hashlib.sha256(LINK.encode()).hexdigest()
            LostFactor.objects.filter(pk=lost.pk).update(stop_sha256=digest)
    lost_factors.approve(lost, by=house.team)


def _ended(house: "House") -> None:
    """Two clients whose services have ended, one of which is to be erased; and two that are not one."""
    for number in (10, 11):
        gone = Client.objects.get(slug=f"client-{number}")
        change_contact(gone, "owner", by=house.team, reached=Reached("Robin", f"robin{number}@example.test"))
        gone.state = Client.State.CLOSED
        gone.save()
    client_erasing.ask(gone, confirm=gone.slug, reason="The contract ended last year.", by=house.team)
    one, other = (Client.objects.get(slug=f"client-{number}") for number in (20, 21))
    apart.tell_apart(one, other, by=house.team, reason="Two choirs of two villages.")
