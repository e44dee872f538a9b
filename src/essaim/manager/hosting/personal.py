"""What this room holds of people: what clients host is theirs, and stays with them when one of their people goes."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.personal import Erase, Forget, Ground, Words, declare, holds_nothing
from essaim.manager.fleet.models import StoryLine
from essaim.manager.hosting import numbers_jobs, php_told
from essaim.manager.hosting.models import (
    Account,
    Alias,
    Defence,
    DefenceSample,
    NameConsent,
    Offer,
    OwnCertificate,
    PhpError,
    PhpInfo,
    PhpTrial,
    Program,
    ProofLine,
    Reissue,
    Sequence,
    Site,
    TakenName,
    TechnicianAccount,
    Upload,
)
from essaim.manager.hosting.numbers_models import LogTail, SiteDay, SiteHour, SiteTop
from essaim.manager.people.models import Client

UNTIL_ERASED = _("until the site is erased, 30 days after it was closed at the latest")
SEALED = _("sealed for the machine: nobody here can open it")


def _of_site(
    model: type,
    *,
    purpose: Words,
    kept: Words = UNTIL_ERASED,
    hidden: dict[str, Words] | None = None,
    forget: tuple[Forget, ...] = (),
) -> None:
    """A row of a site is its client's."""
    declare(
        model,
        purpose=purpose,
        ground=Ground.CONTRACT,
        kept=kept,
        client=("site__account__client",),
        hidden=hidden,
        erase=Erase.CLIENTS,
        forget=forget,
    )


def _stories_of(client: Client) -> Q:
    sites = Site.objects.filter(account__client=client).values("fqdn")
    logins = Account.objects.filter(client=client).values("login")
    return Q(about_kind="site", about_key__in=sites) | Q(about_kind="account", about_key__in=logins)


declare(
    Account,
    purpose=_("hosting what a client ordered"),
    ground=Ground.CONTRACT,
    kept=_("until it is erased, 30 days after it was closed at the latest"),
    client=("client",),
    erase=Erase.CLIENTS,
)
declare(
    Site,
    purpose=_("hosting what a client ordered"),
    ground=Ground.CONTRACT,
    kept=UNTIL_ERASED,
    client=("account__client",),
    hidden={"proof": _("a word by which a prober knows the site")},
    erase=Erase.CLIENTS,
)
declare(
    Upload,
    purpose=_("putting a site's content in place, and saying who put it there (Décret 2021-1362)"),
    ground=Ground.LAW,
    kept=UNTIL_ERASED,
    acted=("person",),
    client=("site__account__client",),
    erase=Erase.CLIENTS,
)
declare(
    OwnCertificate,
    purpose=_("serving a site with its client's own certificate"),
    ground=Ground.CONTRACT,
    kept=UNTIL_ERASED,
    acted=("person",),
    client=("site__account__client",),
    hidden={"sealed_key": SEALED},
    erase=Erase.CLIENTS,
)
declare(
    Reissue,
    purpose=_("having certificates replaced, and knowing who asked for it"),
    ground=Ground.INTEREST,
    kept=_("as long as the trail"),
    acted=("person",),
    erase=Erase.CLIENTS,
)
declare(
    NameConsent,
    purpose=_("knowing that a client lets another have a name"),
    ground=Ground.CONTRACT,
    kept=_("until it is withdrawn"),
    client=("owner", "guest"),
    erase=Erase.CLIENTS,
)
declare(
    StoryLine,
    purpose=_("telling a client what happened to what they host"),
    ground=Ground.CONTRACT,
    kept=_("as long as the trail"),
    also_client=_stories_of,
    erase=Erase.CLIENTS,
)
_of_site(Alias, purpose=_("answering to a site's other names"))
_of_site(TakenName, purpose=_("giving no name to two clients"))
_of_site(ProofLine, purpose=_("showing that a site answers"))
_of_site(Defence, purpose=_("holding back floods"))
_of_site(DefenceSample, purpose=_("holding back floods"), kept=_("two days"), forget=(Forget("at", timedelta(days=2)),))
_of_site(
    PhpError,
    purpose=_("showing a client the errors of their site"),
    kept=_("30 days after it was last seen"),
    forget=(Forget("last_seen", php_told.KEPT),),
)
_of_site(
    PhpInfo,
    purpose=_("showing a client what their PHP is"),
    kept=_("a day"),
    forget=(Forget("asked_at", php_told.INFO_KEPT),),
)
_of_site(PhpTrial, purpose=_("trying a version of PHP"), kept=_("a day"), hidden={"asked": _("the key of the trial")})
_of_site(
    Program,
    purpose=_("running a client's own program"),
    hidden={"environment": _("secrets of the program: shown to nobody")},
)
_of_site(LogTail, purpose=_("showing a client the newest lines of their log"), kept=_("an hour"))
_of_site(
    SiteHour,
    purpose=_("showing a client how much their site is visited"),
    kept=_("8 days"),
    forget=(Forget("start", numbers_jobs.HOURS_KEPT),),
)
_of_site(
    SiteDay,
    purpose=_("showing a client how much their site is visited"),
    kept=_("25 months"),
    forget=(Forget("day", numbers_jobs.DAYS_KEPT),),
)
_of_site(
    SiteTop,
    purpose=_("showing a client what their visitors look at"),
    kept=_("35 days"),
    forget=(Forget("day", numbers_jobs.TOPS_KEPT),),
)
holds_nothing(Offer, Sequence, because=_("what the house sells, and numbers that only grow"))
declare(
    TechnicianAccount,
    purpose=_("knowing which accounts a technician looks after"),
    ground=Ground.CONTRACT,
    kept=_("as long as the person has that place"),
    person=("membership__person",),
    client=("membership__client",),
    erase=Erase.DELETED,
)
