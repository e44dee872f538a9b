"""The people room: persons, clients, memberships, API tokens."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "essaim.manager.people"
    label = "people"
