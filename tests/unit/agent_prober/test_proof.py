"""A proof against a site on loopback: what holds, and in which words the rest is told."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from essaim.agent.prober.proof import Ports, Proof, Prover
from essaim.agent.prober.resolve import Addresses, ResolverAway, sort_addresses
from essaim.contract import Fqdn, Probe
from tests.unit.agent_prober.servers import ADDRESSES, SITE, SPEC, FakeSite, listening, make_certificate


async def _found(name: str) -> Addresses:
    return ADDRESSES


def prove(
    site: FakeSite, spec: Probe = SPEC, *, certificate: Path | None = None, ca: Path | None = None, gentle: bool = False
) -> Proof:
    async def run() -> Proof:
        async with listening(site, certificate) as ports:
            return await Prover(ca or certificate, look_up=_found, ports=ports).prove(spec, gentle=gentle)

    return asyncio.run(run())


def prove_by_name(found: Addresses | Exception, spec: Probe = SPEC) -> Proof:
    async def look_up(name: str) -> Addresses:
        if isinstance(found, Exception):
            raise found
        return found

    return asyncio.run(Prover(look_up=look_up, ports=Ports(1, 1)).prove(spec))


def test_a_site_that_answers_over_both_families_is_proved() -> None:
    proof = prove(FakeSite())
    assert proof.holds
    assert {(probe.check, probe.family) for probe in proof.probes} >= {("proof", "ipv4"), ("proof", "ipv6")}


def test_php_and_the_front_page_are_asked_once() -> None:
    site = FakeSite()
    prove(site)
    assert sum(path.startswith("/.well-known/essaim/php?nonce=") for path in site.asked) == 1
    assert site.asked.count("/") == 1


def test_the_version_that_is_asked_for_has_to_answer() -> None:
    spec = msgspec.structs.replace(SPEC, php="8.4")
    assert prove(FakeSite(php="8.4"), spec).holds
    former = prove(FakeSite(php="8.2"), spec)
    assert former.code == "probe.other_php"
    assert former.sentence == f"PHP 8.2 answers for {SITE}, and not PHP 8.4."


def test_a_gentle_proof_wakes_no_php() -> None:
    site = FakeSite()
    assert prove(site, gentle=True).holds
    assert set(site.asked) == {"/.well-known/essaim/proof"}


def test_aliases_are_proved_too() -> None:
    proof = prove(FakeSite(), msgspec.structs.replace(SPEC, aliases=(Fqdn("example.test"),)))
    assert sum(probe.check == "proof" for probe in proof.probes) == 4


def test_https_is_proved_with_its_certificate(tmp_path: Path) -> None:
    spec = msgspec.structs.replace(SPEC, https=True)
    proof = prove(FakeSite(), spec, certificate=make_certificate(tmp_path / "c.pem", SITE))
    assert proof.holds
    assert sum(probe.scheme == "https" for probe in proof.probes) == 4


@pytest.mark.parametrize(
    ("names", "days", "authority", "words"),
    [
        (["other.example.test"], 1, "its own", "not valid for 'www.example.test'"),
        ([SITE], -1, "its own", "expired"),
        ([SITE], 1, "another", "self-signed"),
    ],
)
def test_a_certificate_that_a_browser_refuses_is_refused(
    tmp_path: Path, names: list[str], days: int, authority: str, words: str
) -> None:
    served = make_certificate(tmp_path / "served.pem", *names, days=days)
    ca = served if authority == "its own" else make_certificate(tmp_path / "ca.pem", SITE)
    proof = prove(FakeSite(), msgspec.structs.replace(SPEC, https=True), certificate=served, ca=ca)
    assert proof.code == "probe.certificate"
    assert words in proof.sentence


def test_a_front_page_that_fails_is_a_fact_and_no_fault() -> None:
    proof = prove(FakeSite(front=500))
    assert proof.holds
    assert proof.facts["front_status"] == 500


@pytest.mark.parametrize(
    ("site", "code"),
    [
        (FakeSite(proof="b" * 26), "probe.other_site"),
        (FakeSite(proof=""), "probe.other_site"),
        (FakeSite(login="neighbour"), "probe.other_account"),
        (FakeSite(status=404), "probe.status"),
        (FakeSite(status=301), "probe.status"),
        (FakeSite(state="suspended", status=503), "probe.not_served"),
    ],
)
def test_a_site_that_is_not_the_one_wanted_is_told(site: FakeSite, code: str) -> None:
    proof = prove(site)
    assert proof.code == code
    assert proof.sentence.endswith(".")
    assert proof.advice


def test_a_suspended_site_has_to_say_so() -> None:
    spec = msgspec.structs.replace(SPEC, expect="suspended")
    assert prove(FakeSite(state="suspended", status=503), spec).holds
    assert prove(FakeSite(), spec).code == "probe.still_served"


def test_a_site_that_is_gone_is_unknown_or_leads_nowhere() -> None:
    spec = msgspec.structs.replace(SPEC, expect="gone")
    assert prove(FakeSite(state="unknown", status=404), spec).holds
    assert prove(FakeSite(), spec).code == "probe.still_served"
    assert prove_by_name(Addresses(), spec).holds
    assert prove_by_name(Addresses(ipv4=("192.0.2.7",)), spec).holds


def test_a_name_that_leads_elsewhere_is_told() -> None:
    proof = prove_by_name(Addresses(ipv4=("192.0.2.7",), ipv6=("::1",)))
    assert proof.code == "probe.name_elsewhere"
    assert "192.0.2.7" in proof.sentence


@pytest.mark.parametrize("found", [Addresses(), Addresses(ipv4=("127.0.0.1",))])
def test_a_name_without_an_address_of_a_family_is_told(found: Addresses) -> None:
    assert prove_by_name(found).code == "probe.name_unresolved"


def test_a_resolver_that_does_not_answer_is_not_the_site_s_fault() -> None:
    assert prove_by_name(ResolverAway("No answer.")).code == "probe.resolver_away"


def test_a_machine_that_does_not_listen_is_told() -> None:
    proof = prove_by_name(ADDRESSES)
    assert proof.code == "probe.refused"
    assert "127.0.0.1" in proof.sentence


def test_addresses_are_compared_in_their_shortest_form() -> None:
    found = sort_addresses(["2001:db8:0:0::1", "192.0.2.1", "2001:DB8::1"])
    assert found == Addresses(ipv4=("192.0.2.1",), ipv6=("2001:db8::1",))
