"""Certificates from a real ACME server, served by a real nginx that nobody reloads."""

import subprocess
from collections.abc import Iterator

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, apply_together, certificate, erase, install, site
from tests.lab.load import meanwhile
from tests.lab.whole import quickest

LOGIN, UID = "certs", 21_001
FQDN, ALIAS = "certs.test", "www.certs.test"
TLS = f"/srv/essaim/tls/{FQDN}"


@pytest.fixture(scope="module")
def web(lab: Lab) -> Machine:
    """A web machine with one site."""
    web = lab.machine("web1")
    install(web, "web")
    told = apply(web, "web", account(LOGIN, UID), site(LOGIN, FQDN, ALIAS))
    assert [one.code for one in told] == ["", ""]
    return web


@pytest.fixture
def fresh(web: Machine) -> Iterator[Machine]:
    """The site without a certificate."""
    erase(web, "web", ("certificate", FQDN))
    yield web
    erase(web, "web", ("certificate", FQDN))


def https(lab: Lab, name: str) -> subprocess.CompletedProcess[bytes]:
    """A visitor who trusts the lab's authority."""
    words = ["curl", "--silent", "--show-error", "--max-time", "60", "--cacert", "/etc/essaim/prober-ca.pem"]
    argv = lab.machine("outside1").argv_inside([*words, f"https://{name}/.well-known/essaim/proof"])
    return subprocess.run(argv, capture_output=True, check=False)


def nginx_started(web: Machine) -> bytes:
    """When nginx' workers were made: a reload would make new ones."""
    return web.run(["pgrep", "--full", "--list-full", "nginx: worker"]).stdout


def test_a_site_answers_over_https_under_every_name_and_nginx_is_not_reloaded(lab: Lab, fresh: Machine) -> None:
    before = nginx_started(fresh)
    assert https(lab, FQDN).returncode != 0

    told = apply(fresh, "web", certificate(FQDN, ALIAS))[0]

    assert told.code == ""
    assert https(lab, FQDN).stdout == https(lab, ALIAS).stdout == b"p" * 26 + b"\n"
    assert nginx_started(fresh) == before


def test_a_certificate_takes_less_than_two_seconds(fresh: Machine) -> None:
    def seconds() -> float:
        erase(fresh, "web", ("certificate", FQDN))
        told = apply(fresh, "web", certificate(FQDN))[0]
        assert told.code == ""
        return told.seconds

    assert quickest(seconds, under=2) < 2


def test_a_certificate_that_is_good_is_kept(fresh: Machine) -> None:
    first, second = apply(fresh, "web", certificate(FQDN), certificate(FQDN))
    assert first.facts["serial"] == second.facts["serial"]


def test_twenty_orders_at_once_are_all_served_in_spite_of_rejected_nonces(fresh: Machine) -> None:
    names = [f"many{n}.certs.test" for n in range(20)]
    apply(fresh, "web", *[site(LOGIN, name) for name in names])
    told = apply_together(fresh, "web", [certificate(name) for name in names])[:20]
    assert [one.code for one in told] == [""] * 20
    erase(fresh, "web", *[("site", name) for name in names])


def test_only_root_and_nginx_may_read_the_key(fresh: Machine) -> None:
    apply(fresh, "web", certificate(FQDN))
    told = fresh.run(["stat", "--format", "%a %U %G", f"{TLS}/key.pem"]).stdout
    assert told == b"640 root www-data\n"
    assert fresh.call(["setpriv", f"--reuid={UID}", "--clear-groups", "cat", f"{TLS}/key.pem"]) != 0


def test_a_name_that_leads_elsewhere_is_told_and_the_site_stays(lab: Lab, fresh: Machine) -> None:
    lab.resolver.set("stray.certs.test", a=["10.77.0.99"])
    told = apply(fresh, "web", certificate(FQDN, "stray.certs.test"))[0]
    assert told.code == "certificate.name_not_pointing"
    assert "stray.certs.test" in told.sentence
    assert fresh.run(["ls", "/srv/essaim/challenges"]).stdout == b""


def test_an_authority_that_is_not_there_is_told(fresh: Machine) -> None:
    told = apply(fresh, "web", certificate(FQDN, directory="https://acme.lab.test:14999/dir"))[0]
    assert told.code == "certificate.ca_unreachable"


def test_an_account_that_a_restarted_authority_forgot_is_made_again(lab: Lab, fresh: Machine) -> None:
    apply(fresh, "web", certificate(FQDN))
    lab.machine("outside1").run(["systemctl", "restart", "essaim-lab-acme.service"])
    told = apply(fresh, "web", certificate(FQDN, ALIAS))[0]
    assert told.code == ""
    assert https(lab, ALIAS).returncode == 0


def test_no_visitor_fails_while_certificates_are_replaced(lab: Lab, fresh: Machine) -> None:
    apply(fresh, "web", certificate(FQDN))
    failures: list[bytes] = []

    def visit() -> None:
        visited = https(lab, FQDN)
        if visited.returncode:
            failures.append(visited.stderr)

    with meanwhile(visit):
        told = apply(fresh, "web", *[certificate(FQDN, f"n{n}.certs.test") for n in range(6)])
    assert [one.code for one in told] == [""] * 6
    assert failures == []


def test_erasing_a_certificate_takes_the_key_away(fresh: Machine) -> None:
    apply(fresh, "web", certificate(FQDN))
    erase(fresh, "web", ("certificate", FQDN))
    assert fresh.call(["test", "-e", TLS]) != 0
