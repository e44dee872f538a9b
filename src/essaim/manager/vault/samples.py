"""A made-up vault for a demo: keys of two of the team, and secrets that they read. No value opens anything."""

from django.db import transaction

from essaim.manager.people.models import Person
from essaim.manager.vault.actions import create_secret, make_key, put_value
from essaim.manager.vault.models import Key

PRESIDENT, ADMINISTRATOR = "president@example.test", "machines-paris@example.test"


@transaction.atomic
def furnish(passphrase: str) -> None:
    """The keys, locked with `passphrase`, and the secrets, unless they are there."""
    president, administrator = (Person.objects.get(email=email) for email in (PRESIDENT, ADMINISTRATOR))
    if Key.objects.filter(person=president).exists():
        return
    for person in (president, administrator):
        make_key(person, passphrase=passphrase)
    given = (
        ("bureau-enregistrement", "Fournisseurs", "password", "ruche", 365, "Le second facteur est au local."),
        ("sauvegardes-distantes", "Machines", "key", "", 90, ""),
        ("certificat-de-signature", "Association", "file", "", None, "Renouvelé par la présidence."),
    )
    for name, folder, kind, login, rotate_days, note in given:
        secret = create_secret(
            name=name, folder=folder, kind=kind, login=login, rotate_days=rotate_days, note=note, by=president,
            people=[PRESIDENT, ADMINISTRATOR] if kind != "file" else [PRESIDENT],
        )  # fmt: skip
        put_value(secret, value="démonstration", by=president)
