"""What signing in to tools holds of people."""

from datetime import timedelta

from allauth.idp.oidc.models import Client, Token
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Forget, Ground, declare, holds_nothing
from essaim.manager.openid.models import Farewell, Tool, Visit

declare(
    Visit,
    purpose=_("signing people out of the house's tools when they leave"),
    ground=Ground.INTEREST,
    kept=_("a year after they last signed in to the tool"),
    person=("person",),
    erase=Erase.DELETED,
    forget=(Forget("last_at", timedelta(days=365)),),
)
declare(
    Token,
    purpose=_("letting a tool of the house know who signed in"),
    ground=Ground.INTEREST,
    kept=_("an hour; thirty days where the tool may ask again"),
    person=("user",),
    hidden={"hash": _("a hash, from which nothing can be read")},
    erase=Erase.DELETED,
    forget=(Forget("expires_at", timedelta(days=1)),),
)
declare(
    Farewell,
    purpose=_("telling a tool that somebody is signed out"),
    ground=Ground.INTEREST,
    kept=_("until the tool took it, three days at most"),
    also_person=lambda person: Q(sub=str(person.pk)),
    erase=Erase.DELETED,
)
declare(
    Client,
    purpose=_("knowing the house's tools"),
    ground=Ground.INTEREST,
    kept=_("as long as the tool"),
    acted=("owner",),
    hidden={"secret": _("a hash, from which nothing can be read")},
    erase=Erase.CLIENTS,
)
holds_nothing(Tool, because=_("names of the house's own tools"))
