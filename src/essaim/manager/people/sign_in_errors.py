"""Refusals about ending somebody's sign-in, and giving it back."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class PersonNotFound(EssaimError):
    """No such row."""

    code = "people.person_not_found"
    message = _("There is no such person.")
    hint = _("Search for them by name or e-mail.")
    http_status = 404


class SignInOwn(EssaimError):
    """Nobody locks themselves out."""

    code = "people.sign_in_own"
    message = _("This is your own sign-in.")
    hint = _("Another of the team ends it; or ask to be erased, under “Your data”.")
    http_status = 409


class SignInOfTeam(EssaimError):
    """Who leaves the team hands over first what only they can do."""

    code = "people.sign_in_of_team"
    message = _("{name} is of the team.")
    hint = _(
        "Let them leave on the page of the team: what only they can do is handed over there, and every door closes."
    )
    http_status = 409


class PersonErased(EssaimError):
    """Nothing is left of them."""

    code = "people.person_erased"
    message = _("This person was erased: there is nobody left to give a sign-in to.")
    hint = _("Invite them to a client as somebody new.")
    http_status = 410
