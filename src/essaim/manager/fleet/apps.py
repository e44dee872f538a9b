"""The fleet room: machines, what is wanted of them, what they answered, the story of each object."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "essaim.manager.fleet"
    label = "fleet"
