"""The prober tells when the certificate that it was shown ends."""

import time
from pathlib import Path

import msgspec
import pytest

from tests.unit.agent_prober.servers import SITE, SPEC, FakeSite, make_certificate
from tests.unit.agent_prober.test_proof import prove


@pytest.mark.parametrize("gentle", [False, True])
def test_the_end_of_what_was_shown_is_a_fact(tmp_path: Path, *, gentle: bool) -> None:
    certificate = make_certificate(tmp_path / "tls.pem", SITE, days=12)
    proof = prove(FakeSite(), msgspec.structs.replace(SPEC, https=True), certificate=certificate, gentle=gentle)
    assert proof.holds
    assert proof.facts["certificate_not_after"] == pytest.approx(time.time() + 12 * 86400, abs=60)


def test_without_https_there_is_none() -> None:
    assert "certificate_not_after" not in prove(FakeSite()).facts
