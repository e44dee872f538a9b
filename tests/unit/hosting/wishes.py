"""The wishes about a site, and its way to *live*, for the tests of this room."""

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Site
from tests.unit.factories import answer, seen


def wish(kind: str, site: Site) -> Wanted:
    """The newest wish of `kind` about `site`."""
    return (
        Wanted.objects.select_related("machine")
        .filter(kind=kind, key=site.fqdn)
        .order_by("-revision", "-changed_at")[0]
    )


def prove(site: Site, *, https: bool = False) -> Site:
    """Its machine makes the site's newest wish real and the prober finds it so."""
    answer(wish("site", site))
    answer(wish("probe", site), probes=seen(https=https))
    site.refresh_from_db()
    return site
