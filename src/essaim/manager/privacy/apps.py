"""The privacy room: what is held of people, given out, erased, forgotten; and what they consented to."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PrivacyConfig(AppConfig):
    name = "essaim.manager.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Every room says what it holds; the worker prepares exports, erases who asked for it, and forgets each night."""
        autodiscover_modules("personal")
        from essaim.manager.fleet import reactions  # models are loaded only now
        from essaim.manager.people.tokens import tell_of_ending_tokens  # of a room that knows no worker
        from essaim.manager.privacy import client_erasing, erasing, exporting, retention

        reactions.every(3600.0, "tell of tokens that end soon", tell_of_ending_tokens)
        reactions.every(2.0, "prepare exports", exporting.advance_some)
        reactions.every(600.0, "erase people who asked for it", erasing.erase_due)
        reactions.every(600.0, "erase clients whose time is over", client_erasing.erase_due)
        reactions.every(600.0, "forget what was kept long enough", retention.run_tonight)
