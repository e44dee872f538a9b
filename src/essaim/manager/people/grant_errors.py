"""Refusals about groups of the team."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class GroupUnknown(EssaimError):
    """Not a group of the team."""

    code = "people.group_unknown"
    message = _("“{group}” is not a group of the team.")
    hint = _("Groups are: {groups}.")
    http_status = 422
    field = "group"


class PersonUnknown(EssaimError):
    """Nobody signs in with that address: a group is given to a person."""

    code = "people.person_unknown"
    message = _("Nobody signs in here with {email}.")
    hint = _("They need a sign-in first: invite them, then propose them.")
    http_status = 422
    field = "email"


class GrantNotFound(EssaimError):
    """No such grant, or not for this person to see."""

    code = "people.grant_not_found"
    message = _("There is no such grant.")
    hint = _("Look at the list of who holds what.")
    http_status = 404


class GrantHeld(EssaimError):
    """Held, or waiting for a second person already."""

    code = "people.grant_held"
    message = _("{person} has the group “{group}” already, or is proposed for it.")
    hint = _("Look at the list of who holds what.")
    http_status = 409
    field = "group"


class GrantToSelf(EssaimError):
    """Nobody gives themselves a group, nor reviews their own."""

    code = "people.grant_to_self"
    message = _("Nobody decides about their own groups.")
    hint = _("Ask another who may grant.")
    http_status = 409


class SecondPersonNeeded(EssaimError):
    """Two people grant: one proposes, another confirms."""

    code = "people.second_person_needed"
    message = _("You proposed this: another who may grant has to confirm it.")
    hint = _("Tell them; the list of who holds what has a button for it.")
    http_status = 409


class GrantEnded(EssaimError):
    """Refused, withdrawn or lapsed: propose it anew."""

    code = "people.grant_ended"
    message = _("This grant has ended.")
    hint = _("Propose it anew.")
    http_status = 409


class GrantConfirmed(EssaimError):
    """In force: it can no longer be refused."""

    code = "people.grant_confirmed"
    message = _("This grant is in force already.")
    hint = _("Withdraw it, with a reason.")
    http_status = 409


class GrantNotInForce(EssaimError):
    """Only what is held is reviewed."""

    code = "people.grant_not_in_force"
    message = _("This grant is not in force.")
    hint = _("Only what somebody holds is reviewed.")
    http_status = 409


class UntilPast(EssaimError):
    """A grant that ends before it begins."""

    code = "people.until_past"
    message = _("The end is already past.")
    hint = _("Choose a later date, or none.")
    http_status = 422
    field = "until"


class LastGrantor(EssaimError):
    """Somebody who may grant stays, always."""

    code = "people.last_grantor"
    message = _("{person} is the last who may grant: nobody could give anybody rights any more.")
    hint = _("Give another person the group “board” or “president” first.")
    http_status = 409
