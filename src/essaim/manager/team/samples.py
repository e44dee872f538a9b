"""A made-up team for a demo and for looking at pages, made through the room's own actions. Nobody in it exists.

On the Manager's own machine: `essaim admin sample-team`, with the password of all of them on standard input.
"""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from essaim.manager.people import grants
from essaim.manager.people.actions import create_person
from essaim.manager.people.models import Person
from essaim.manager.team import agreement, campaigns, duties, hours, recruiting
from essaim.manager.team.models import Campaign, Candidate

DAY = timedelta(days=1)
WEEK = "9:00-12:00, 14:00-18:00"
EVENINGS = "19:00-23:00"


class Sample(NamedTuple):
    """One of the team: their groups, where their clock stands, the hours of their weekdays."""

    email: str
    name: str
    groups: tuple[str, ...]
    zone: str
    hours: dict[int, str]
    has_signed: bool = True


TEAM = (
    Sample("president@example.test", "Présidence", ("president",), "Europe/Paris", dict.fromkeys((0, 2), EVENINGS)),
    Sample("bureau@example.test", "Bureau", ("board",), "Europe/Paris", {3: EVENINGS}),
    Sample("machines-paris@example.test", "Machines à Paris", ("administrator",), "Europe/Paris", dict.fromkeys(range(5), WEEK)),
    Sample("machines-montreal@example.test", "Machines à Montréal", ("administrator",), "America/Montreal", dict.fromkeys(range(5), WEEK)),
    Sample("assistance@example.test", "Assistance", ("supporter",), "America/Montreal", dict.fromkeys(range(1, 6), "8:00-13:00")),
    Sample("tresorerie@example.test", "Trésorerie", ("billing",), "Europe/Paris", {5: "10:00-12:00"}),
    Sample("communication@example.test", "Communication", ("communication",), "Europe/Paris", dict.fromkeys((1, 4), "14:00-17:00")),
    Sample("observation@example.test", "Observation", ("observer",), "America/Montreal", {}, has_signed=False),
)  # fmt: skip
AGREEMENT = """## Ce que je promets

Je lis des choses qui ne me regardent que parce que j’aide **La Ruche** : des noms, des adresses, des messages, des clés.

1. Je n’en parle à personne hors de l’équipe, ni pendant ni après mon temps dans l’équipe.
2. Je ne lis que ce qu’il me faut pour ce que je fais.
3. Je ne garde rien chez moi ; ce que j’ai dû copier, je l’efface.
4. Si quelque chose fuit, je le dis aussitôt.

## Jusqu’à quand

Cette promesse tient *sans limite de durée*. La Ruche peut me la demander de nouveau quand son texte change.
"""
CALL = """Nous cherchons **deux personnes** pour répondre aux associations que nous hébergeons.

- deux à trois heures par semaine, quand vous voulez ;
- écrire clairement ; le reste s’apprend ;
- nous sommes entre Paris et Montréal.

On commence par observer : quelques mois pour lire, poser des questions, préparer des réponses.
"""


@transaction.atomic
def furnish(password: str) -> bool:
    """Make them all, unless that was done: whether it was done now. Who is of the team already signs with the others, for what they are
    doing at this moment goes on.
    """
    if Person.objects.filter(email=TEAM[0].email).exists():
        return False
    before = list(Person.objects.team())
    people = {sample.email: _person(sample, password) for sample in TEAM}
    president, board = people["president@example.test"], people["bureau@example.test"]
    agreement.write_draft(title="Accord de confidentialité", text=AGREEMENT, by=president)
    version = agreement.put_in_force(by=president)
    signing = [people[sample.email] for sample in TEAM if sample.has_signed]
    for person in (*before, *signing):
        agreement.sign(person, number=version.number, typed_name=person.name, origin="demo")
        person.refresh_from_db()
    _duties(people, president)
    montreal = people["machines-montreal@example.test"]
    today = timezone.localdate()
    hours.add_absence(montreal, first_day=today + 3 * DAY, last_day=today + 9 * DAY, note="En voyage", by=montreal)
    grants.propose(
        people["assistance@example.test"], "administrator", by=board, reason="Compte rendu du bureau, point 3."
    )
    _candidates(president, board)
    return True


def _person(sample: Sample, password: str) -> Person:
    person = create_person(email=sample.email, name=sample.name, password=password, by=None)
    grants.found(person, sample.groups, reason="Démonstration.")
    person.refresh_from_db()
    hours.change_hours(person, zone=sample.zone, hours=sample.hours, by=None)
    return person


def _duties(people: dict[str, Person], president: Person) -> None:
    given = (
        ("Payer l’hébergement et les noms", "Chaque mois, le 5. Les accès sont dans le coffre.", ("tresorerie",)),
        (
            "Répondre au bureau d’enregistrement",
            "Sous cinq jours, sinon le nom est suspendu.",
            ("president", "tresorerie"),
        ),
        ("Ouvrir le local", "La clé est à la boulangerie.", ("bureau", "communication", "president")),
        ("Écrire à tous les clients", "", ("communication", "assistance")),
    )
    for name, what, who in given:
        holders = [people[f"{short}@example.test"] for short in who]
        duties.add_duty(name=name, what=what, people=holders, by=president)


def _candidates(president: Person, board: Person) -> None:
    today = campaigns.today()
    call = campaigns.write_campaign(
        None,
        title="Deux personnes pour l’assistance",
        text=CALL,
        first_day=today - 20 * DAY,
        last_day=today + 40 * DAY,
        by=president,
    )
    campaigns.write_campaign(
        None,
        title="Traduire en anglais",
        text="Merci à vous.",
        first_day=today - 200 * DAY,
        last_day=today - 100 * DAY,
        by=president,
    )
    waiting = _candidate(call, "candidature@example.test", "Personne à Québec", "America/Montreal")
    recruiting.note(waiting, text="Vue à l’assemblée : connaît déjà deux de nos associations.", by=board)
    accepted = _candidate(call, "retenue@example.test", "Personne retenue", "Europe/Paris")
    recruiting.accept(accepted, decision="Compte rendu du bureau, point 4.", by=president)
    declined = _candidate(call, "declinee@example.test", "Personne refusée", "Europe/Brussels")
    recruiting.decline(
        declined, decision="Compte rendu du bureau, point 5.", words="Revenez vers nous à l’automne.", by=president
    )


def _candidate(call: Campaign, email: str, name: str, zone: str) -> Candidate:
    """As by the form and the letter's link; the link itself is only in the letter."""
    recruiting.apply(
        call,
        name=name,
        email=email,
        zone=zone,
        would_do="Répondre, deux soirs par semaine.\nJe voudrais apprendre le courrier.",
    )
    candidate = Candidate.objects.get(campaign=call, email=email)
    candidate.state, candidate.proved_at = Candidate.State.WAITING, timezone.now()
    candidate.save(update_fields=["state", "proved_at"])
    return candidate
