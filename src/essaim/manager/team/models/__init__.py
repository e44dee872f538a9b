"""The rows of the team room, by noun."""

from essaim.manager.team.models.agreement import AgreementVersion, Signature
from essaim.manager.team.models.duties import Duty, DutyHolder
from essaim.manager.team.models.hours import Absence, Feed, WorkingHours, Zone
from essaim.manager.team.models.recruiting import Campaign, Candidate, CandidateNote

__all__ = [
    "Absence",
    "AgreementVersion",
    "Campaign",
    "Candidate",
    "CandidateNote",
    "Duty",
    "DutyHolder",
    "Feed",
    "Signature",
    "WorkingHours",
    "Zone",
]
