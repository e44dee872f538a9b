"""What a TLS client is shown: the pair of the name it asks for, as it stands at that moment, in TLS of the site's choice."""

import re
import subprocess
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_pem_x509_certificate, load_pem_x509_certificates

from benchmarks.handshakes import memory_mb, put_pairs
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import AGENT, apply, site
from tests.lab.load import meanwhile
from tests.lab.tls_pairs import Key, authority, name_of, pair, shake_hands
from tests.lab.web.serving import A, B

OURS = authority()
TLS = "/srv/essaim/tls"
EXCHANGE = """
import pathlib, sys, time
from essaim.agent.engines.files import exchange
until = time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    exchange(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    time.sleep(0.001)
"""
"""As often as no agent ever does it."""
KEYS: dict[str, Callable[[], Key]] = {
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Machine:
    return lab.machine("outside1")


def put(web: Machine, place: str, chain: bytes, key: bytes) -> None:
    """A pair, as the agent would put it: a directory of its own that takes the former's place."""
    web.run(["rm", "-rf", f"{TLS}/.test"])
    web.run(["install", "-d", "-m", "750", "-g", "www-data", f"{TLS}/.test"])
    web.write_file(f"{TLS}/.test/fullchain.pem", chain)
    web.write_file(f"{TLS}/.test/key.pem", key, mode=0o640, owner="root:www-data")
    web.run(["rm", "-rf", f"{TLS}/{place}"])
    web.run(["mv", "-T", f"{TLS}/.test", f"{TLS}/{place}"])


@pytest.fixture
def shown(web: Machine) -> Iterator[str]:
    """Alice's site has a certificate; what it is called."""
    chain, key = pair(OURS, A, f"www.{A}")
    put(web, A, chain, key)
    yield name_of(chain)
    web.run(["rm", "-rf", f"{TLS}/{A}", f"{TLS}/{B}"])
    apply(web, "web", site("alice", A, f"www.{A}"))


def test_each_name_gets_its_own_and_a_name_without_one_an_alert(web: Machine, outside: Machine, shown: str) -> None:
    told = shake_hands(outside, web, A, f"www.{A}", A.upper(), B, "nobody.test", "")
    assert told[:3] == [("TLSv1.3", shown)] * 3
    assert [version for version, _ in told[3:5]] == ["", ""]
    assert all("ALERT" in reason.upper() for _, reason in told[3:5])
    assert told[5][1].startswith("no-site-of-this-name.invalid")


def test_another_certificate_with_another_key_is_shown_at_the_next_handshake(
    web: Machine, outside: Machine, shown: str
) -> None:
    assert shake_hands(outside, web, *[A] * 8) == [("TLSv1.3", shown)] * 8  # by every worker
    chain, key = pair(OURS, A)
    put(web, A, chain, key)
    assert shake_hands(outside, web, *[A] * 20) == [("TLSv1.3", name_of(chain))] * 20
    web.run(["rm", "-rf", f"{TLS}/{A}"])
    assert [version for version, _ in shake_hands(outside, web, *[A] * 8)] == [""] * 8


def test_a_key_never_meets_the_certificate_of_another(web: Machine, outside: Machine, shown: str) -> None:
    second, key = pair(OURS, A)
    put(web, "second.test", second, key)
    script = [*AGENT, "-c", EXCHANGE, f"{TLS}/{A}", f"{TLS}/second.test", "6"]
    seen: list[tuple[str, str]] = []
    with meanwhile(lambda: seen.extend(shake_hands(outside, web, *[A] * 200))):
        web.run(script)
    assert {version for version, _ in seen} == {"TLSv1.3"}
    assert {name for _, name in seen} == {shown, name_of(second)}
    web.run(["rm", "-rf", f"{TLS}/second.test"])


def test_a_pair_that_does_not_fit_is_an_alert_for_its_site_alone(web: Machine, outside: Machine, shown: str) -> None:
    chain, _ = pair(OURS, B)
    put(web, B, chain, pair(OURS, B)[1])
    told = shake_hands(outside, web, B, A, B)
    assert [version for version, _ in told] == ["", "TLSv1.3", ""]


def test_a_wildcard_sites_certificate_is_for_the_names_below_it(web: Machine, outside: Machine, shown: str) -> None:
    chain, key = pair(OURS, f"*.{A}")
    web.run(["mkdir", "-p", f"/srv/essaim/sites/_.{A}"])
    web.run(["ln", "-sfn", f"{TLS}/_.{A}", f"/srv/essaim/sites/_.{A}/tls"])
    put(web, f"_.{A}", chain, key)
    told = shake_hands(outside, web, f"any.{A}", f"www.{A}", f"two.any.{A}")
    assert [told[0], told[1]] == [("TLSv1.3", name_of(chain)), ("TLSv1.3", shown)]
    assert told[2][0] == ""
    web.run(["rm", "-rf", f"/srv/essaim/sites/_.{A}", f"{TLS}/_.{A}"])


def test_tls_1_2_is_for_the_sites_that_ask_for_it(web: Machine, outside: Machine, shown: str) -> None:
    version, reason = shake_hands(outside, web, (A, "TLSv1_2"))[0]
    assert (version, reason) == ("", "TLSV1_ALERT_PROTOCOL_VERSION")
    apply(web, "web", site("alice", A, f"www.{A}", tls="intermediate"))
    told = shake_hands(outside, web, (A, "TLSv1_2"), (f"www.{A}", "TLSv1_2"), A)
    assert told == [("TLSv1.2", shown), ("TLSv1.2", shown), ("TLSv1.3", shown)]
    apply(web, "web", site("alice", A, f"www.{A}"))
    assert shake_hands(outside, web, (A, "TLSv1_2"))[0][0] == ""


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_who_comes_back_is_known_by_every_worker_and_no_ticket_key_exists(
    web: Machine, outside: Machine, shown: str, version: str
) -> None:
    apply(web, "web", site("alice", A, f"www.{A}", tls="intermediate"))
    client = f"openssl s_client -connect {web.address4}:443 -servername {A} {version} -ign_eof"
    ask = f"printf 'GET / HTTP/1.0\\r\\nHost: {A}\\r\\n\\r\\n'"
    outside.run(["sh", "-c", f"{ask} | {client} -sess_out /run/session >/dev/null 2>&1"])
    said = outside.run(["openssl", "sess_id", "-in", "/run/session", "-noout", "-text"]).stdout.decode()
    again = f"for n in 1 2 3 4 5 6 7 8; do {ask} | {client} -sess_in /run/session 2>/dev/null | grep -E '^(New|Reused),'; done"
    came = outside.run(["sh", "-c", again]).stdout.decode().split("\n")[:-1]
    # A session of TLS 1.3 is used once; of TLS 1.2 as often as somebody comes.
    assert came[0].startswith("Reused")
    assert all(one.startswith("Reused") for one in came) or version == "-tls1_3"
    ticket = re.search(r"TLS session ticket:\n((?:\s+[0-9a-f]{4} - .*\n)+)", said)
    assert ticket is None or len(ticket[1].splitlines()) <= 2, "a ticket that holds a session is longer than its number"


def test_a_handshake_is_not_held_up_by_a_worker_that_cannot_read(web: Machine, outside: Machine, shown: str) -> None:
    web.run(["chmod", "600", f"{TLS}/{A}/key.pem"])
    web.run(["chown", "root:root", f"{TLS}/{A}/key.pem"])
    web.run(["touch", f"{TLS}/{A}/fullchain.pem"])
    assert shake_hands(outside, web, A)[0][0] == ""
    said = subprocess.run(
        web.argv_inside(["journalctl", "-u", "essaim-web", "-n", "20"]), capture_output=True, check=True
    ).stdout.decode()
    assert f"the certificate of {A} cannot be used" in said


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_another_kind_is_shown_to_everybody(web: Machine, outside: Machine, shown: str, kind: str) -> None:
    chain, key = pair(OURS, A, key=KEYS[kind]())
    put(web, A, chain, key)
    assert shake_hands(outside, web, *[A] * 8) == [("TLSv1.3", name_of(chain))] * 8


def test_a_key_in_openssls_own_form_is_read(web: Machine, outside: Machine, shown: str) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    chain, _ = pair(OURS, A, key=own)
    put(web, A, chain, own.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    assert shake_hands(outside, web, A) == [("TLSv1.3", name_of(chain))]


def test_those_above_come_with_it(web: Machine, outside: Machine, shown: str) -> None:
    client = f"openssl s_client -connect {web.address4}:443 -servername {A} -showcerts </dev/null 2>/dev/null"
    sent = outside.run(["sh", "-c", f"for n in 1 2 3 4; do {client}; done"]).stdout
    above = load_pem_x509_certificate(OURS.below.public_bytes(Encoding.PEM))
    assert load_pem_x509_certificates(sent)[1::2] == [above] * 4


def test_more_certificates_than_workers_keep_leave_nothing_behind(web: Machine, outside: Machine, shown: str) -> None:
    names = [f"c{number}.many.test" for number in range(3000)]
    put_pairs(web, names)
    try:
        before = 0.0
        for _ in range(3):
            told = shake_hands(outside, web, *names)
            assert {version for version, _ in told} == {"TLSv1.3"}
            assert [said.split()[0] for _, said in told] == names
            now = memory_mb(web, "/run/essaim/nginx.pid")
            grown, before = now - before, now
        assert grown < 2, "what was read and not kept is let go"
    finally:
        web.run(["sh", "-c", "rm -rf /srv/essaim/sites/c*.many.test /srv/essaim/tls/c*.many.test"])
