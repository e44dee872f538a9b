"""The fleet room: machines, what is wanted of them, what they answered, the story of each object."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "essaim.manager.fleet"
    label = "fleet"

    def ready(self) -> None:
        from essaim.manager.fleet import jobs, reactions  # models are ready only now

        reactions.every(3600, "fleet.forget_old", jobs.forget_old)
