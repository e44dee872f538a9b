"""Two of five sheets open the kit, with everything else dead."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from essaim import age, contract
from essaim.break_glass import entry, shares
from essaim.break_glass import kit as kits
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.fleet.models import Wanted
from essaim.manager.keys import glass
from essaim.manager.keys.models import Session
from essaim.manager.people.rights import RightMissing
from essaim.manager.vault import actions, break_glass, errors
from essaim.manager.vault.models import Key
from tests.unit import factories as make
from tests.unit.api.calling import token_for
from tests.unit.cli.conftest import Ended, essaim, house  # noqa: F401 - fixtures
from tests.unit.keys.conftest import make_door
from tests.unit.vault.conftest import PASSPHRASE

SOURCES = Path(__file__).resolve().parents[3] / "src"
HOLDERS = ("Alix", "Sacha", "Robin", "Camille", "Sol")
DEAD = """
import sys
class Dead:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "nats", "allauth", "httpx") or name.startswith(("essaim.manager", "essaim.bus")):
            raise ImportError(name + " is dead")
sys.meta_path.insert(0, Dead())
import socket
def no(*a, **k): raise OSError("no network")
socket.socket.connect = no
from essaim.cli.root import main
main(sys.argv[1:])
"""


def test_any_two_sheets_give_the_secret_and_one_does_not() -> None:
    secret = shares.new_secret()
    words = shares.split(secret)

    assert len(words) == 5
    assert {len(share.split()) for share in words} == {20}
    assert {shares.join([one, other]) for one in words for other in words if one != other} == {secret}
    for few in ([words[0]], [words[0], words[0]], []):
        with pytest.raises(shares.ShareError):
            shares.join(few)


def test_a_word_that_is_wrong_or_of_another_key_is_told() -> None:
    words, others = shares.split(shares.new_secret()), shares.split(shares.new_secret())
    with pytest.raises(shares.ShareError):
        shares.check(words[0].replace(words[0].split()[7], "zebra"))
    with pytest.raises(shares.ShareError):
        shares.join([words[0], others[1]])
    shares.check(f"  {words[0].upper()} ")


def kit_of(folder: Path) -> tuple[Path, list[str]]:
    """A kit and its words, with age's own lock."""
    recipient, key = age.new_key()
    secret = shares.new_secret()
    sealed = {"name": "registrar.example", "folder": "domains", "version": 1, "sealed": age.seal("s3same", [recipient])}
    lost = {"name": "lost", "version": 1, "sealed": age.seal("x", [age.new_key()[0]])}
    file = folder / "kit.json"
    file.write_text(
        kits.written(house="Essaim", at="2026-11-26", recipient=recipient, locked=age.lock(key, secret), secrets=[sealed, lost])
    )  # fmt: skip
    return file, shares.split(secret)


def dead(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command line in a process that has neither Django, Manager, bus nor network, nor any setting."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCES), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    argv = [sys.executable, "-c", DEAD, *arguments]
    return subprocess.run(argv, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def sheets(words: list[str], folder: Path, *numbers: int) -> list[str]:
    given = []
    for number in numbers:
        (folder / f"{number}.txt").write_text(words[number])
        given += ["--share", str(folder / f"{number}.txt")]
    return given


def test_with_everything_dead_two_sheets_open_the_kit(tmp_path: Path) -> None:
    file, words = kit_of(tmp_path)

    opened = dead("break-glass", "open", str(file), "--json", *sheets(words, tmp_path, 1, 4), folder=tmp_path)
    drill = dead("break-glass", "drill", str(file), *sheets(words, tmp_path, 0, 2), folder=tmp_path)

    assert opened.returncode == 0, opened.stderr
    [entry] = json.loads(opened.stdout)
    assert (entry["name"], entry["value"]) == ("registrar.example", "s3same")
    assert "These do not open: lost" in opened.stderr
    assert "tell the whole team" in opened.stderr
    assert "1 of 2 secrets open" in drill.stdout
    assert drill.returncode == 3
    assert "s3same" not in drill.stdout + drill.stderr + file.read_text()


def test_sheets_of_another_key_open_nothing(tmp_path: Path) -> None:
    file, _words = kit_of(tmp_path)
    others = shares.split(shares.new_secret())

    ended = dead("break-glass", "open", str(file), *sheets(others, tmp_path, 0, 1), folder=tmp_path)

    assert ended.returncode == 3
    assert "sheets are of another key" in ended.stderr


def test_the_key_is_made_split_and_registered_and_the_kit_follows(
    vault: SimpleNamespace,
    essaim: Callable[..., Ended],  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    token = {"ESSAIM_TOKEN": token_for(vault.alix)}
    folder = tmp_path / "sheets"
    holders = [word for holder in HOLDERS for word in ("--holder", holder)]
    made = essaim("break-glass", "make", "--sheets", str(folder), *holders, **token)
    assert made.code == 0, made.err
    assert sorted(file.name for file in folder.iterdir()) == [f"sheet-{number}.txt" for number in range(1, 6)]
    assert (folder / "sheet-1.txt").stat().st_mode & 0o777 == 0o600
    assert Key.objects.get(is_break_glass=True, ended_at=None).holders == list(HOLDERS)
    out = tmp_path / "kit.json"
    early = essaim("break-glass", "kit", str(out), **token)
    assert "Not sealed for the break-glass key yet, and not in it: registrar.example" in early.err

    actions.seal_anew(passphrase=PASSPHRASE, by=vault.alix)
    essaim("break-glass", "kit", str(out), **token)
    given = ["--share", str(folder / "sheet-2.txt"), "--share", str(folder / "sheet-5.txt")]
    opened = essaim("break-glass", "open", str(out), *given, **token)

    assert "s3same-Street" in opened.out
    assert "s3same-Street" not in out.read_text()
    assert "The whole team gets a letter" in opened.err
    assert AuditLine.objects.filter(code="vault.break_glass_used").exists()
    assert {mail.to for mail in Mail.objects.filter(kind="break-glass used")} >= {vault.alix.email, vault.sacha.email}
    assert "1 of 1 secrets open" in essaim("break-glass", "drill", str(out), *given, **token).out


def use(session: str = "00000000000000a1", serial: int = 7) -> contract.GlassUses:
    told = contract.GlassUse(id=session, name="Alix", serial=serial, origin="192.0.2.7", opened_at=1.8e9)
    return contract.GlassUses(uses=(told,))


def test_a_machine_that_was_opened_by_break_glass_rings_everybody_once(vault: SimpleNamespace) -> None:
    web1 = make_door("web1")
    for told in (use(), use(), use("00000000000000a2")):
        break_glass.take_uses(web1, told)

    assert {mail.to for mail in Mail.objects.filter(kind="break-glass used")} >= {vault.alix.email, vault.robin.email}
    assert Mail.objects.filter(kind="break-glass used", to=vault.alix.email).count() == 1
    lines = AuditLine.objects.filter(code="vault.break_glass_entered", about_key="web1")
    assert [line.facts["name"] for line in lines] == ["Alix", "Alix"]
    assert {ask.about for ask in glass.asks()} == {("00000000000000a1",), ("00000000000000a2",)}
    assert Session.objects.filter(glass="Alix").count() == 2


def test_a_new_break_glass_key_replaces_the_authority_on_machines(vault: SimpleNamespace) -> None:
    make_door("web1")
    publics = []
    for _ in range(2):
        recipient, key = age.new_key()
        publics.append(entry.public_of(key))
        break_glass.register(recipient=recipient, locked=age.lock(key, "x"), holders=[], authority=publics[-1], by=vault.alix)  # fmt: skip
    wish = Wanted.objects.get(kind="keys")

    assert wish.spec is not None
    assert wish.spec["glass"] == publics[1] != publics[0]
    assert break_glass.take_kit(by=vault.alix).authority == publics[1]
    assert [one["name"] for one in break_glass.take_kit(by=vault.alix).machines] == ["web1"]
    recipient, key = age.new_key()
    with pytest.raises(errors.RecipientRefused):
        break_glass.register(recipient=recipient, locked=age.lock(key, "x"), holders=[], authority=publics[0], by=vault.alix)  # fmt: skip


def test_with_everything_dead_two_sheets_sign_for_the_machines_of_the_kit(tmp_path: Path) -> None:
    recipient, key = age.new_key()
    secret = shares.new_secret()
    doors = [{"name": "web1", "address4": "192.0.2.1", "address6": None}]
    told = {"authority": entry.public_of(key), "machines_authority": "ssh-ed25519 AAAA", "machines": doors}
    (tmp_path / "kit.json").write_text(kits.written(house="E", at="", recipient=recipient, locked=age.lock(key, secret), secrets=[], **told))  # fmt: skip
    words = shares.split(secret)
    asked = ["break-glass", "ssh", "--print", "--person", "Alix"]

    both = dead(*asked, *sheets(words, tmp_path, 0, 3), str(tmp_path / "kit.json"), "web1", "id", folder=tmp_path)
    one = dead(*asked, *sheets(words, tmp_path, 0, 0), str(tmp_path / "kit.json"), "web1", folder=tmp_path)

    assert both.returncode == 0, both.stderr
    assert both.stdout.endswith("-l break-glass 192.0.2.1 id\n")
    said = subprocess.run(["ssh-keygen", "-L", "-f", both.stdout.split("CertificateFile=")[1].split()[0]], capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert "break-glass:root@web1" in said
    assert "/Alix" in said
    assert one.returncode == 3


def test_only_who_changes_the_vault_makes_its_key_and_kit(vault: SimpleNamespace) -> None:
    supporter = make.make_person(groups=["supporter"])
    with pytest.raises(RightMissing):
        break_glass.register(recipient=age.new_key()[0], locked="", holders=[], by=supporter)
    with pytest.raises(RightMissing):
        break_glass.take_kit(by=supporter)
    with pytest.raises(errors.RecipientRefused):
        break_glass.register(recipient="age1", locked="x", holders=[], by=vault.alix)


def test_without_a_key_there_is_no_kit(vault: SimpleNamespace) -> None:
    Key.objects.filter(is_break_glass=True).delete()
    with pytest.raises(errors.BreakGlassMissing):
        break_glass.take_kit(by=vault.alix)
