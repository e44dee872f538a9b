"""From the models to the contract: what a machine is told. Nothing here changes state."""

import json
from typing import get_args

from django.conf import settings

from essaim import contract
from essaim.contract.php import Preview
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting.extensions import wanted_of
from essaim.manager.hosting.models import Account, Site, Upload
from essaim.manager.hosting.names import WILDCARD
from essaim.manager.hosting.rules import maintenance_of, rules_served

CHUNK_BYTES = 512 * 1024
"""Size of a chunk in a machine's blob stream."""
FILES_MAX = 100_000
PROVED_BELOW = "essaim-proof"
"""The label under a wildcard that a prober asks for. No certificate covers it: it is proved over HTTP."""
_ENGINES: dict[str, contract.Engine] = {engine: engine for engine in get_args(contract.Engine)}


def wanted_account(account: Account) -> contract.Account:
    """The Unix user. A closed account keeps its files and runs nothing."""
    return contract.Account(
        login=contract.Login(account.login),
        uid=account.uid,
        quota_bytes=account.quota_bytes,
        processes=account.processes,
        memory_bytes=account.memory_bytes,
        suspended=account.state != Account.State.ACTIVE,
        warm=account.offer.is_warm,
        php_ceilings=account.offer.php_ceilings,
        php_extensions=wanted_of(account),
        php_extensions_again=account.php_extensions_again,
    )


def wanted_site(site: Site) -> contract.Site:
    """The site as served. An account that is suspended suspends its sites."""
    return contract.Site(
        fqdn=contract.Fqdn(site.fqdn),
        account=contract.Login(site.account.login),
        aliases=_aliases(site),
        docroot=site.docroot,
        proof=site.proof,
        php=site.php,
        php_settings=site.php_settings,
        php_preview=contract.decode(json.dumps(site.php_preview), Preview) if site.php_preview else None,
        engine=_ENGINES[site.engine],
        limits=site.limits,
        shield=wanted_shield(site),
        suspended=is_suspended(site),
        https_only=site.https_only,
        tls=tls_of(site),
        wildcards=_wildcards(site),
        rules=rules_served(site),
        maintenance=maintenance_of(site),
        titles={
            "house": settings.HOUSE,
            "colour": settings.COLOUR,
            "language": settings.LANGUAGE_CODE,
            "door": settings.ORIGIN,
        },
    )


def wanted_shield(site: Site) -> contract.Shield | None:
    """The shield while it is up."""
    if not site.shield:
        return None
    until = site.shield_until.timestamp() if site.shield_until else None
    ways = tuple(contract.Way.read(way) for way in site.shield_ways)
    return contract.Shield(level="checked" if site.shield == Site.Shield.CHECKED else "calm", until=until, except_=ways)


def wanted_certificate(site: Site) -> contract.Certificate:
    """One certificate for the site and its aliases: the client's own, or from the first of the operator's ACME directories that
    issues.
    """
    fqdn = contract.Fqdn(site.fqdn)
    directories = acme_directories()
    preferred = directories[0].url if directories else ""
    own = site.own_certificate if site.certificate_own else None
    return contract.Certificate(
        fqdn=fqdn,
        names=(fqdn, *_aliases(site)),
        directory=preferred,
        directories=directories if directories != (contract.AcmeDirectory(url=preferred),) else (),
        contact=settings.ACME_CONTACT,
        reissue=site.certificate_reissue,
        own=contract.OwnCertificate(chain=own.chain, key=own.sealed_key) if own else None,
    )


def tls_of(site: Site) -> contract.TlsProfile:
    """Which clients may come over HTTPS: the site's choice, else the house's."""
    return "intermediate" if (site.tls or settings.TLS_PROFILE) == "intermediate" else "modern"


def acme_directories() -> tuple[contract.AcmeDirectory, ...]:
    """The operator's certificate authorities in order of preference; empty: none. In the settings, addresses separated by
    commas, each with `#` and the key id of its external account binding where it has one. A binding is one contract for all machines,
    so they share what may be ordered by it; without one each machine has an account of its own, which the authority counts by itself.
    """
    found = (address.strip().partition("#") for address in settings.ACME_DIRECTORY.split(","))
    return tuple(
        contract.AcmeDirectory(url=url, key_id=key_id, orders_per_3h=_orders(is_shared=bool(key_id)))
        for url, _, key_id in found
        if url
    )


def _orders(*, is_shared: bool) -> int:
    if not settings.ACME_ORDERS or not is_shared:
        return int(settings.ACME_ORDERS)
    serving = Machine.objects.filter(state__in=(Machine.State.ACTIVE, Machine.State.DRAINING))
    machines = sum("web" in machine.roles for machine in serving)
    return max(1, int(settings.ACME_ORDERS) // max(1, machines))


def wanted_probe(site: Site, wanted: Wanted, *, https: bool = False) -> contract.Probe:
    """The proof of the site's wish `wanted`. `https`: a certificate is in place, prove that too."""
    machine = site.account.machine
    addresses = tuple(address for address in (machine.address4, machine.address6) if address)
    return contract.Probe(
        fqdn=contract.Fqdn(site.fqdn),
        aliases=_aliases(site),
        account=contract.Login(site.account.login),
        proof=site.proof,
        php=site.php,
        engine=_ENGINES[site.engine],
        wildcards=tuple(contract.Fqdn(f"{PROVED_BELOW}.{domain}") for domain in _wildcards(site)),
        maintenance=site.maintenance is not None and not is_suspended(site),
        site_revision=wanted.revision,
        addresses=addresses,
        expect="gone" if wanted.spec is None else "suspended" if wanted.spec.get("suspended") else "live",
        https=https and wanted.spec is not None,
    )


def wanted_content(upload: Upload, *, restore_previous: bool = False) -> contract.Content:
    """The upload as the site's whole content; with `restore_previous`, that the machine puts back what `upload` replaced."""
    site = upload.site
    return contract.Content(
        fqdn=contract.Fqdn(site.fqdn),
        account=contract.Login(site.account.login),
        upload=upload.upload,
        archive="zip" if upload.archive == "zip" else "tar",
        sha256=upload.sha256,
        size_bytes=upload.size_bytes,
        chunks=-(-upload.size_bytes // CHUNK_BYTES),
        unpacked_bytes_max=site.account.quota_bytes,
        files_max=FILES_MAX,
        restore_previous=restore_previous,
    )


def is_suspended(site: Site) -> bool:
    """The site itself or its account is."""
    return site.state == Site.State.SUSPENDED or site.account.state == Account.State.SUSPENDED


def is_unserved(site: Site) -> bool:
    """The site itself or its account is closed: kept, not served."""
    return site.state == Site.State.CLOSED or site.account.state == Account.State.CLOSED


def _aliases(site: Site) -> tuple[contract.Fqdn, ...]:
    return tuple(contract.Fqdn(alias.fqdn) for alias in site.aliases.all() if not alias.is_wildcard)


def _wildcards(site: Site) -> tuple[contract.Fqdn, ...]:
    """The domains whose names one label below all lead to the site."""
    found = (alias.fqdn for alias in site.aliases.all() if alias.is_wildcard)
    return tuple(contract.Fqdn(name.removeprefix(WILDCARD)) for name in found)
