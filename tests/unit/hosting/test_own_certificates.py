"""A certificate that a client brings: what is refused and in which words, that the key is kept nowhere, and the way back."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.core import serializers
from django.utils import timezone

from essaim.bus.sealing import new_seal, opened
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine, Wanted
from essaim.manager.hosting import actions, certificate_errors, certificate_jobs, certificate_reads, own_certificates
from essaim.manager.hosting.attention import troubled_sites
from essaim.manager.hosting.models import OwnCertificate, Site
from tests.lab.tls_pairs import Authority, authority, pair
from tests.unit import factories as make
from tests.unit.hosting.wishes import wish

OURS = authority()
SECRET, PUBLIC = new_seal()
FQDN, ALIAS = "own.example.test", "www.own.example.test"


@pytest.fixture
def roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The test's authority is one that the operator made known."""
    (tmp_path / "house.crt").write_bytes(OURS.root_pem)
    monkeypatch.setattr(own_certificates, "PRIVATE_ROOTS", tmp_path)
    monkeypatch.setattr(own_certificates, "_roots", lambda: (OURS.root,))
    return tmp_path


@pytest.fixture
def site(db: None, roots: Path) -> Site:
    machine = make.make_machine("web1")
    machine.facts["seal"] = PUBLIC
    machine.save()
    return make.make_site(name=FQDN, aliases=[ALIAS])


def protected(key: bytes, passphrase: bytes) -> bytes:
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(passphrase)
    )


def test_it_is_sealed_for_the_machine_and_stands_nowhere_else(site: Site) -> None:
    chain, key = pair(OURS, FQDN, ALIAS)
    actions.put_certificate(site, by=None, chain=chain, key=key)

    assert StoryLine.objects.filter(about_key=FQDN, audit__code="hosting.certificate_put").count() == 1
    own = (wish("certificate", site).spec or {})["own"]
    assert opened(own["key"], SECRET) == key
    assert own["chain"] == chain.decode()
    rows = [*Wanted.objects.all(), *AuditLine.objects.all(), *StoryLine.objects.all(), *OwnCertificate.objects.all()]
    assert key.decode().splitlines()[1] not in serializers.serialize("json", rows)


@pytest.mark.usefixtures("acme")
def test_taken_off_the_machine_is_asked_for_an_automatic_one_and_nothing_is_left(site: Site) -> None:
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS)))
    actions.take_certificate_off(site, by=None)
    actions.take_certificate_off(site, by=None)
    assert "own" not in (wish("certificate", site).spec or {})
    assert not OwnCertificate.objects.exists()


def test_without_an_authority_taken_off_means_none(site: Site, settings: Any) -> None:
    settings.ACME_DIRECTORY = ""
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS)))
    assert (wish("certificate", site).spec or {})["own"]
    actions.take_certificate_off(site, by=None)
    assert wish("certificate", site).spec is None


@pytest.mark.parametrize(
    ("days", "code"), [((-90, -1), "expired"), ((1, 90), "not_yet_valid")], ids=["expired", "not yet valid"]
)
def test_its_days_are_looked_at(site: Site, days: tuple[float, float], code: str) -> None:
    refused(site, *pair(OURS, FQDN, ALIAS, days=days), code=code)


def refused(site: Site, chain: bytes, key: bytes = b"", passphrase: str = "", *, code: str) -> str:
    with pytest.raises(certificate_errors.CertificateRefused) as refusal:
        actions.put_certificate(site, by=None, chain=chain, key=key, passphrase=passphrase)
    assert refusal.value.code == f"hosting.certificate_{code}"
    assert not OwnCertificate.objects.exists()
    return str(refusal.value)


def test_every_name_of_the_site_has_to_be_covered_and_those_that_are_not_are_named(site: Site) -> None:
    said = refused(site, *pair(OURS, FQDN), code="names_missing")
    assert f"does not cover {ALIAS}" in said
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, f"*.{FQDN}")))


def test_the_wrong_key_is_refused(site: Site) -> None:
    refused(site, pair(OURS, FQDN, ALIAS)[0], pair(OURS, FQDN, ALIAS)[1], code="key_mismatch")


def test_what_is_missing_in_the_chain_is_named(site: Site) -> None:
    other = authority("Other")
    chain, key = pair(OURS, FQDN, ALIAS, chain=False)
    assert "Test intermediate" in refused(site, chain, key, code="chain_incomplete")
    assert "Other root" in refused(site, *pair(other, FQDN, ALIAS), code="root_unknown")


def test_the_order_of_the_chain_and_a_root_in_it_do_not_matter(site: Site) -> None:
    chain, key = pair(OURS, FQDN, ALIAS)
    leaf, below = x509.load_pem_x509_certificates(chain)
    text = [one.public_bytes(serialization.Encoding.PEM) for one in (below, OURS.root, leaf)]
    row = actions.put_certificate(site, by=None, chain=b"".join(text), key=key)
    assert row.chain == chain.decode()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (rsa.generate_private_key(65537, 1024), "weak"),  # noqa: S505  that is the point
        (ec.generate_private_key(ec.SECP256K1()), "weak"),
        (ed25519.Ed25519PrivateKey.generate(), "weak"),
    ],
    ids=["RSA 1024", "secp256k1", "Ed25519"],
)
def test_what_browsers_refuse_is_refused(site: Site, key: object, code: str) -> None:
    refused(site, *pair(OURS, FQDN, ALIAS, key=key), code=code)  # type: ignore[arg-type]  # on purpose


def test_rsa_of_2048_bits_is_taken(site: Site) -> None:
    key = rsa.generate_private_key(65537, 2048)
    assert (
        actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS, key=key))).key_kind == "RSA 2048"
    )


def test_a_protected_key_needs_its_pass_phrase(site: Site) -> None:
    chain, key = pair(OURS, FQDN, ALIAS)
    locked = protected(key, b"open sesame")
    refused(site, chain, locked, code="passphrase_wrong")
    refused(site, chain, locked, "something else", code="passphrase_wrong")
    actions.put_certificate(site, by=None, chain=chain, key=locked, passphrase="open sesame")
    assert opened((wish("certificate", site).spec or {})["own"]["key"], SECRET) == key


def test_pkcs12_is_read(site: Site) -> None:
    chain, key = pair(OURS, FQDN, ALIAS)
    leaf, below = x509.load_pem_x509_certificates(chain)
    private = serialization.load_pem_private_key(key, None)
    data = serialization.pkcs12.serialize_key_and_certificates(
        b"own",
        private,
        leaf,
        [below],
        serialization.BestAvailableEncryption(b"secret"),  # type: ignore[arg-type]
    )
    refused(site, data, passphrase="wrong", code="passphrase_wrong")
    actions.put_certificate(site, by=None, chain=data, passphrase="secret")
    assert (wish("certificate", site).spec or {})["own"]["chain"] == chain.decode()


@pytest.mark.parametrize(
    ("chain", "key", "code"),
    [
        (b"", b"", "unreadable"),
        (b"\x00\x01\x02", b"", "unreadable"),
        (b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n", b"", "unreadable"),
        (b"x" * 200_000, b"", "too_large"),
        (pair(OURS, FQDN, ALIAS)[0], b"", "key_missing"),
        (pair(OURS, FQDN, ALIAS)[0], b"-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n", "key_unreadable"),
        (pair(OURS, FQDN, ALIAS)[0], b"hello", "key_unreadable"),
    ],
)
def test_what_is_no_certificate_or_key_is_told(site: Site, chain: bytes, key: bytes, code: str) -> None:
    refused(site, chain, key, code=code)


def test_a_private_authority_is_taken_with_a_warning(site: Site) -> None:
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS)))
    assert certificate_reads.shown(Site.objects.get(), {}).is_private


def test_a_machine_that_told_no_key_gets_none(site: Site) -> None:
    site.account.machine.facts = {}
    with pytest.raises(certificate_errors.CertificateNowhereKept):
        actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS)))


def test_an_alias_that_it_does_not_cover_is_shown(site: Site) -> None:
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS)))
    actions.change_site(site, by=None, aliases=[ALIAS, "new.example.test"])
    assert certificate_reads.shown(Site.objects.get(), {}).uncovered == ("new.example.test",)


@pytest.mark.parametrize(("days", "told"), [(40, []), (29, ["30"]), (19, ["20"]), (6, ["7"])])
def test_its_end_is_told_before_by_whom_nobody_renews(site: Site, days: float, told: list[str]) -> None:
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS, days=(-1, days))))
    certificate_jobs.tell_own_endings()
    certificate_jobs.tell_own_endings()
    codes = StoryLine.objects.filter(code__startswith="hosting.own_certificate_ends").values_list("code", flat=True)
    assert [code.rpartition("_")[2] for code in codes] == told


def test_somebody_who_looks_at_the_home_page_sees_an_end_that_comes(site: Site) -> None:
    actions.put_certificate(site, by=None, chain=b"".join(pair(OURS, FQDN, ALIAS)))
    team = make.make_person(is_team=True)
    ends = timezone.now() + dt.timedelta(days=29)
    Site.objects.update(https=Site.Https.LIVE, health=Site.Health.LIVE, certificate_not_after=ends)
    assert [one.fqdn for one in troubled_sites(team)] == [FQDN]
    assert "Its own certificate ends on" in Site.objects.get().certificate_said
    Site.objects.update(certificate_not_after=timezone.now() + dt.timedelta(days=31))
    assert troubled_sites(team) == []


def test_the_authority_of_the_test_is_one(roots: Path) -> None:
    """A chain of another shape than real ones would prove nothing."""
    assert isinstance(OURS, Authority)
    found = own_certificates.judged(*pair(OURS, FQDN), "", names=[FQDN])
    assert (found.issuer, found.names, found.key_kind) == ("Test intermediate", (FQDN,), "ECDSA P-256")
    assert json.dumps(found.warnings) == '["private_root"]'
