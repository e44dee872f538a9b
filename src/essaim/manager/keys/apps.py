"""The keys room: certificates with which people come into machines, and the sessions they had there."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "essaim.manager.keys"
    label = "keys"

    def ready(self) -> None:
        """Tell the fleet what this room asks of machines, and whoever lets people go about its door."""
        from django.utils.translation import gettext_lazy as _

        from essaim import contract
        from essaim.manager.core import leaving
        from essaim.manager.fleet import reactions  # models are loaded only now
        from essaim.manager.keys import actions, glass, jobs

        reactions.every(1.0, "say who may come into machines", jobs.follow)
        reactions.ask_for(jobs.asks)
        reactions.ask_for(glass.asks)
        reactions.on_told(contract.SshSessions, jobs.take_sessions)
        leaving.register(
            "certificates", label=_("SSH certificates"), count=actions.count_valid, close=actions.revoke_all_of
        )
