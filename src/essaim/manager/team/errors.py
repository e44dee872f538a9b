"""What the team room refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class ZoneUnknown(EssaimError):
    """Not a zone of the IANA database."""

    code = "team.zone_unknown"
    message = _("“{zone}” is not a time zone.")
    hint = _("Choose one of the list, for example Europe/Paris or America/Montreal.")
    http_status = 422
    field = "zone"


class HoursMalformed(EssaimError):
    """Not a list of stretches of one day."""

    code = "team.hours_malformed"
    message = _("“{text}” is not a list of hours.")
    hint = _(
        "Write them as 9:00-12:00, 14:00-18:30; until midnight is 24:00. Leave the day empty if you are not there."
    )
    http_status = 422


class HoursOverlap(EssaimError):
    """Two stretches of a day meet."""

    code = "team.hours_overlap"
    message = _("“{text}” has hours that overlap.")
    hint = _("Write the stretches of a day one after the other.")
    http_status = 422


class AbsenceBackwards(EssaimError):
    """Ends before it begins."""

    code = "team.absence_backwards"
    message = _("The last day is before the first.")
    hint = _("The last day is in the absence; for one day write it twice.")
    http_status = 422
    field = "last_day"


class AbsenceNotFound(EssaimError):
    """No such absence, or somebody else's."""

    code = "team.absence_not_found"
    message = _("There is no such absence of yours.")
    hint = _("Look at the list of your absences.")
    http_status = 404


class FeedMissing(EssaimError):
    """No calendar has this address, or no longer."""

    code = "team.feed_missing"
    message = _("This is not the address of a calendar, or no longer.")
    hint = _("Make a new one on the page of your hours.")
    http_status = 404


class DutyNotFound(EssaimError):
    """No such duty."""

    code = "team.duty_not_found"
    message = _("There is no such duty.")
    hint = _("Look at the list of duties.")
    http_status = 404


class DutyExists(EssaimError):
    """One row a duty."""

    code = "team.duty_exists"
    message = _("There is a duty called “{name}” already.")
    hint = _("Say there who can do it, or choose another name.")
    http_status = 409
    field = "name"


class NotOfTheTeam(EssaimError):
    """Somebody who is not of the team cannot be given what is the team's."""

    code = "team.not_of_the_team"
    message = _("{email} is not of the team.")
    hint = _("Choose somebody of the team.")
    http_status = 422
    field = "person"


class AgreementTextMissing(EssaimError):
    """An empty agreement binds nobody."""

    code = "team.agreement_text_missing"
    message = _("The agreement has no text.")
    hint = _("Write what is promised, in Markdown.")
    http_status = 422
    field = "text"


class AgreementNotFound(EssaimError):
    """No such version, or not one that this person may see."""

    code = "team.agreement_not_found"
    message = _("There is no such version of the agreement.")
    hint = _("Look at the list of versions.")
    http_status = 404


class NoDraft(EssaimError):
    """Nothing to put in force."""

    code = "team.no_draft"
    message = _("There is no draft of the agreement.")
    hint = _("Write one first.")
    http_status = 409


class TextMovedOn(EssaimError):
    """What was read is not what would be signed."""

    code = "team.text_moved_on"
    message = _("Another version of the agreement has come into force while you were reading.")
    hint = _("Read the new one, then sign it.")
    http_status = 409


class NameNotTyped(EssaimError):
    """The signature is not the person's name."""

    code = "team.name_not_typed"
    message = _("What you typed is not your name as the Manager has it: {name}.")
    hint = _("Type it as it stands there. If it is wrong, ask the team to change it first.")
    http_status = 422
    field = "typed_name"


class SignatureNotFound(EssaimError):
    """No such signature, or somebody else's."""

    code = "team.signature_not_found"
    message = _("There is no such signature.")
    hint = _("Look at the list of signatures.")
    http_status = 404


class SuccessorMissing(EssaimError):
    """What only the leaver can do has no heir."""

    code = "team.successor_missing"
    message = _("{name} alone can do something: somebody must take it over.")
    hint = _("Name who of the team takes over.")
    http_status = 422
    field = "successor"


class SuccessorIsLeaver(EssaimError):
    """Nobody hands over to themselves."""

    code = "team.successor_is_leaver"
    message = _("{name} cannot take over from themselves.")
    hint = _("Name somebody else of the team.")
    http_status = 422
    field = "successor"


class MemberNotFound(EssaimError):
    """Nobody of the team has this address."""

    code = "team.member_not_found"
    message = _("Nobody of the team has the address {email}.")
    hint = _("Look at the list of the team.")
    http_status = 404


class LastOfTheTeam(EssaimError):
    """The door would be locked from inside."""

    code = "team.last_of_the_team"
    message = _("{name} is the last of the team.")
    hint = _("Take somebody else into the team first.")
    http_status = 409


class CampaignNotFound(EssaimError):
    """No such campaign, or not open to the public."""

    code = "team.campaign_not_found"
    message = _("There is no such call for volunteers.")
    hint = _("See which ones are open, at /join/.")
    http_status = 404


class CampaignExists(EssaimError):
    """The address is taken."""

    code = "team.campaign_exists"
    message = _("There is a campaign at the address {slug} already.")
    hint = _("Choose another address.")
    http_status = 409
    field = "slug"


class CampaignBackwards(EssaimError):
    """Ends before it begins."""

    code = "team.campaign_backwards"
    message = _("The campaign would end before it begins.")
    hint = _("Choose a later last day, or none.")
    http_status = 422
    field = "last_day"


class CampaignClosed(EssaimError):
    """Applications are not taken today."""

    code = "team.campaign_closed"
    message = _("This call for volunteers is closed.")
    hint = _("See which ones are open, at /join/.")
    http_status = 410


class TooManyApplications(EssaimError):
    """From one address, or to one address, in a short time."""

    code = "team.too_many_applications"
    message = _("There were too many applications from here.")
    hint = _("Wait a quarter of an hour, then try again.")
    http_status = 429


class CandidateLinkGone(EssaimError):
    """Used, too old, or not one of ours."""

    code = "team.candidate_link_gone"
    message = _("This link is no longer good.")
    hint = _("If you were asking to join, fill in the form again.")
    http_status = 410


class CandidateNotFound(EssaimError):
    """No such candidate."""

    code = "team.candidate_not_found"
    message = _("There is no such candidate.")
    hint = _("Look at the list of candidates.")
    http_status = 404


class AlreadyDecided(EssaimError):
    """The board decides once."""

    code = "team.already_decided"
    message = _("The board has decided on {name} already.")
    hint = _("Look at the decision on the candidate's page.")
    http_status = 409


class AddressUnproved(EssaimError):
    """Nobody decides on somebody who may not exist."""

    code = "team.address_unproved"
    message = _("{name} has not opened the link of the letter yet.")
    hint = _("Wait until the address is proved.")
    http_status = 409


class GrantorMissing(EssaimError):
    """Nobody proposes a group for themselves."""

    code = "team.grantor_missing"
    message = _("{name} cannot give themselves the rights that they take over.")
    hint = _("Let somebody else of the board do this, or name another successor.")
    http_status = 409
    field = "successor"
