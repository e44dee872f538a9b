"""A certificate that a client brought, on a real machine: sealed on its disk, opened in memory, served at once and given back."""

import msgspec
import pytest

from essaim.bus.sealing import new_seal, seal
from essaim.contract import AcmeDirectory, Certificate, OwnCertificate
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, apply_and_be_killed, certificate, erase, install, site
from tests.lab.load import meanwhile
from tests.lab.tls_pairs import authority, name_of, pair, shake_hands

LOGIN, UID, FQDN = "brought", 21_031, "brought.test"
TLS, KEYS = f"/srv/essaim/tls/{FQDN}", "/run/essaim/keys"
OURS = authority()


@pytest.fixture
def web(lab: Lab) -> Machine:
    """A web machine with one site that has an automatic certificate."""
    web = lab.machine("web1")
    install(web, "web")
    erase(web, "web", ("certificate", FQDN))
    told = apply(web, "web", account(LOGIN, UID), site(LOGIN, FQDN), certificate(FQDN))
    assert [one.code for one in told] == ["", "", ""]
    return web


def brought(web: Machine, chain: bytes, key: bytes, public: str = "") -> Certificate:
    """As the manager sends it."""
    public = public or web.read_file("/etc/essaim/seal.pub").decode().strip()
    own = OwnCertificate(chain=chain.decode(), key=seal(key, public))
    return msgspec.structs.replace(certificate(FQDN), own=own)


def served(lab: Lab, web: Machine) -> str:
    return shake_hands(lab.machine("outside1"), web, FQDN)[0][1]


def test_it_is_served_at_once_and_no_disk_has_its_key(lab: Lab, web: Machine) -> None:
    chain, key = pair(OURS, FQDN)
    first, again = apply(web, "web", brought(web, chain, key), brought(web, chain, key))
    assert (first.code, first.facts["directory"], again.code) == ("", "own", "")
    assert served(lab, web) == name_of(chain)
    secret = key.decode().splitlines()[1]
    assert web.call(["grep", "-rlsF", secret, "/srv/essaim", "/etc/essaim", "/var/lib/essaim", "/var/lib/systemd"]) != 0
    assert web.run(["stat", "--file-system", "--format", "%T", KEYS]).stdout == b"tmpfs\n"
    assert web.run(["sh", "-c", f"stat --format '%a %U %G' {KEYS}/{FQDN}.*"]).stdout == b"640 root www-data\n"
    assert web.call(["setpriv", f"--reuid={UID}", "--clear-groups", "sh", "-c", f"cat {KEYS}/*"]) != 0


def test_taken_off_an_automatic_one_follows_with_a_key_of_its_own_and_no_gap(lab: Lab, web: Machine) -> None:
    chain, key = pair(OURS, FQDN)
    seen: list[tuple[str, str]] = []
    with meanwhile(lambda: seen.extend(shake_hands(lab.machine("outside1"), web, *[FQDN] * 20))):
        told = apply(
            web, "web", brought(web, chain, key), certificate(FQDN), brought(web, chain, key), certificate(FQDN)
        )
    assert [one.code for one in told] == [""] * 4
    assert {version for version, _ in seen} == {"TLSv1.3"}
    assert served(lab, web) != name_of(chain)
    assert web.read_file(f"{TLS}/key.pem") != key
    assert web.run(["ls", KEYS]).stdout == b""


def test_a_wrong_key_is_told_and_the_former_certificate_serves_on(lab: Lab, web: Machine) -> None:
    before = served(lab, web)
    chain, _ = pair(OURS, FQDN)
    told = apply(web, "web", brought(web, chain, pair(OURS, FQDN)[1]))[0]
    assert told.code == "certificate.own_key_wrong"
    assert served(lab, web) == before


def test_a_key_that_was_sealed_for_another_machine_is_told(lab: Lab, web: Machine) -> None:
    before = served(lab, web)
    told = apply(web, "web", brought(web, *pair(OURS, FQDN), public=new_seal()[1]))[0]
    assert told.code == "certificate.own_sealed_for_another"
    assert served(lab, web) == before


def test_with_every_authority_away_it_is_served_taken_off_without_a_gap_and_followed_once_one_is_back(
    lab: Lab, web: Machine
) -> None:
    away = (AcmeDirectory(url="https://acme.lab.test:14999/dir"), AcmeDirectory(url="https://acme.lab.test:14998/dir"))
    chain, key = pair(OURS, FQDN)
    own = msgspec.structs.replace(brought(web, chain, key), directories=away)
    assert [one.code for one in apply(web, "web", own)] == [""]
    assert served(lab, web) == name_of(chain)
    told = apply(web, "web", msgspec.structs.replace(certificate(FQDN), directories=away))[0]
    assert told.code == "certificate.ca_unreachable"
    assert served(lab, web) == name_of(chain)
    assert apply(web, "web", certificate(FQDN))[0].code == ""
    assert served(lab, web) != name_of(chain)


def test_after_a_boot_it_is_served_before_any_agent_has_looked(lab: Lab, web: Machine) -> None:
    chain, key = pair(OURS, FQDN)
    apply(web, "web", brought(web, chain, key))
    web.reboot()
    web.wait_until_booted()
    assert served(lab, web) == name_of(chain)


def test_erased_no_key_is_left(web: Machine) -> None:
    apply(web, "web", brought(web, *pair(OURS, FQDN)))
    erase(web, "web", ("certificate", FQDN))
    assert web.run(["ls", KEYS]).stdout == b""
    assert web.call(["test", "-e", TLS]) != 0


def test_killed_at_any_instant_what_is_served_is_a_pair_and_the_next_try_ends_well(lab: Lab, web: Machine) -> None:
    outside = lab.machine("outside1")
    for after_s in (0.25, 0.35, 0.45, 0.6, 0.8):
        chain, key = pair(OURS, FQDN)
        wanted = brought(web, chain, key)
        apply_and_be_killed(web, "web", wanted, after_s=after_s)
        assert {version for version, _ in shake_hands(outside, web, *[FQDN] * 6)} == {"TLSv1.3"}
        assert apply(web, "web", wanted)[0].code == ""
        assert served(lab, web) == name_of(chain)
        assert len(web.run(["ls", KEYS]).stdout.splitlines()) == 1


def test_a_disk_that_is_full_is_told_and_the_former_certificate_serves_on(lab: Lab, web: Machine) -> None:
    before = served(lab, web)
    staging = "/srv/essaim/tls/.new"
    web.run(["mkdir", "-p", staging])
    web.run(["mount", "-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", staging])
    try:
        web.run(["sh", "-c", f"head -c 8192 /dev/zero > {staging}/filler; true"])
        told = apply(web, "web", certificate(FQDN, f"www.{FQDN}"), brought(web, *pair(OURS, FQDN)))
    finally:
        web.run(["umount", staging])
    assert [one.code for one in told] == ["certificate.disk_full"] * 2
    assert "disk is full" in told[0].sentence
    assert served(lab, web) == before
