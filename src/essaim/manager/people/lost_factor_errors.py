"""Refusals about second factors that were lost."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class NoFactor(EssaimError):
    """There is nothing that could be lost."""

    code = "people.no_factor"
    message = _("{email} has no second factor.")
    hint = _("They sign in with their password, and make one under “Access”.")
    http_status = 409
    field = "email"


class LossThere(EssaimError):
    """One at a time."""

    code = "people.loss_there"
    message = _("It is asked already that the second factor of {email} is taken away.")
    hint = _("Look at the list: it waits for somebody of the team.")
    http_status = 409
    field = "email"


class LossNotFound(EssaimError):
    """No such row."""

    code = "people.loss_not_found"
    message = _("There is no such second factor among the lost ones.")
    hint = _("Look at the list.")
    http_status = 404


class LossGone(EssaimError):
    """Approved, stopped, or too old."""

    code = "people.loss_gone"
    message = _("This is no longer open: it was approved, stopped, or three days have passed.")
    hint = _("Ask again if it is still needed.")
    http_status = 410


class LossUnconfirmed(EssaimError):
    """Nobody has said how they know that it is them."""

    code = "people.loss_unconfirmed"
    message = _("Nobody has confirmed yet that it is {email} who asks.")
    hint = _("One of the team speaks with them and writes down how they know them; another approves.")
    http_status = 409


class LossByTwo(EssaimError):
    """Who confirmed does not approve, and nobody decides about their own."""

    code = "people.loss_by_two"
    message = _("It takes two: somebody else has to do this.")
    hint = _("One confirms who it is, another approves, and neither is the person themselves.")
    http_status = 409
