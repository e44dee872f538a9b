"""What the people room refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class PersonExists(EssaimError):
    """One sign-in an e-mail address."""

    code = "people.person_exists"
    message = _("{email} already has a sign-in.")
    hint = _("Add this person to the client instead of creating it again.")
    http_status = 409
    field = "email"


class EmailMalformed(EssaimError):
    """Not an e-mail address."""

    code = "people.email_malformed"
    message = _("“{email}” is not an e-mail address.")
    hint = _("Write it as name@example.org.")
    http_status = 422
    field = "email"


class EmailTooLong(EmailMalformed):
    """More than a mail server has to take (RFC 5321, 4.5.3.1.3)."""

    code = "people.email_too_long"
    message = _("This e-mail address has {length} characters; none has more than {most}.")
    hint = _("Look whether something else was pasted with it.")


class EmailSame(EssaimError):
    """It is theirs already."""

    code = "people.email_same"
    message = _("You sign in with {email} already.")
    hint = _("Write the new address.")
    http_status = 422
    field = "email"


class NameMissing(EssaimError):
    """A person or client needs a name."""

    code = "people.name_missing"
    message = _("A name is missing.")
    hint = _("Write the name that others will recognise.")
    http_status = 422
    field = "name"


class PasswordRefused(EssaimError):
    """Too short, or known to everyone."""

    code = "people.password_refused"
    message = _("This password cannot be used: {why}")
    hint = _("Use at least 12 characters; several words make a good one.")
    http_status = 422
    field = "password"


class PasswordWrong(EssaimError):
    """The present password did not match."""

    code = "people.password_wrong"
    message = _("The present password is not right.")
    hint = _("Type it again; if it is lost, the team can give you a new one.")
    http_status = 422
    field = "current_password"


class ClientNotFound(EssaimError):
    """No such client, or not for this person to see: both sound the same on purpose."""

    code = "people.client_not_found"
    message = _("There is no client {slug} among yours.")
    hint = _("Check the spelling, or ask its owner to invite you.")
    http_status = 404


class ClientExists(EssaimError):
    """The identifier is taken."""

    code = "people.client_exists"
    message = _("The identifier {slug} is already a client's.")
    hint = _("Choose another, or leave it empty: one is made from the name.")
    http_status = 409
    field = "slug"


class SlugMalformed(EssaimError):
    """Not an identifier."""

    code = "people.slug_malformed"
    message = _("“{slug}” cannot be an identifier.")
    hint = _("Use lower-case letters, digits and hyphens.")
    http_status = 422
    field = "slug"


class RoleUnknown(EssaimError):
    """Not a role that a person has at a client."""

    code = "people.role_unknown"
    message = _("“{role}” is not a role.")
    hint = _("Roles are: owner, manager, technician, billing, reader.")
    http_status = 422
    field = "role"


class LastOwner(EssaimError):
    """A client keeps at least one owner."""

    code = "people.last_owner"
    message = _("{person} is the last owner of {client}.")
    hint = _("Make somebody else an owner first.")
    http_status = 409
    field = "role"


class TokenNotFound(EssaimError):
    """No such token, or not of this person."""

    code = "people.token_not_found"
    message = _("There is no such token among yours.")
    hint = _("Look at the list of your tokens.")
    http_status = 404


class ScopeUnknown(EssaimError):
    """Not a scope, or none at all."""

    code = "people.scope_unknown"
    message = _("“{scope}” is not something a token can be allowed.")
    hint = _("Choose among: {offered}.")
    http_status = 422
    field = "scopes"


class ScopeMissing(EssaimError):
    """The token may not do this."""

    code = "people.scope_missing"
    message = _("This token is not allowed {scope}.")
    hint = _("Issue a token with that scope on the page of your tokens.")
    http_status = 403


class ExpiryFar(EssaimError):
    """A key that lasts for years is forgotten where it lies."""

    code = "people.expiry_far"
    message = _("A token lasts {days} days at most.")
    hint = _("Choose an earlier date. A letter tells you a week before it ends.")
    http_status = 422
    field = "expires_at"


class ExpiryPast(EssaimError):
    """A token that is over before it begins."""

    code = "people.expiry_past"
    message = _("The date of expiry is already past.")
    hint = _("Choose a later date, or none.")
    http_status = 422
    field = "expires_at"


class InvitationMissing(EssaimError):
    """No invitation has this link."""

    code = "people.invitation_missing"
    message = _("This link is no invitation of ours.")
    hint = _("Copy it whole from the letter; a line may have been cut in two.")
    http_status = 404


class InvitationGone(EssaimError):
    """Accepted, withdrawn, or too old."""

    code = "people.invitation_gone"
    message = _("This invitation to {client} is no longer open.")
    hint = _("If you accepted it, sign in. Otherwise ask for another one.")
    http_status = 410


class InvitationAccepted(InvitationGone):
    """Somebody has taken it: an invitation is taken once."""

    code = "people.invitation_accepted"
    message = _("This invitation to {client} has been accepted.")
    hint = _("If it was you, sign in. If it was not, tell an owner of {client} at once.")


class InvitationWithdrawn(InvitationGone):
    """Whoever may say who belongs to the client took it back, or sent a newer one."""

    code = "people.invitation_withdrawn"
    message = _("This invitation to {client} was withdrawn.")
    hint = _("A newer letter may be in your mailbox: open the link of the newest. Otherwise ask {by}.")


class InvitationExpired(InvitationGone):
    """Its fourteen days are over."""

    code = "people.invitation_expired"
    message = _("This invitation to {client} was open until {until}.")
    hint = _("Ask {by} for another one.")


class InvitationForAnother(EssaimError):
    """Whoever is signed in has another address."""

    code = "people.invitation_for_another"
    message = _("This invitation was sent to {email}, and you are signed in as {yours}.")
    hint = _("Sign out, then open the link again; or ask for an invitation to your own address.")
    http_status = 409


class PlaceMissing(EssaimError):
    """Nobody has that place, or no longer."""

    code = "people.place_missing"
    message = _("There is no such place at {client}.")
    hint = _("Look at the list of its people: somebody may have left meanwhile.")
    http_status = 404


class NotAnOwner(EssaimError):
    """Ownership is handed over by who has it."""

    code = "people.not_an_owner"
    message = _("Only an owner of {client} hands their ownership over.")
    hint = _("The team can make somebody an owner, but gives nobody else's place away.")
    http_status = 403


class HandoverToNobody(EssaimError):
    """Not of the client's people, or the giver themselves."""

    code = "people.handover_to_nobody"
    message = _("{email} is nobody to whom you can hand {client} over.")
    hint = _("Invite them first: it goes to somebody else who has a place there.")
    http_status = 422
    field = "to"


class HandoverMissing(EssaimError):
    """No such offer, or not for this person to see."""

    code = "people.handover_missing"
    message = _("There is no such offer to you.")
    hint = _("Sign in with the address that the letter went to.")
    http_status = 404


class HandoverGone(EssaimError):
    """Answered, withdrawn, or one of the two has no longer their place."""

    code = "people.handover_gone"
    message = _("This offer of the ownership of {client} is no longer open.")
    hint = _("Ask its owner for another one.")
    http_status = 410


class MemberAlready(EssaimError):
    """They have that place."""

    code = "people.member_already"
    message = _("{email} already has this place at {client}.")
    hint = _("Choose another role, or invite somebody else.")
    http_status = 409
    field = "email"


class LinkGone(EssaimError):
    """A link that replaces a password opens once, and not for long."""

    code = "people.link_gone"
    message = _("This link is no longer good.")
    hint = _("It opens once, and for an hour. Ask for another one.")
    http_status = 410


class RegistrationClosed(EssaimError):
    """The operator lets clients come by invitation only."""

    code = "people.registration_closed"
    message = _("Nobody registers here by themselves.")
    hint = _("Clients come by invitation: write to the team.")
    http_status = 403


class RegistrationFormOld(EssaimError):
    """The form's mark is not ours, or too old."""

    code = "people.registration_form_old"
    message = _("This form has been open for too long.")
    hint = _("What you typed is still there: send it once more.")
    http_status = 422


class RegistrationTooQuick(EssaimError):
    """Nobody types that fast."""

    code = "people.registration_too_quick"
    message = _("That was quicker than a person types.")
    hint = _("If you are one, send it once more.")
    http_status = 422


class RegistrationGone(EssaimError):
    """Used, too old, or none of ours."""

    code = "people.registration_gone"
    message = _("This link is no longer good.")
    hint = _("It opens once, and for a day. Sign in if you have finished; otherwise register again.")
    http_status = 410


class AgreementUnsigned(EssaimError):
    """Of the team, and the confidentiality agreement in force is not signed."""

    code = "people.agreement_unsigned"
    message = _("You have not signed the confidentiality agreement that is in force.")
    hint = _("Sign it in the Manager, at /team/agreement/; everything opens again at once.")
    http_status = 403
