"""The OpenID room: the house's own tools, and who signs in to them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpenIDConfig(AppConfig):
    name = "essaim.manager.openid"
    label = "openid"

    def ready(self) -> None:
        """Somebody who leaves is signed out of every tool; who signs out, of those they went on to from that browser."""
        from essaim.manager.core import leaving, signing_out
        from essaim.manager.fleet import reactions
        from essaim.manager.openid import doors, farewells

        leaving.register("openid", label=_("tools of the house"), count=doors.count_open, close=doors.close_for)
        signing_out.register("openid", doors.close_for_session)
        reactions.every(5.0, "tell tools who is signed out", farewells.send_due)
        reactions.every(60.0, "sign out of tools whoever may no longer sign in", doors.close_where_over)
