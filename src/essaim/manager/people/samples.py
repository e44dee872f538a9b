"""Made-up clients for a demo and for looking at pages: what their people and the team would have written, through the room's own actions.

Nobody in it exists: names are under `.test` (RFC 2606), telephone numbers are those that France keeps for fiction, company numbers begin
with zeros that no register gives out and pass their checksums.
"""

from datetime import timedelta
from typing import NamedTuple

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.utils import timezone

from essaim.manager.people import apart, endings, handovers, invitations, lost_factors, team_notes
from essaim.manager.people.actions import add_member, create_client, create_person
from essaim.manager.people.client_details import Reached, change_contact, change_details
from essaim.manager.people.models import Client, Membership, Person

Role = Membership.Role
AGENCY = "agence@example.test"
"""Looks after several clients, with another role at some."""


class Sample(NamedTuple):
    """A client: its row's words, the contact for bills, and who has a place beside the owner."""

    slug: str
    name: str
    details: dict[str, str]
    billing: Reached
    places: dict[str, str]


def _at(street: str, postal_code: str, city: str, **numbers: str) -> dict[str, str]:
    return {"street": street, "postal_code": postal_code, "city": city, "country": "FR", **numbers}


CLIENTS = (
    Sample(
        "fromagerie", "Fromagerie du Val",
        {"legal_name": "Fromagerie du Val, SARL", "reference": "1042", "siret": "00010100600013", "vat": "FR02000101006"}
        | _at("3 chemin de la Fruitière", "25300", "Pontarlier"),
        Reached("Comptabilité", "factures@fromagerie.test", "01 99 00 10 42"),
        {AGENCY: Role.MANAGER, "boutique@example.test": Role.TECHNICIAN, "comptable@example.test": Role.BILLING},
    ),
    Sample(
        "chorale", "Chorale des Deux Rives",
        {"legal_name": "Association Chorale des Deux Rives", "reference": "0311", "rna": "W009000311"}
        | _at("Maison des associations\n8 quai des Tanneurs", "38000", "Grenoble"),
        Reached("Trésorerie", "tresorerie@chorale.test", "01 99 00 03 11"),
        {AGENCY: Role.TECHNICIAN, "chef-de-choeur@example.test": Role.MANAGER, "choristes@example.test": Role.READER},
    ),
    Sample(
        "velo", "Atelier vélo",
        {"legal_name": "Association L’Atelier vélo", "reference": "0787", "siren": "000101014", "rna": "W009000787"}
        | _at("27 rue des Ateliers", "69007", "Lyon"),
        Reached("Accueil", "accueil@atelier-velo.test", "01 99 00 07 87"),
        {AGENCY: Role.MANAGER},
    ),
    Sample(
        "bibliotheque", "Bibliothèque sonore",
        {"reference": "0156", "siren": "000101022"} | _at("1 place du Marché", "44000", "Nantes"),
        Reached("Direction", "direction@bibliotheque-sonore.test", "01 99 00 01 56"),
        {AGENCY: Role.READER},
    ),
    Sample(
        "chorale-2-rives", "Chorale des 2 Rives",
        {"rna": "W009000311"} | _at("8 quai des Tanneurs", "38000", "Grenoble"),
        Reached("", "tresorerie@chorale.test"), {},
    ),
    Sample(
        "reliure", "Atelier de reliure", {"rna": "W009000555"} | _at("14 rue du Parchemin", "67000", "Strasbourg"),
        Reached("Liquidation", "liquidation@example.test"), {},
    ),
    Sample(
        "photo", "Photo-club du Canal", {"rna": "W009000612"} | _at("5 quai du Canal", "31000", "Toulouse"),
        Reached("Trésorerie", "tresorerie@photo-club.test"), {},
    ),
)  # fmt: skip
"""The first four have their sites in the demo; the fifth is probably the second once more; the sixth is dissolved, the services of the last
have ended.
"""
NAMES = {
    AGENCY: "Agence web",
    "boutique@example.test": "Boutique en ligne",
    "comptable@example.test": "Cabinet comptable",
    "chef-de-choeur@example.test": "Direction du chœur",
    "choristes@example.test": "Choristes",
}


@transaction.atomic
def furnish(password: str) -> bool:
    """Write it all, unless that was done: whether it was done now. The made-up team comes first."""
    if Person.objects.filter(email=AGENCY).exists():
        return False
    helper, president, treasurer = (
        Person.objects.get(email=f"{who}@example.test") for who in ("assistance", "president", "tresorerie")
    )
    for email, name in NAMES.items():
        create_person(email=email, name=name, password=password, by=None)
    found = {sample.slug: _client(sample, password) for sample in CLIENTS}
    _matters(found, helper, president)
    _settled(found, president, treasurer)
    _lost(Person.objects.get(email="comptable@example.test"))
    return True


def _client(sample: Sample, password: str) -> Client:
    client = Client.objects.filter(slug=sample.slug).first()
    client = client or create_client(name=sample.name, slug=sample.slug, by=None)
    owner = Person.objects.filter(email=f"{sample.slug}@example.test").first()
    owner = owner or create_person(email=f"{sample.slug}@example.test", name=sample.name, password=password, by=None)
    add_member(client, owner, by=None)
    client = change_details(client, by=owner, kind="organisation", **sample.details)
    change_contact(client, "owner", by=owner, reached=Reached("Bureau", owner.email))
    change_contact(client, "billing", by=owner, reached=sample.billing)
    for email, role in sample.places.items():
        add_member(client, Person.objects.get(email=email), role=role, by=owner)
    return client


def _matters(found: dict[str, Client], helper: Person, president: Person) -> None:
    """What is under way: notes, an invitation, ownership that changes hands, an association that ends."""
    for slug, text in (
        ("fromagerie", "Préfère le téléphone, le matin. La boutique vend surtout en décembre : rien toucher alors."),
        ("fromagerie", "La facture de janvier a été payée deux fois ; à déduire de la prochaine."),
        ("chorale", "Le bureau change après l’assemblée : la cession de la propriété est en route."),
        ("chorale-2-rives", "Sans doute la même que « chorale » : demander au bureau, puis fusionner."),
    ):
        team_notes.write_note(found[slug], text=text, by=helper)
    velo = Person.objects.get(email="velo@example.test")
    invitations.invite(found["velo"], email="mecanique@example.test", role=Role.TECHNICIAN, by=velo)
    chorale = Person.objects.get(email="chorale@example.test")
    handovers.offer(found["chorale"], to="chef-de-choeur@example.test", by=chorale)
    endings.propose(
        found["reliure"],
        cause="dissolution",
        reason="Dissoute par son assemblée ; le procès-verbal est demandé.",
        ends_on=timezone.localdate() + timedelta(days=45),
        by=president,
    )


def _settled(found: dict[str, Client], president: Person, treasurer: Person) -> None:
    """Two that look alike and are not one; one whose services have ended."""
    apart.tell_apart(found["velo"], found["reliure"], by=president, reason="Deux ateliers, à Lyon et à Strasbourg.")
    wish = "Le club s’arrête ; son bureau l’a écrit."
    ended = endings.propose(found["photo"], cause="wish", reason=wish, ends_on=timezone.localdate(), by=president)
    endings.approve(ended, by=treasurer)


def _lost(person: Person) -> None:
    """Somebody who cannot show their second factor any more, and asked for help."""
    TOTP.activate(person, generate_totp_secret())
    lost_factors.ask_for_oneself(person, reason="Téléphone volé dans le train, lundi ; les codes étaient dedans.")
