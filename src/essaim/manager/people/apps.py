"""The people room: persons, clients, memberships, API tokens."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "essaim.manager.people"
    label = "people"

    def ready(self) -> None:
        """Sign-ins are noted from here on, and this room's doors close when somebody leaves."""
        from essaim.manager.people import devices, doors, search_index, step_up  # noqa: F401 - two of them listen

        doors.register()
        post_migrate.connect(search_index.keep_index, sender=self)
