"""What the models of clients and their people hold, beside `personal`."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Forget, Ground, declare
from essaim.manager.people.models import Apart, Contact, Ending, EndingDocument, Handover, Merge, Note, Registration

declare(
    Contact,
    purpose=_("writing to and calling whom a client named"),
    ground=Ground.CONTRACT,
    kept=_("until the client names somebody else, at most as long as the contract and five years"),
    also_person=lambda person: Q(email=person.email),
    client=("client",),
    erase=Erase.DELETED,
)
declare(
    Handover,
    purpose=_("handing the ownership of a client over by the consent of both"),
    ground=Ground.CONTRACT,
    kept=_("a year after it was answered"),
    person=("giver", "taker"),
    client=("client",),
    erase=Erase.DELETED,
    forget=(Forget("answered_at", timedelta(days=365)),),
)
declare(
    Apart,
    purpose=_("not asking again whether two clients are one"),
    ground=Ground.INTEREST,
    kept=_("as long as both are clients, or until it is taken back"),
    acted=("by",),
    client=("first", "second"),
    erase=Erase.CLIENTS,
)
declare(
    Merge,
    purpose=_("undoing exactly that two clients were taken for one"),
    ground=Ground.CONTRACT,
    kept=_("a year"),
    acted=("by",),
    client=("kept", "gone"),
    erase=Erase.CLIENTS,
    forget=(Forget("at", timedelta(days=365)),),
)
declare(
    Registration,
    purpose=_("proving the address of somebody who wants to become a client"),
    ground=Ground.CONTRACT,
    kept=_("a week"),
    also_person=lambda person: Q(email=person.email),
    hidden={"sha256": _("a hash, from which nothing can be read")},
    erase=Erase.DELETED,
    forget=(Forget("expires_at", timedelta(days=6)),),
)
declare(
    Note,
    purpose=_("knowing in the team what was said with a client"),
    ground=Ground.INTEREST,
    kept=_("three years"),
    acted=("by",),
    client=("client",),
    erase=Erase.CLIENTS,
    forget=(Forget("at", timedelta(days=1096)),),
)
declare(
    Ending,
    purpose=_("ending the services of a client who died or dissolved, with proof of why"),
    ground=Ground.INTEREST,
    kept=_("five years after it was approved"),
    acted=("proposed_by", "approved_by"),
    client=("client",),
    erase=Erase.CLIENTS,
    at_end=Erase.KEPT,
    law_at_end=_("the proof of why services ended, for claims until five years after (Code civil, article 2224)"),
    forget=(Forget("approved_at", timedelta(days=1827)),),
)
declare(
    EndingDocument,
    purpose=_("ending the services of a client who died or dissolved, with proof of why"),
    ground=Ground.INTEREST,
    kept=_("five years after it was approved"),
    acted=("by",),
    client=("ending__client",),
    erase=Erase.CLIENTS,
    at_end=Erase.KEPT,
    law_at_end=_("the proof of why services ended, for claims until five years after (Code civil, article 2224)"),
    forget=(Forget("at", timedelta(days=1827)),),
)
