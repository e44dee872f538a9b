"""What a made-up house has to show of privacy: a consent, and a client that is to be erased. The made-up clients come first."""

from essaim.manager.people.models import Client, Person
from essaim.manager.privacy import client_erasing, consents


def furnish() -> None:
    """Write both."""
    consents.give(Person.objects.get(email="fromagerie@example.test"), "news")
    gone, president = Client.objects.get(slug="photo"), Person.objects.get(email="president@example.test")
    client_erasing.ask(gone, confirm=gone.slug, reason="Le bureau du club le demande.", by=president)
