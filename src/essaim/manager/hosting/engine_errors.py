"""What the hosting room refuses about engines."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class EngineUnknown(EssaimError):
    """No engine's name."""

    code = "hosting.engine_unknown"
    message = _("“{engine}” is no engine that can be chosen.")
    hint = _("Choose one of: {offered}.")
    http_status = 422
    field = "engine"


class EngineMissing(EssaimError):
    """An engine that the site's machine does not have."""

    code = "hosting.engine_missing"
    message = _("The machine of this site, {machine}, does not have {engine}.")
    hint = _("Stay with nginx, or ask the team for Apache on this machine.")
    http_status = 422
    field = "engine"
