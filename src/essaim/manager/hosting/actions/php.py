"""What can happen to a site's PHP besides a change: a version tried, switched to or left; its errors forgotten; itself asked."""

from django.db import transaction
from django.utils import timezone

from essaim.manager.fleet.wake import wake_on_commit
from essaim.manager.hosting import access, wishes
from essaim.manager.hosting.actions.locks import lock_site, record_about
from essaim.manager.hosting.actions.sites import change_site, new_id
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php import parse_php
from essaim.manager.hosting.php_errors import PhpNotTried, PhpTrialOfProgram, PhpTriedAlready
from essaim.manager.hosting.php_models import PhpInfo, PhpTrial, end_trial
from essaim.manager.hosting.wanted import is_suspended, is_unserved
from essaim.manager.people.models import Person


@transaction.atomic
def try_php(site: Site, *, version: str, by: Person | None) -> PhpTrial:
    """Have `version` answer for whoever has the trial's link, and compare the site's pages in both. Visitors go on getting the site's own.
    Trying another version takes the place of the one that is tried; the same again compares anew and lasts longer.

    Raises:
        NotAllowed, PhpUnknown, PhpTriedAlready: it is the site's own; PhpTrialOfProgram, SiteNotActive.
    """
    site = _served(lock_site(site, by))
    version = parse_php(version, site.account.machine)
    if version == site.php:
        raise PhpTriedAlready(name=site.name_unicode, php=version)
    if site.engine == Site.Engine.PROGRAM:
        raise PhpTrialOfProgram(name=site.name_unicode)
    trial = PhpTrial.objects.filter(site=site).first() or PhpTrial(site=site)
    trial.version, trial.until = version, timezone.now() + PhpTrial.LASTS
    trial.ask(new_id())
    trial.save()
    site.php_preview = trial.preview
    site.save(update_fields=["php_preview"])
    wishes.wish(site, record_about(site, "hosting.php_tried", by=by, php=version))
    return trial


@transaction.atomic
def compare_php(site: Site, *, by: Person | None) -> PhpTrial:
    """Compare the site's pages once more in both versions: a new link takes the place of the former one.

    Raises:
        NotAllowed, PhpNotTried, SiteNotActive.
    """
    return try_php(site, version=trial_of(site).version, by=by)


@transaction.atomic
def switch_php(site: Site, *, by: Person | None) -> Site:
    """Serve everybody with the version that is tried; the one before can be put back as after any change.

    Raises:
        NotAllowed, PhpNotTried, SiteNotActive; PhpUnknown: its machine has that version no longer.
    """
    return change_site(site, by=by, php=trial_of(site).version)


@transaction.atomic
def leave_php(site: Site, *, by: Person | None) -> Site:
    """End the trial: its link leads nowhere any more, and nothing has changed. Where nothing is tried, nothing happens.

    Raises:
        NotAllowed.
    """
    site = lock_site(site, by)
    if not end_trial(site):
        return site
    site.save(update_fields=["php_preview"])
    line = record_about(site, "hosting.php_left", by=by)
    if not is_unserved(site):
        wishes.wish(site, line)
    return site


@transaction.atomic
def ask_php(site: Site, *, by: Person | None) -> PhpInfo:
    """Have the site's PHP say what it is. Asking while it is asked changes nothing.

    Raises:
        NotAllowed, SiteNotActive.
    """
    site = _served(lock_site(site, by))
    info = PhpInfo.objects.filter(site=site).first() or PhpInfo(site=site)
    if info.pk is None or not info.is_waiting:
        info.ask(new_id())
        info.save()
        wake_on_commit()
    return info


@transaction.atomic
def forget_php_errors(site: Site, *, by: Person | None) -> int:
    """Forget the errors that are known, to see which come again; how many there were.

    Raises:
        NotAllowed.
    """
    site = lock_site(site, by)
    forgotten = site.php_errors.count()
    if forgotten:
        site.php_errors.all().delete()
        record_about(site, "hosting.php_errors_forgotten", by=by, errors=forgotten)
    return forgotten


def require_change_of(site: Site, *, by: Person) -> None:
    """Refuse whoever may not change `site`: the link of a trial is a key to it.

    Raises:
        NotAllowed.
    """
    access.require(by, "sites.change", site.account)


def trial_of(site: Site) -> PhpTrial:
    """The version that is tried on `site`.

    Raises:
        PhpNotTried.
    """
    trial = PhpTrial.objects.filter(site=site).first()
    if trial is None:
        raise PhpNotTried(name=site.name_unicode)
    return trial


def end_over() -> int:
    """End the trials whose time is over; how many."""
    over = PhpTrial.objects.select_related("site").filter(until__lte=timezone.now())[:200]
    for trial in over:
        leave_php(trial.site, by=None)
    return len(over)


def _served(site: Site) -> Site:
    if is_unserved(site):
        raise SiteNotActive(name=site.name_unicode, state=Site.State.CLOSED.label)
    if is_suspended(site):
        raise SiteNotActive(name=site.name_unicode, state=Site.State.SUSPENDED.label)
    return site
