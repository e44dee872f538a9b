"""Authorities whose keys are in a PKCS#11 token: SoftHSM, as Debian has it, and OpenSSH."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings as django_settings

from essaim.agent.ssh import certificate
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.keys import actions, jobs
from essaim.manager.keys.authority import Authority, authority
from essaim.manager.keys.errors import TokenAway
from essaim.manager.keys.models import Certificate
from essaim.manager.keys.token import TokenAuthority
from essaim.manager.people.models import Person
from tests.unit.keys.conftest import make_door, new_public_key

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
pytestmark = [
    pytest.mark.daemon,
    pytest.mark.django_db,
    pytest.mark.skipif(not MODULE.exists(), reason="softhsm2 is not installed"),
]
PIN = "56789012"


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token of SoftHSM's with two ECDSA keys, and the file of its PIN."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    (folder / "pin").write_text(f"{PIN}\n")
    _softhsm(folder, "--init-token", "--free", "--label", "essaim", "--so-pin", "1234567890", "--pin", PIN)
    for number, whom in enumerate(("people", "machines"), 1):
        made = ec.generate_private_key(ec.SECP256R1())
        (folder / "key").write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        where = ["--token", "essaim", "--label", f"essaim-{whom}", "--id", f"0{number}", "--pin", PIN]
        _softhsm(folder, "--import", str(folder / "key"), *where)
    return folder


def _softhsm(folder: Path, *words: str) -> None:
    environment = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf"), "PATH": "/usr/bin:/bin"}
    subprocess.run(["softhsm2-util", *words], env=environment, check=True, capture_output=True)


@pytest.fixture(autouse=True)
def _by_token(tokens: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(tokens / "softhsm2.conf"))
    settings.SSH_PKCS11 = (str(MODULE), "essaim", str(tokens / "pin"))  # type: ignore[attr-defined]


def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody pulled the token out."""
    monkeypatch.setenv("SOFTHSM2_CONF", "/nonexistent")


def sign(whom: str = "people") -> str:
    now = datetime.now(UTC)
    facts = {"key_id": "v_ada/root/7", "serial": 7, "principals": ["v_ada:root@web1", "v_ada:root@web2"]}
    key = Ed25519PrivateKey.generate().public_key()
    return authority(whom).sign(key, **facts, begins=now, ends=now + timedelta(hours=1))  # type: ignore[arg-type]


def test_the_tokens_key_signs_what_the_machine_reads() -> None:
    said = certificate.read(sign().split()[1])
    assert (said.serial, said.key_id, len(said.principals)) == (7, "v_ada/root/7", 2)
    assert abs(said.valid_before - datetime.now(UTC).timestamp() - 3600) < 60
    assert authority("people").public.startswith("ecdsa-sha2-nistp256 ")
    assert authority("people").public != authority("machines").public


def test_openssh_takes_both_sorts_for_what_they_are(tmp_path: Path) -> None:
    for whom, kind in (("people", "user certificate"), ("machines", "host certificate")):
        (tmp_path / "c.pub").write_text(sign(whom))
        said = subprocess.run(["ssh-keygen", "-L", "-f", tmp_path / "c.pub"], capture_output=True, text=True, check=True).stdout  # fmt: skip
        assert kind in said
        assert ("permit-pty" in said) is (whom == "people")
        assert "permit-port-forwarding" not in said


def test_a_token_that_is_away_or_another_is_told_in_words(tokens: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:  # fmt: skip
    sign()
    (tokens / "wrong").write_text("0000\n")
    for asked, why in (
        ((str(MODULE), "essaim", str(tokens / "wrong")), "PIN incorrect"),
        ((str(MODULE), "essaim", "/nonexistent"), "PIN, /nonexistent, cannot be read"),
        ((str(MODULE), "other", str(tokens / "pin")), "no public key with the label other-people; it has: essaim-"),
        (("/nonexistent.so", "new", str(tokens / "pin")), "not a PKCS11 library"),
    ):
        settings.SSH_PKCS11 = asked  # type: ignore[attr-defined]
        with pytest.raises(TokenAway, match=why):
            sign()
    settings.SSH_PKCS11 = (str(MODULE), "essaim", str(tokens / "pin"))  # type: ignore[attr-defined]
    away(monkeypatch)
    with pytest.raises(TokenAway):
        sign()


def test_revoking_needs_no_token(team: Person, web1: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    given = actions.give_certificate(by=team, machines=["web1"], role="operator", lifetime=timedelta(hours=1), public_key=new_public_key())  # fmt: skip
    jobs.follow()
    away(monkeypatch)
    make_door("new1")  # nobody can sign for it: it waits, and the others do not

    actions.revoke_certificate(given.certificate, by=team, reason="lost")

    told = {wish.machine.name: wish.spec for wish in Wanted.objects.filter(kind="keys").select_related("machine")}
    assert set(told) == {"web1"}
    assert told["web1"]["serials"] == [given.certificate.serial]  # type: ignore[index]
    with pytest.raises(TokenAway):
        actions.give_certificate(by=team, machines=["web1"], role="operator", lifetime=timedelta(hours=1), public_key=new_public_key())  # fmt: skip
    assert Certificate.objects.count() == 1


def test_without_a_module_the_key_is_a_file(settings: object) -> None:
    assert isinstance(authority("people"), TokenAuthority)
    settings.SSH_PKCS11 = ("", "essaim", "")  # type: ignore[attr-defined]
    assert isinstance(authority("people"), Authority)
    assert not (django_settings.STATE / "ssh/essaim-people").exists()
