"""Several ACME servers: the second issues where the first will not, one that wants a binding gets it, and orders keep to a budget.

Debian's pebble (2.4) suggests no renewal (RFC 9773): that is tested with an authority of our own, in `tests/unit/agent_acme`.
"""

import base64
import json
import time
from collections.abc import Iterator

import msgspec
import pytest

from essaim.contract import AcmeDirectory, Certificate
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, DIRECTORY, account, apply, certificate, erase, install, probe, site
from tests.lab.whole import eventually

LOGIN, UID, FQDN = "choosing", 21_014, "choosing.test"
TLS = f"/srv/essaim/tls/{FQDN}"
STRICT = "https://acme.lab.test:14001/dir"
"""Opens accounts for those only who bring its key."""
UNIT = "essaim-test-strict-acme.service"
SECRET = base64.urlsafe_b64encode(b"a key of thirty-two bytes, padded").decode().rstrip("=")
FIRST = AcmeDirectory(url=DIRECTORY)
ODD = AcmeDirectory(url="https://acme.lab.test:14000/nonce-plz")


@pytest.fixture
def web(lab: Lab) -> Iterator[Machine]:
    """A web machine with one site that has no certificate."""
    web = lab.machine("web1")
    install(web, "web")
    told = apply(web, "web", account(LOGIN, UID), site(LOGIN, FQDN))
    assert [one.code for one in told] == ["", ""]
    erase(web, "web", ("certificate", FQDN))
    web.run(["rm", "--force", "/etc/essaim/acme.toml", "/var/lib/essaim/agent/acme/budget.json"])
    yield web
    web.run(["rm", "--force", "/etc/essaim/acme.toml", "/var/lib/essaim/agent/acme/budget.json"])
    erase(web, "web", ("certificate", FQDN))


@pytest.fixture(scope="module")
def strict(lab: Lab) -> Iterator[AcmeDirectory]:
    """A second pebble, beside the lab's own."""
    outside = lab.machine("outside1")
    config = json.loads(outside.read_file("/etc/essaim-lab/acme.json"))
    config["pebble"] |= {
        "listenAddress": "[::]:14001",
        "managementListenAddress": "[::]:15001",
        "externalAccountBindingRequired": True,
        "externalAccountMACKeys": {"kid-1": SECRET},
        "certificate": "/etc/essaim-lab/acme.pem",
        "privateKey": "/etc/essaim-lab/acme.key",
    }
    outside.write_file("/run/strict-acme.json", json.dumps(config).encode())
    outside.run(["systemd-run", f"--unit={UNIT}", "--setenv=PEBBLE_VA_NOSLEEP=1", "/usr/bin/pebble",
                 "-config", "/run/strict-acme.json", "-dnsserver", "127.0.0.1:53"])  # fmt: skip
    eventually(lambda: outside.call(["curl", "--silent", "--insecure", "--fail", "--output", "/dev/null", STRICT]) == 0)
    yield AcmeDirectory(url=STRICT, key_id="kid-1")
    outside.run(["systemctl", "stop", UNIT])


def wanted(*directories: AcmeDirectory) -> Certificate:
    return msgspec.structs.replace(certificate(FQDN), directories=directories)


def give_key(web: Machine, key: str) -> None:
    words = ["acme-key", "--directory", STRICT, "--key-id", "kid-1"]
    web.run([*AGENT, "-m", "essaim.agent", *words], input=key.encode())


def test_where_the_preferred_authority_makes_no_sense_the_next_issues(web: Machine) -> None:
    told = apply(web, "web", wanted(ODD, FIRST))[0]
    assert (told.code, told.facts["directory"]) == ("", "acme.lab.test")
    assert json.loads(web.read_file(f"{TLS}/facts.json"))["directory"] == DIRECTORY


def test_an_authority_that_wants_a_binding_gets_it(web: Machine, strict: AcmeDirectory) -> None:
    assert apply(web, "web", wanted(strict))[0].code == "certificate.key_missing"
    give_key(web, SECRET)
    assert apply(web, "web", wanted(strict))[0].code == ""
    assert json.loads(web.read_file(f"{TLS}/facts.json"))["directory"] == STRICT


def test_without_its_key_the_next_authority_issues(web: Machine, strict: AcmeDirectory) -> None:
    unknown = msgspec.structs.replace(strict, key_id="kid-2")
    assert apply(web, "web", wanted(unknown, FIRST))[0].code == ""
    assert json.loads(web.read_file(f"{TLS}/facts.json"))["directory"] == DIRECTORY


def test_root_alone_reads_the_key(web: Machine) -> None:
    give_key(web, SECRET)
    assert web.run(["stat", "--format", "%a %U", "/etc/essaim/acme.toml"]).stdout == b"600 root\n"
    reader = ["setpriv", f"--reuid={UID}", "--clear-groups", "cat", "/etc/essaim/acme.toml"]
    assert web.call(reader) != 0


def test_an_authority_without_suggestions_is_asked_and_the_certificate_stays(web: Machine) -> None:
    first = apply(web, "web", wanted(FIRST))[0]
    kept = json.loads(web.read_file(f"{TLS}/renewal.json"))
    web.write_file(f"{TLS}/renewal.json", json.dumps(kept | {"ask_at": 0}).encode())
    second = apply(web, "web", wanted(FIRST))[0]
    assert first.facts["serial"] == second.facts["serial"]
    asked = json.loads(web.read_file(f"{TLS}/renewal.json"))
    assert asked["ask_at"] > time.time() + 3600
    assert "end" not in asked


def test_orders_above_the_budget_wait_for_their_turn(web: Machine) -> None:
    limited = msgspec.structs.replace(FIRST, orders_per_3h=1)
    other = msgspec.structs.replace(certificate("other.choosing.test"), directories=(limited,))
    apply(web, "web", site(LOGIN, "other.choosing.test"))
    told = apply(web, "web", wanted(limited), other)
    assert [one.code for one in told] == ["", "certificate.queued"]
    erase(web, "web", ("site", "other.choosing.test"))


def test_the_end_that_visitors_are_shown_is_told(lab: Lab, web: Machine) -> None:
    made = apply(web, "web", wanted(FIRST))[0]
    seen = apply(lab.machine("outside1"), "prober", probe(web, LOGIN, FQDN, https=True))[0]
    assert (seen.code, seen.facts["certificate_not_after"]) == ("", made.facts["not_after"])
