"""What can happen to a site's engine, beside being chosen (`sites.change_site`)."""

from django.db import transaction

from essaim.manager.fleet import actions as fleet
from essaim.manager.hosting.actions.locks import lock_site, record_about
from essaim.manager.hosting.actions.sites import change_site
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.wanted import is_unserved, wanted_site
from essaim.manager.people.models import Person


@transaction.atomic
def put_engine_back(site: Site, *, by: Person | None) -> Site:
    """Have the site answered by the engine that it had before the last change. Where none was changed, nothing is.

    Raises:
        SiteNotActive, NotAllowed; EngineMissing: its machine has that engine no longer.
    """
    site = lock_site(site, by)
    return change_site(site, by=by, engine=site.engine_before) if site.engine_before else site


@transaction.atomic
def look_at_files(site: Site, *, by: Person | None) -> Site:
    """Have the machine look at the site's `.htaccess` files now: it does so whenever it is told of the site.

    Raises:
        SiteNotActive: it is closed; NotAllowed.
    """
    site = lock_site(site, by)
    if is_unserved(site):
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    line = record_about(site, "hosting.site_looked_at", by=by)
    fleet.want(site.account.machine, wanted_site(site), site.fqdn, audit=line, again=True)
    return site
