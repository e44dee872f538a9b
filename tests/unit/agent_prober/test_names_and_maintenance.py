"""What a prober makes of maintenance, of wildcards, and of a closed site's own page."""

import msgspec
import pytest

from essaim.contract import Fqdn
from tests.unit.agent_prober.servers import SITE, SPEC, FakeSite
from tests.unit.agent_prober.test_proof import prove

BELOW = Fqdn("essaim-proof.example.test")


def test_a_site_in_maintenance_as_wanted_is_proved_by_its_own_door() -> None:
    spec = msgspec.structs.replace(SPEC, maintenance=True)
    proof = prove(FakeSite(front=503, front_state="maintenance"), spec)
    assert proof.holds
    assert proof.facts["front_status"] == 503
    assert prove(FakeSite(front=503, front_state="maintenance"), spec, gentle=True).holds


@pytest.mark.parametrize(
    ("maintenance", "state", "code"),
    [(True, "", "probe.not_in_maintenance"), (False, "maintenance", "probe.in_maintenance")],
)
def test_maintenance_that_is_not_as_wanted_is_told(maintenance: bool, state: str, code: str) -> None:  # noqa: FBT001 (a case)
    proof = prove(FakeSite(front_state=state), msgspec.structs.replace(SPEC, maintenance=maintenance))
    assert proof.code == code
    assert SITE in proof.sentence


def test_a_front_page_that_fails_by_itself_is_still_the_sites_own_affair() -> None:
    assert prove(FakeSite(front=500)).holds


def test_a_name_under_a_wildcard_is_proved_over_http_alone() -> None:
    spec = msgspec.structs.replace(SPEC, wildcards=(BELOW,), https=True)
    proof = prove(FakeSite(), spec)
    assert {(probe.scheme, probe.ok) for probe in proof.probes if probe.name == BELOW} == {("http", True)}
    assert prove(FakeSite(proof="b" * 26), msgspec.structs.replace(SPEC, wildcards=(BELOW,))).code == "probe.other_site"


def test_a_site_that_says_it_is_closed_is_gone() -> None:
    spec = msgspec.structs.replace(SPEC, expect="gone")
    assert prove(FakeSite(state="closed", status=410), spec).holds
    assert prove(FakeSite(state="unknown", status=421), spec).holds
    assert prove(FakeSite(), spec).code == "probe.still_served"
    assert prove(FakeSite(state="closed", status=410)).code == "probe.not_served"
