"""What the hosting room refuses about limits and shields."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class ShieldWayMalformed(EssaimError):
    """What is to be left out by a shield is no beginning of a path."""

    code = "hosting.shield_way_malformed"
    message = _("“{way}” is not the beginning of a path.")
    hint = _("Write one on each line, such as /api/ or POST /webhook: letters, digits and - . _ ~ / only.")
    http_status = 422
    field = "ways"


class ShieldWaysTooMany(EssaimError):
    """A list that a machine reads for each request stays short."""

    code = "hosting.shield_ways_too_many"
    message = _("A shield leaves out at most {most} ways.")
    hint = _("Leave out what they have in common: /api/ holds for everything below it.")
    http_status = 422
    field = "ways"


class ShieldTimeOdd(EssaimError):
    """Shorter than a person would notice, or longer than anybody would remember."""

    code = "hosting.shield_time_odd"
    message = _("A shield is raised for a minute at least and for 90 days at most, or until it is taken down.")
    hint = _("Choose how long, or leave the time out.")
    http_status = 422
    field = "lasts"


class LimitsOutOfRange(EssaimError):
    """Limits are so many times the usual."""

    code = "hosting.limits_out_of_range"
    message = _("Limits are from 1 to {most} times the usual ones.")
    hint = _("1 gives the usual limits back.")
    http_status = 422
    field = "times"
