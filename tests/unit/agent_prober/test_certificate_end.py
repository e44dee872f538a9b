"""The prober tells when the certificate that it was shown ends."""

import ssl
import time
from pathlib import Path

import msgspec
import pytest

from essaim.agent.prober import http
from tests.unit.agent_prober.servers import SITE, SPEC, FakeSite, make_certificate
from tests.unit.agent_prober.test_proof import prove


@pytest.mark.parametrize("gentle", [False, True])
def test_the_end_of_what_was_shown_is_a_fact(tmp_path: Path, *, gentle: bool) -> None:
    certificate = make_certificate(tmp_path / "tls.pem", SITE, days=12)
    proof = prove(FakeSite(), msgspec.structs.replace(SPEC, https=True), certificate=certificate, gentle=gentle)
    assert proof.holds
    assert proof.facts["certificate_not_after"] == pytest.approx(time.time() + 12 * 86400, abs=60)


@pytest.mark.parametrize("text", ["Jan  5 09:34:43 2038 GMT", "Dec 31 23:59:59 2026 GMT", "Feb 29 00:00:00 2028 GMT"])
def test_it_is_read_as_the_standard_library_reads_it(text: str) -> None:
    class Writer:
        def get_extra_info(self, name: str) -> dict[str, str]:
            return {"notAfter": text}

    assert http._end_of(Writer()) == ssl.cert_time_to_seconds(text)  # type: ignore[arg-type]  # all that is asked of it


def test_without_https_there_is_none() -> None:
    assert "certificate_not_after" not in prove(FakeSite()).facts
