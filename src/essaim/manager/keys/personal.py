"""What this room holds of people: who of the team could come into machines, and who did. Kept so that what happened to clients' data can be
explained.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Forget, Ground, declare, holds_nothing
from essaim.manager.keys.models import Certificate, Confirmation, GlassAuthority, HostCertificate, MachineUser, Session

KEPT = timedelta(days=400)
WORDS = _("400 days")

declare(
    MachineUser,
    purpose=_("knowing on machines which person a process or a file is of"),
    ground=Ground.INTEREST,
    kept=_("always, without the name: a number of a Unix user is never given to another person"),
    person=("person",),
    erase=Erase.BLANKED,
    blank={"login": lambda user: f"v_gone{user.uid}"},
)
declare(
    Certificate,
    purpose=_("knowing who could come into which machine, when and why"),
    ground=Ground.INTEREST,
    kept=WORDS,
    person=("person",),
    acted=("revoked_by",),
    erase=Erase.BLANKED,
    blank={"login": lambda _certificate: "", "origin": lambda _certificate: ""},
    forget=(Forget("valid_until", KEPT),),
)
declare(
    Session,
    purpose=_("knowing who was on which machine, when and why"),
    ground=Ground.INTEREST,
    kept=WORDS,
    person=("certificate__person",),
    erase=Erase.BLANKED,
    blank={"login": lambda _session: "", "origin": lambda _session: ""},
    forget=(Forget("opened_at", KEPT, ~Q(ended_at=None)),),
)
declare(
    Confirmation,
    purpose=_("letting a command line ask for a key once its person has shown that it is them"),
    ground=Ground.INTEREST,
    kept=_("ten minutes; the last one until the next"),
    person=("person",),
    erase=Erase.DELETED,
    forget=(Forget("until", timedelta(days=1)),),
)
holds_nothing(HostCertificate, because=_("about a machine"))
holds_nothing(GlassAuthority, because=_("a key of the house"))
