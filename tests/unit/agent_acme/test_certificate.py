"""The resource `certificate` with its process, against an authority on loopback."""

import asyncio
import os
import stat
import time

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from essaim.agent.engines import python
from essaim.agent.errors import AgentError, PermanentError, TemporaryError
from essaim.agent.resources import Applied
from essaim.agent.resources.certificate import CertificateResource
from essaim.contract import Fqdn
from tests.unit.agent_acme.authority import Refusal
from tests.unit.agent_acme.web import SITE, Web


def test_a_certificate_comes_with_a_key_that_fits_it(web: Web) -> None:
    applied = web.apply(web.spec(SITE, "example.test"))
    leaf = x509.load_pem_x509_certificate((web.tls / "fullchain.pem").read_bytes())
    key = serialization.load_pem_private_key((web.tls / "key.pem").read_bytes(), password=None)
    assert leaf.public_key() == key.public_key()
    assert applied.facts["names"] == "www.example.test example.test"
    assert applied.facts["issuer"] == "Test authority"
    assert applied.facts["fingerprint"] == leaf.fingerprint(hashes.SHA256()).hex()
    assert applied.facts["not_after"] == leaf.not_valid_after_utc.timestamp()


def test_only_root_and_nginx_read_the_key(web: Web) -> None:
    web.apply()
    assert stat.S_IMODE((web.tls / "key.pem").stat().st_mode) == 0o640
    assert stat.S_IMODE(web.tls.stat().st_mode) == 0o750


def test_challenges_are_taken_away_again(web: Web) -> None:
    web.apply()
    assert list(web.machine.paths.challenges.iterdir()) == []


def test_a_valid_certificate_is_kept(web: Web) -> None:
    assert web.apply().facts == web.apply().facts
    assert web.authority.asked.count("order") == 1


def test_other_names_are_a_new_certificate_with_the_same_key(web: Web) -> None:
    web.apply()
    before = (web.tls / "key.pem").read_bytes()
    web.apply(web.spec(SITE, "new.example.test"))
    assert web.authority.asked.count("order") == 2
    assert (web.tls / "key.pem").read_bytes() == before


def test_a_key_older_than_a_year_is_made_anew(web: Web) -> None:
    web.apply()
    before = (web.tls / "key.pem").read_bytes()
    os.utime(web.tls / "key.pem", (time.time() - 400 * 86400,) * 2)
    web.apply(web.spec(SITE, "new.example.test"))
    assert (web.tls / "key.pem").read_bytes() != before


def test_a_certificate_near_its_end_is_renewed(web: Web) -> None:
    web.apply()
    web.change("facts.json", not_before=time.time() - 85 * 86400, not_after=time.time() + 5 * 86400)
    assert web.run(lambda resource: resource.drift(web.spec(), web.machine)) is not None
    web.apply()
    assert web.authority.asked.count("order") == 2


def test_a_chain_somebody_replaced_is_ordered_anew(web: Web) -> None:
    web.apply()
    (web.tls / "fullchain.pem").write_text("other")
    web.apply()
    assert web.authority.asked.count("order") == 2


def test_rejected_nonces_are_tried_again(web: Web) -> None:
    web.authority.nonces_rejected = 5
    assert web.apply().facts["serial"] == "1"


def test_a_slow_authority_is_waited_for(web: Web) -> None:
    web.authority.polls_pending = 3
    assert web.apply().facts["serial"] == "1"


def test_an_account_the_authority_forgot_is_made_again(web: Web) -> None:
    web.apply()
    web.authority.accounts_forgotten = True
    web.apply(web.spec(SITE, "new.example.test"))
    assert web.authority.asked.count("account") == 2


def test_many_orders_are_under_way_at_once(web: Web) -> None:
    web.authority.polls_pending = 2

    async def all_of_them(resource: CertificateResource) -> int:
        names = [Fqdn(f"s{n}.example.test") for n in range(24)]
        specs = [msgspec.structs.replace(web.spec(name), fqdn=name) for name in names]
        await asyncio.gather(*(resource.apply(spec, 1, web.machine) for spec in specs))
        return len(list(web.machine.paths.tls.glob("s*/fullchain.pem")))

    assert web.run(all_of_them) == 24
    assert web.authority.asked.count("account") == 1


def test_a_process_that_was_killed_is_started_again(web: Web) -> None:
    async def killed(resource: CertificateResource) -> Applied:
        await resource.warm(web.machine)
        await resource.close()
        return await resource.apply(web.spec(), 1, web.machine)

    assert web.run(killed).facts["serial"] == "1"


def test_the_process_ends_when_nobody_holds_it(web: Web) -> None:
    words = [
        *python.command("essaim.agent.acme"),
        str(web.machine.paths.state),
        str(web.machine.paths.challenges),
        "none",
    ]
    ran = web.machine.run.run(words, stdin=b"", environment=python.environment(), timeout_s=20)
    assert ran.out == b""


@pytest.mark.parametrize(
    ("place", "refused", "code", "error"),
    [
        ("order", Refusal("rejectedIdentifier", "Policy forbids it"), "certificate.ca_refused", PermanentError),
        ("order", Refusal("serverInternal", "Boom", 500), "certificate.ca_unreachable", TemporaryError),
        ("finalize", Refusal("badCSR", "Weak key"), "certificate.ca_refused", PermanentError),
        ("order", Refusal("rateLimited", "Too many", 429), "certificate.rate_limited", TemporaryError),
    ],
)
def test_what_the_authority_refuses_is_told_in_its_words(
    web: Web, place: str, refused: Refusal, code: str, error: type[AgentError]
) -> None:
    web.authority.refusals[place] = refused
    told = web.refusal()
    assert (told.code, type(told)) == (code, error)
    assert str(refused) in told.sentence


def test_a_rate_limit_is_honoured(web: Web) -> None:
    web.authority.refusals["order"] = Refusal("rateLimited", "Too many", 429, Retry_After="4321")
    assert web.refusal().retry_in_s == 4321


def test_a_name_that_does_not_point_here_is_told_as_the_authority_saw_it(web: Web) -> None:
    web.authority.names_refused["example.test"] = "connection 192.0.2.7: connection refused"
    told = web.refusal(web.spec(SITE, "example.test"))
    assert told.code == "certificate.name_not_pointing"
    assert "example.test: 192.0.2.7: connection refused" in told.sentence


def test_a_caa_record_that_forbids_is_told(web: Web) -> None:
    web.authority.names_refused[SITE] = "caa While processing CAA: forbidden"
    assert web.refusal().code == "certificate.caa_forbids"


def test_a_certificate_for_another_key_is_never_put_in_place(web: Web) -> None:
    web.authority.another_key = True
    assert web.refusal().code == "certificate.ca_odd"
    assert not web.tls.exists()


def test_a_failed_renewal_leaves_what_serves(web: Web) -> None:
    web.apply()
    before = (web.tls / "fullchain.pem").read_bytes()
    web.authority.refusals["order"] = Refusal("serverInternal", "Boom", 500)
    web.refusal(web.spec(SITE, "new.example.test"))
    assert (web.tls / "fullchain.pem").read_bytes() == before
    assert list((web.tls.parent / ".new").iterdir()) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/directory", "https://127.0.0.1:1/", "nonsense", "http://[::1]:x/"])
def test_an_authority_that_cannot_be_reached_is_told(web: Web, url: str) -> None:
    told = web.refusal(msgspec.structs.replace(web.spec(), directory=url))
    assert told.code in ("certificate.ca_unreachable", "certificate.ca_odd")
    assert isinstance(told, TemporaryError)


def test_erasing_takes_the_key_away_and_closing_does_not(web: Web) -> None:
    web.apply()
    web.run(lambda resource: resource.remove(SITE, erase=False, machine=web.machine))
    assert (web.tls / "key.pem").exists()
    web.run(lambda resource: resource.remove(SITE, erase=True, machine=web.machine))
    assert not web.tls.exists()
