"""What the team room holds of people."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Forget, Ground, declare, holds_nothing
from essaim.manager.team.models import (
    Absence,
    AgreementVersion,
    Campaign,
    Candidate,
    CandidateNote,
    Duty,
    DutyHolder,
    Feed,
    Signature,
    WorkingHours,
    Zone,
)

YEAR = timedelta(days=365)
HALF_A_YEAR = timedelta(days=183)
HASH = _("a hash, from which nothing can be read")
State = Candidate.State

declare(
    AgreementVersion,
    purpose=_("knowing who wrote what the team promises"),
    ground=Ground.INTEREST,
    kept=_("as long as somebody’s signature on it"),
    acted=("written_by",),
    erase=Erase.KEPT,
    law=_("the proof of what was promised (Code civil, article 1366), as long as the signatures"),
)
declare(
    Signature,
    purpose=_("proving what a volunteer promised, to which text and when"),
    ground=Ground.INTEREST,
    kept=_("as long as they are of the team, and five years"),
    person=("person",),
    hidden={"pdf_file": _("the signed paper itself: downloaded on the page of the agreement")},
    erase=Erase.KEPT,
    law=_(
        "the proof of a promise that outlasts the time in the team (Code civil, articles 1366 and 2224), for five years"
    ),
    forget=(Forget("signed_at", 5 * YEAR, Q(person__is_active=False)),),
)
declare(
    Zone,
    purpose=_("showing hours by each one’s own clock"),
    ground=Ground.INTEREST,
    kept=_("as long as they sign in here"),
    person=("person",),
    erase=Erase.DELETED,
)
declare(
    WorkingHours,
    purpose=_("knowing when somebody of the team is there"),
    ground=Ground.INTEREST,
    kept=_("until they change or leave the team"),
    person=("person",),
    erase=Erase.DELETED,
)
declare(
    Absence,
    purpose=_("knowing when somebody of the team is away"),
    ground=Ground.INTEREST,
    kept=_("half a year after its end"),
    person=("person",),
    erase=Erase.DELETED,
    forget=(Forget("last_day", HALF_A_YEAR),),
)
declare(
    Feed,
    purpose=_("giving a volunteer the team’s calendars"),
    ground=Ground.INTEREST,
    kept=_("half a year after it was revoked"),
    person=("person",),
    hidden={"sha256": HASH},
    erase=Erase.DELETED,
    forget=(Forget("revoked_at", HALF_A_YEAR),),
)
declare(
    DutyHolder,
    purpose=_("knowing who can do what the house must be able to do"),
    ground=Ground.INTEREST,
    kept=_("until somebody else does it or they leave the team"),
    person=("person",),
    erase=Erase.DELETED,
)
declare(
    Candidate,
    purpose=_("deciding who joins the team"),
    ground=Ground.CONSENT,
    kept=_(
        "two days if the address is not proved; half a year after the board said no; as long as they are of the team"
    ),
    person=("person",),
    acted=("decided_by",),
    also_person=lambda person: Q(email=person.email),
    hidden={"sha256": HASH},
    erase=Erase.DELETED,
    forget=(
        Forget("link_until", timedelta(0), Q(state=State.UNPROVED)),
        Forget("decided_at", HALF_A_YEAR, Q(state=State.DECLINED)),
        Forget("link_until", HALF_A_YEAR, Q(state=State.ACCEPTED)),
    ),
)
declare(
    CandidateNote,
    purpose=_("remembering what the team thinks of who would join"),
    ground=Ground.INTEREST,
    kept=_("as long as the candidate’s own row"),
    person=("candidate__person",),
    acted=("by",),
    also_person=lambda person: Q(candidate__email=person.email),
    erase=Erase.DELETED,
)
holds_nothing(Campaign, because=_("a public text and its days"))
holds_nothing(Duty, because=_("the house’s own, without names"))
