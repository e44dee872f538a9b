"""What this room itself holds of people."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Forget, Ground, declare, holds_nothing
from essaim.manager.privacy.models import (
    ClientErasure,
    Consent,
    Erasure,
    Export,
    KeptClient,
    KeptIdentity,
    RetentionNight,
)

declare(
    Export,
    purpose=_("giving people everything that is held of them"),
    ground=Ground.LAW,
    kept=_("seven days"),
    person=("person",),
    client=("client",),
    hidden={"file": _("a secret: the file's own name")},
    erase=Erase.DELETED,
    forget=(Forget("asked_at", timedelta(days=7)),),
)
declare(
    Erasure,
    purpose=_("proving that somebody asked to be erased, and what was done"),
    ground=Ground.LAW,
    kept=_("five years"),
    person=("person",),
    erase=Erase.KEPT,
    law=_("the proof that the request was met (GDPR, article 5.2), for five years"),
    forget=(Forget("asked_at", timedelta(days=5 * 365)),),
)
declare(
    KeptIdentity,
    purpose=_("answering a judge who asks who a customer was"),
    ground=Ground.LAW,
    kept=_("five years after the erasure"),
    person=("person",),
    hidden={"sealed": _("sealed: your name and e-mail")},
    erase=Erase.KEPT,
    law=_("Décret 2021-1362, article 2: name and e-mail of a host's customers, for five years after the contract"),
    forget=(Forget("until", timedelta(0)),),
)
declare(
    ClientErasure,
    purpose=_("proving that a client was to be erased, and what was done"),
    ground=Ground.LAW,
    kept=_("five years"),
    acted=("by",),
    client=("client",),
    erase=Erase.CLIENTS,
    at_end=Erase.KEPT,
    law_at_end=_("the proof that the request was met (GDPR, article 5.2), for five years"),
    forget=(Forget("asked_at", timedelta(days=5 * 365)),),
)
declare(
    KeptClient,
    purpose=_("answering a judge who asks who a customer was"),
    ground=Ground.LAW,
    kept=_("five years after the erasure"),
    client=("client",),
    hidden={"sealed": _("sealed: who the client was")},
    erase=Erase.CLIENTS,
    at_end=Erase.KEPT,
    law_at_end=_(
        "Décret 2021-1362, article 2: name and e-mail of a host's customers, for five years after the contract"
    ),
    forget=(Forget("until", timedelta(0)),),
)
declare(
    Consent,
    purpose=_("proving that a person said yes, to which text, and when they said no"),
    ground=Ground.CONSENT,
    kept=_("three years after it was withdrawn"),
    person=("person",),
    erase=Erase.DELETED,
    forget=(Forget("withdrawn_at", timedelta(days=3 * 365)),),
)
holds_nothing(RetentionNight, because=_("counts"))
