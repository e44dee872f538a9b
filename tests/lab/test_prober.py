"""Sites proved by name, from another machine, over both families."""

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import Told, account, apply, certificate, erase, install, probe, site
from tests.lab.whole import quickest

LOGIN, UID, FQDN, ALIAS = "proved", 21_003, "proved.test", "www.proved.test"


@pytest.fixture(scope="module")
def web(lab: Lab) -> Machine:
    """A web machine with one site that has a certificate."""
    web = lab.machine("web1")
    install(web, "web")
    erase(web, "web", ("certificate", FQDN))  # of an earlier run, from an authority that has a new root since
    told = apply(web, "web", account(LOGIN, UID), site(LOGIN, FQDN, ALIAS), certificate(FQDN, ALIAS))
    assert [one.code for one in told] == ["", "", ""]
    return web


def prove(lab: Lab, web: Machine, fqdn: str = FQDN, *aliases: str, **changed: object) -> Told:
    return apply(lab.machine("outside1"), "prober", probe(web, LOGIN, fqdn, *aliases, **changed))[0]


def test_a_site_is_proved_over_both_families_and_schemes(lab: Lab, web: Machine) -> None:
    told = prove(lab, web, FQDN, ALIAS, https=True)
    assert told.code == ""
    ways = {(one["name"], one["scheme"], one["family"]) for one in told.probes}
    assert len(ways) == 8
    assert [one["check"] for one in told.probes if "check" in one] == ["php", "front"]
    assert told.facts["front_status"] == 200


def test_a_proof_takes_less_than_half_a_second(lab: Lab, web: Machine) -> None:
    assert quickest(lambda: float(prove(lab, web).facts["proof_seconds"]), under=0.5) < 0.5


def test_another_proof_is_another_site(lab: Lab, web: Machine) -> None:
    assert prove(lab, web, proof="q" * 26).code == "probe.other_site"


def test_another_account_is_told(lab: Lab, web: Machine) -> None:
    told = apply(lab.machine("outside1"), "prober", probe(web, "neighbour", FQDN))[0]
    assert told.code == "probe.other_account"


def test_a_name_that_leads_elsewhere_is_told(lab: Lab, web: Machine) -> None:
    lab.resolver.set("led-astray.test", a=["10.77.0.99"], aaaa=["fd77:e55a::99"])
    assert prove(lab, web, "led-astray.test").code == "probe.name_elsewhere"


def test_a_name_with_one_family_only_is_told(lab: Lab, web: Machine) -> None:
    lab.resolver.set("half.test", a=[web.address4], aaaa=[])
    told = prove(lab, web, "half.test")
    assert told.code == "probe.name_unresolved"
    assert "IPv6" in told.sentence


def test_a_name_that_does_not_exist_is_told(lab: Lab, web: Machine) -> None:
    assert prove(lab, web, "nowhere.example").code == "probe.name_unresolved"


def test_a_name_without_a_certificate_is_told(lab: Lab, web: Machine) -> None:
    apply(web, "web", site(LOGIN, "plain.test"))
    assert prove(lab, web, "plain.test").code == ""
    assert prove(lab, web, "plain.test", https=True).code == "probe.tls"


def test_a_suspended_site_says_so_and_is_not_live(lab: Lab, web: Machine) -> None:
    apply(web, "web", site(LOGIN, "paused.test", suspended=True))
    assert prove(lab, web, "paused.test", expect="suspended").code == ""
    assert prove(lab, web, "paused.test").code != ""
    apply(web, "web", site(LOGIN, "paused.test"))
    assert prove(lab, web, "paused.test", expect="suspended").code == "probe.still_served"
    assert prove(lab, web, "paused.test").code == ""


def test_a_site_that_is_gone_is_unknown(lab: Lab, web: Machine) -> None:
    apply(web, "web", site(LOGIN, "leaving.test"))
    assert prove(lab, web, "leaving.test", expect="gone").code == "probe.still_served"
    erase(web, "web", ("site", "leaving.test"))
    assert prove(lab, web, "leaving.test", expect="gone").code == ""


def test_a_machine_that_does_not_answer_is_told(lab: Lab, web: Machine) -> None:
    web.run(["systemctl", "stop", "essaim-web.service"])
    try:
        assert prove(lab, web).code == "probe.refused"
    finally:
        web.run(["systemctl", "start", "essaim-web.service"])
    assert prove(lab, web).code == ""
