"""What is known of a site's certificate beside when it ends."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.jobs import QUEUED
from essaim.manager.hosting.models import Site


class Authority(NamedTuple):
    """Who signed the certificate in place, and the host of the ACME directory that it came from; empty: there is none."""

    issuer: str = ""
    directory: str = ""


def authority_of(site: Site, wishes: Mapping[str, Wanted]) -> Authority:
    """By what the machine told when it was put in place. `wishes`: those about the site."""
    wish = wishes.get("certificate")
    if wish is None or wish.spec is None or site.certificate_not_after is None:
        return Authority()
    return Authority(str(wish.facts.get("issuer", "")), str(wish.facts.get("directory", "")))


def turn_of(site: Site, wishes: Mapping[str, Wanted]) -> datetime | None:
    """When the turn of a site's certificate comes that waits for others; None: it does not wait."""
    wish = wishes.get("certificate")
    if wish is None or wish.code != QUEUED or site.https == Site.Https.NONE:
        return None
    return wish.retry_at
