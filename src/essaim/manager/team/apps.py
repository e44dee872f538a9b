"""The team room: who joins, what they promised, when they are there, what only they can do, how they leave."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "essaim.manager.team"
    label = "team"

    def ready(self) -> None:
        """This room's doors close when somebody leaves, its duties count, and new sign-ins are asked for the agreement."""
        from essaim.manager.people import confidentiality
        from essaim.manager.people.rights import agreement as asked
        from essaim.manager.team import agreement, doors, duties, rights_held

        doors.register()
        duties.register()
        rights_held.register()
        confidentiality.tell(agreement.is_in_force)
        asked.ask(lambda person: not confidentiality.is_missing(person))
