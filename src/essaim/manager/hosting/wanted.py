"""From the models to the contract: what a machine is told. Nothing here changes state."""

from django.conf import settings

from essaim import contract
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Account, Site, Upload

CHUNK_BYTES = 512 * 1024
"""Size of a chunk in a machine's blob stream."""
FILES_MAX = 100_000


def wanted_account(account: Account) -> contract.Account:
    """The Unix user. A closed account keeps its files and runs nothing."""
    return contract.Account(
        login=contract.Login(account.login),
        uid=account.uid,
        quota_bytes=account.quota_bytes,
        processes=account.processes,
        memory_bytes=account.memory_bytes,
        suspended=account.state != Account.State.ACTIVE,
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
        suspended=is_suspended(site),
        https_only=site.https_only,
        titles={"house": settings.HOUSE, "colour": settings.COLOUR},
    )


def wanted_certificate(site: Site) -> contract.Certificate:
    """One certificate for the site and its aliases, from the operator's ACME directory."""
    fqdn = contract.Fqdn(site.fqdn)
    return contract.Certificate(
        fqdn=fqdn,
        names=(fqdn, *_aliases(site)),
        directory=settings.ACME_DIRECTORY,
        contact=settings.ACME_CONTACT,
    )


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
    return tuple(contract.Fqdn(alias.fqdn) for alias in site.aliases.all())
