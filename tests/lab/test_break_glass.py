"""The drill: with the Manager, its database and the bus dead, two sheets and the kit open a machine; alive again, the whole team is told."""

import json
import time
from pathlib import Path

from essaim.lab.machine import Machine
from essaim.lab.platform import ADMIN, Platform
from tests.lab.entering import Computer
from tests.lab.whole import beside_manager, eventually, stopped

DJANGO = "import django, json, sys; django.setup()\n"
HOUSE = ("essaim-manager", "essaim-worker", "essaim-bus")
HOLDERS = [word for name in ("Alix", "Sacha", "Robin", "Camille", "Sol") for word in ("--holder", name)]
TOKEN = f"""{DJANGO}
from essaim.manager.people.tokens import issue_token
from essaim.manager.people.models import Person
person = Person.objects.get(email=sys.argv[1])
print(json.dumps(issue_token(person, name="drill", scopes=["vault:write"], by=person)[1]))
"""
TOLD = f"""{DJANGO}
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people.rights import holders
mails = Mail.objects.filter(kind="break-glass used")
lines = AuditLine.objects.filter(code="vault.break_glass_entered", about_key="web1")
print(json.dumps([sorted(mails.values_list("to", flat=True)), sorted(one.email for one in holders("team.see")), [line.facts for line in lines]]))
"""


def believes(machine: Machine, authority: str) -> bool:
    """The machine has heard of this break-glass authority."""
    return authority in machine.read_file("/etc/essaim/ssh/authorities").decode()


def test_two_sheets_open_a_machine_with_the_house_dead_and_everybody_hears(platform: Platform, tmp_path: Path) -> None:
    web = platform.lab.machine("web1")
    computer = Computer(platform, tmp_path, beside_manager(platform, TOKEN, ADMIN))
    sheets, kit = tmp_path / "sheets", tmp_path / "kit.json"
    made = computer.essaim("break-glass", "make", "--sheets", str(sheets), *HOLDERS)
    assert made.returncode == 0, made.stderr.decode()
    assert computer.essaim("break-glass", "kit", str(kit)).returncode == 0
    authority = json.loads(kit.read_text())["authority"]
    eventually(lambda: believes(web, authority))
    share = ["--share", str(sheets / "sheet-2.txt"), "--share", str(sheets / "sheet-5.txt")]
    come = ("break-glass", "ssh", "--person", "Alix of the drill")
    root = "id -un; essaim-root -r 'the drill' id -u; exit 0"
    dead = Computer(platform, tmp_path, more={"ESSAIM_URL": "http://192.0.2.1:1", "ESSAIM_TOKEN": ""})

    with stopped(platform.manager, *HOUSE):
        time.sleep(5)  # every lease is over
        one = dead.essaim(*come, *share[:2], *share[:2], str(kit), "web1", root)
        both = dead.essaim(*come, *share, str(kit), "web1", root)
        other = dead.ssh("-l", "root", web.address4, "true", **glass_options(tmp_path))

    assert one.returncode == 3
    assert b"2 different shares are needed" in one.stderr
    assert both.stdout.split() == [b"break-glass", b"0"], both.stderr.decode()
    assert other.returncode == 255
    journal = web.run(["journalctl", "-t", "essaim-ssh", "-p", "alert", "-o", "cat", "-n", "5"]).stdout.decode()
    assert "THE BREAK-GLASS KEY WAS USED by Alix of the drill" in journal

    def told() -> bool:
        mails, _team, lines = beside_manager(platform, TOLD)
        return bool(mails) and any(line["name"] == "Alix of the drill" for line in lines)

    eventually(told, seconds=60)
    mails, team, _lines = beside_manager(platform, TOLD)
    assert set(mails) >= set(team)
    eventually(lambda: not web.run(["ls", "/var/lib/essaim/agent/glass"]).stdout.strip())
    lost = computer.essaim("break-glass", "make", "--sheets", str(tmp_path / "new"), *HOLDERS)
    assert lost.returncode == 0
    eventually(lambda: not believes(web, authority))
    assert dead.ssh("-l", "break-glass", web.address4, "true", **glass_options(tmp_path)).returncode == 255


def glass_options(runtime: Path) -> dict[str, str]:
    """What ssh is told with the pass that `essaim break-glass ssh` left."""
    [folder] = (runtime / "essaim-ssh").glob("break-glass_*")
    return {
        "IdentityFile": str(folder / "key"),
        "CertificateFile": str(folder / "key-cert.pub"),
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": str(folder / "known_hosts"),
        "HostKeyAlias": "web1",
    }
