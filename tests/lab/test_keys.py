"""Keys to the machines, on real ones: who comes in by a certificate, who does not, and how fast one that is revoked is refused."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.entering import Computer, confirm
from tests.lab.whole import account, beside_manager, eventually, stopped

DJANGO = "import django, json, sys; django.setup()\n"


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    """A machine that lets people in."""
    machine = platform.lab.machine("web1")
    eventually(lambda: _is_open(machine))
    return machine


@pytest.fixture
def computer(platform: Platform, web: Machine, tmp_path: Path) -> Computer:
    """Of somebody who has just shown that it is them."""
    confirm(platform)
    return Computer(platform, tmp_path)


def _is_open(machine: Machine) -> bool:
    """The door has a fresh word, and people."""
    script = (
        "import sys; sys.path.insert(0, '/opt/essaim/src'); from essaim.agent.ssh import places as p; w = p.Places(); "
    )
    script += "sys.exit(not (p.is_fresh(w) and p.read(w.word).get('logins')))"
    return machine.run(["python3", "-c", script], check=False).returncode == 0


@contextmanager
def cut_off(machine: Machine) -> Iterator[None]:
    """The machine hears nothing of the bus, and does not know it."""
    rule = "table inet cut { chain o { type filter hook output priority 0; tcp dport 4222 drop; }; chain i { type filter hook input priority 0; tcp sport 4222 drop; }; }"
    machine.run(["nft", rule])
    try:
        yield
    finally:
        machine.run(["nft", "delete table inet cut"])


def said(ran: subprocess.CompletedProcess[bytes]) -> str:
    return ran.stdout.decode() + ran.stderr.decode()


def journal(machine: Machine) -> str:
    return machine.run(["journalctl", "-t", "essaim-ssh", "-o", "cat", "-n", "20"]).stdout.decode()


# -- coming in


def test_a_person_comes_in_as_themselves_and_is_asked_nothing_about_the_machines_key(computer: Computer) -> None:
    ran = computer.essaim("ssh", "web1", "--reason", "looking", "--", "id -un; echo $ESSAIM_ROLE")
    assert ran.returncode == 0, said(ran)
    login, role = ran.stdout.decode().split()
    assert login == computer.given("web1")["login"]
    assert role == "operator"
    assert "authenticity" not in said(ran)


def test_the_same_certificate_serves_until_it_ends(computer: Computer) -> None:
    computer.essaim("ssh", "web1", "true")
    first = computer.given("web1")["serial"]
    computer.essaim("ssh", "web1", "true")
    assert computer.given("web1")["serial"] == first


def test_exit_codes_and_both_streams_come_through(computer: Computer) -> None:
    ran = computer.essaim("ssh", "web1", "--", "echo out; echo err >&2; exit 7")
    assert (ran.returncode, ran.stdout) == (7, b"out\n")
    assert b"err" in ran.stderr


def test_who_has_not_shown_that_it_is_them_gets_none(computer: Computer, platform: Platform) -> None:
    clear = f"{DJANGO}from essaim.manager.keys.models import Confirmation\nConfirmation.objects.all().delete()\nprint(json.dumps(1))"
    beside_manager(platform, clear)
    ran = computer.essaim("ssh", "web1", "true")
    assert ran.returncode == 6
    assert "keys.not_confirmed" in said(ran)


def test_a_machine_with_another_key_is_not_believed(computer: Computer, web: Machine) -> None:
    computer.essaim("ssh", "web1", "true")
    as_other = {**computer.options("web1"), "HostKeyAlias": "web2"}
    ran = computer.ssh("-l", computer.given("web1")["login"], web.address4, "true", **as_other)
    assert ran.returncode == 255
    assert "Host key verification failed" in said(ran) or "is not signed" in said(ran) or "not listed" in said(ran)


# -- and not


def test_a_certificate_for_another_machine_opens_nothing_here(computer: Computer, web: Machine) -> None:
    computer.essaim("ssh", "outside1", "true")
    login = computer.given("outside1")["login"]
    options = {**computer.options("outside1"), "HostKeyAlias": "web1"}
    ran = computer.ssh("-l", login, web.address4, "true", **options)
    assert ran.returncode == 255
    assert "it is for another machine" in journal(web)


def test_a_certificate_opens_no_other_user(computer: Computer, web: Machine) -> None:
    computer.essaim("ssh", "web1", "true")
    for user in ("root", "www-data", "v_nobody"):
        ran = computer.ssh("-l", user, web.address4, "true", **computer.options("web1"))
        assert ran.returncode == 255, user


def test_an_ended_certificate_opens_nothing(computer: Computer, web: Machine) -> None:
    computer.essaim("ssh", "web1", "--for", "1m", "true")
    login, until = computer.given("web1")["login"], computer.given("web1")["valid_until"]
    from datetime import UTC, datetime

    time.sleep(max(0.0, (datetime.fromisoformat(until) - datetime.now(UTC)).total_seconds()) + 1)
    ran = computer.ssh("-l", login, web.address4, "true", **computer.options("web1"))
    assert ran.returncode == 255


def test_a_key_without_the_authoritys_word_opens_nothing(computer: Computer, web: Machine, tmp_path: Path) -> None:
    computer.essaim("ssh", "web1", "true")
    login = computer.given("web1")["login"]
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "ca"], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "own"], check=True)
    sign = ["ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", f"{login}/root/1", "-z", "1", "-n", f"{login}:root@web1"]
    subprocess.run([*sign, tmp_path / "own.pub"], check=True)
    options = computer.options("web1") | {"IdentityFile": str(tmp_path / "own")}
    for certificate in (tmp_path / "own-cert.pub", tmp_path / "own.pub"):
        ran = computer.ssh("-l", login, web.address4, "true", **options | {"CertificateFile": str(certificate)})
        assert ran.returncode == 255


def test_a_clients_account_cannot_use_sshd(computer: Computer, platform: Platform, web: Machine) -> None:
    login = account(platform, "keysclient")
    eventually(lambda: web.run(["id", login], check=False).returncode == 0)
    computer.essaim("ssh", "web1", "true")
    assert computer.ssh("-l", login, web.address4, "true", **computer.options("web1")).returncode == 255
    no_certificate = computer.ssh("-l", login, web.address4, "true", PreferredAuthentications="password,keyboard-interactive",
                                  UserKnownHostsFile=str(computer.folder("web1") / "known_hosts"), HostKeyAlias="web1")  # fmt: skip
    assert "(publickey)" in said(no_certificate)
    as_client = ["setpriv", f"--reuid={login}", f"--regid={login}", "--clear-groups"]
    assert web.run([*as_client, "sudo", "-n", "/usr/local/lib/essaim/ssh-enter"], check=False).returncode != 0
    assert web.run([*as_client, "cat", "/etc/essaim/ssh/host_key"], check=False).returncode != 0


def test_a_machines_credential_gets_no_certificate(platform: Platform, web: Machine) -> None:
    token = web.read_file("/etc/essaim/agent.jwt").decode().strip()
    sent = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-d", "{}"]
    url = "http://manager1.lab.test:8000/api/v1/keys/certificates"
    ran = web.run([*sent, "-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json", url])
    assert ran.stdout == b"401"


# -- root, and what is kept


def test_an_operator_is_not_root(computer: Computer) -> None:
    for words in (
        "sudo -n id",
        "essaim-root -r why id",
        "essaim-root -r why bash",
        "sudo -n /usr/local/lib/essaim/ssh-as-root x id",
    ):
        ran = computer.essaim("ssh", "web1", "--", words)
        assert ran.returncode != 0, words
        assert b"uid=0" not in ran.stdout
    ran = computer.essaim("ssh", "web1", "--", "essaim-root -r 'a new page' systemctl reload essaim-web.service")
    assert ran.returncode == 0, said(ran)


def test_root_is_had_with_a_reason_and_the_reason_is_kept(computer: Computer, platform: Platform) -> None:
    ran = computer.essaim("ssh", "web1", "--role", "root", "--reason", "disk full", "--", "essaim-root id -u")
    assert ran.returncode == 77
    ran = computer.essaim("ssh", "web1", "--role", "root", "--", "essaim-root -r 'which disk is it' id -u; id -un")
    assert ran.stdout.decode().split() == ["0", computer.given("web1", "root")["login"]], said(ran)
    serial = computer.given("web1", "root")["serial"]

    def told() -> bool:
        found = platform.api.get("/keys/sessions", limit=10)["items"]
        return any(one["serial"] == serial and one["became_root"] and one["ended_at"] for one in found)

    eventually(told, seconds=20)
    session = next(one for one in platform.api.get("/keys/sessions", limit=10)["items"] if one["became_root"])
    assert session["became_root"][0]["reason"] == "which disk is it"
    assert session["reason"] == "disk full"
    assert session["origin"] == platform.lab.machine("outside1").address4


def test_what_a_session_printed_is_recorded_where_the_person_cannot_write(
    computer: Computer, platform: Platform, web: Machine
) -> None:
    computer.essaim("ssh", "web1", "--", "echo a-word-to-find")
    serial = computer.given("web1")["serial"]
    eventually(
        lambda: any(one["serial"] == serial for one in platform.api.get("/keys/sessions", limit=10)["items"]),
        seconds=20,
    )
    session = next(one for one in platform.api.get("/keys/sessions", limit=10)["items"] if one["serial"] == serial)
    assert session["recording"].startswith("/var/log/essaim/sessions/v_")
    played = web.run(
        [
            "sudoreplay",
            "-m",
            "0",
            "-d",
            "/var/log/essaim/sessions",
            session["recording"].removeprefix("/var/log/essaim/sessions/"),
        ]
    )
    assert b"a-word-to-find" in played.stdout
    ran = computer.essaim(
        "ssh", "web1", "--", f"ls {session['recording']}; rm -rf {session['recording']}; ls /run/essaim/ssh"
    )
    assert ran.returncode != 0
    assert b"Permission denied" in ran.stderr


# -- taken away


def test_a_revoked_certificate_is_refused_at_once_and_its_session_ends(
    computer: Computer, platform: Platform, web: Machine
) -> None:
    with computer.start("ssh", "web1", "--", "echo in; sleep 300 & exec sleep 300") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"in\n"
        given = computer.given("web1")
        began = time.monotonic()
        platform.api.post(f"/keys/certificates/{given['serial']}/revoke", {"reason": "lost laptop"})
        ran = computer.ssh("-l", given["login"], web.address4, "true", **computer.options("web1"))
        while ran.returncode == 0:
            ran = computer.ssh("-l", given["login"], web.address4, "true", **computer.options("web1"))
        refused = time.monotonic() - began
        running.wait(timeout=10)
    assert refused < 5
    assert running.returncode != 0
    assert web.run(["pgrep", "-u", given["login"], "sleep"], check=False).returncode == 1
    sessions = platform.api.get("/keys/sessions", limit=20)["items"]
    eventually(
        lambda: any(
            one["serial"] == given["serial"] and one["is_cut"] and one["ended_at"]
            for one in platform.api.get("/keys/sessions", limit=20)["items"]
        ),
        seconds=20,
    )
    assert sessions


def test_an_open_connection_gets_no_new_session_after_its_certificate_was_revoked(
    computer: Computer, platform: Platform, web: Machine, tmp_path: Path
) -> None:
    computer.essaim("ssh", "web1", "true")
    given, options = computer.given("web1"), computer.options("web1") | {"ControlPath": str(tmp_path / "c")}
    words = ["-f", "-N", "-M", "-l", given["login"], web.address4]
    argv = [
        "ssh",
        "-F",
        "none",
        *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
        *words,
    ]
    subprocess.run(
        platform.lab.outside_argv("outside1", argv),
        check=True,
        timeout=30,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert computer.ssh("-l", given["login"], web.address4, "true", **options).returncode == 0
    platform.api.post(f"/keys/certificates/{given['serial']}/revoke", {"reason": "lost laptop"})
    time.sleep(5)
    assert computer.ssh("-l", given["login"], web.address4, "true", **options).returncode != 0


def test_a_machine_that_was_away_lets_nobody_in_before_it_has_heard(
    computer: Computer, platform: Platform, web: Machine
) -> None:
    computer.essaim("ssh", "web1", "true")
    given = computer.given("web1")
    come = lambda: computer.ssh("-l", given["login"], web.address4, "true", **computer.options("web1")).returncode  # noqa: E731
    assert come() == 0
    with cut_off(web):
        began = time.monotonic()
        platform.api.post(f"/keys/certificates/{given['serial']}/revoke", {"reason": "while it is away"})
        time.sleep(max(0.0, 5 - (time.monotonic() - began)))
        assert come() == 255
        assert "has not said lately" in journal(web)
    eventually(lambda: _is_open(web))
    assert come() == 255
    assert (
        "it is revoked" in journal(web)
        or "revoked" in web.run(["journalctl", "-u", "ssh", "-o", "cat", "-n", "20"]).stdout.decode()
    )


def test_nobody_comes_in_while_the_worker_is_down(computer: Computer, platform: Platform, web: Machine) -> None:
    computer.essaim("ssh", "web1", "true")
    given = computer.given("web1")
    with stopped(platform.manager, "essaim-worker"):
        time.sleep(5)
        assert computer.ssh("-l", given["login"], web.address4, "true", **computer.options("web1")).returncode == 255
    eventually(lambda: _is_open(web))
    assert computer.ssh("-l", given["login"], web.address4, "true", **computer.options("web1")).returncode == 0


def test_who_loses_the_right_has_no_user_any_more(platform: Platform, web: Machine) -> None:
    make = f"""{DJANGO}
from essaim.manager.people import grants
from essaim.manager.people.models import Person
person, _ = Person.objects.get_or_create(email="leaver@example.test", defaults=dict(name="Leaver"))
if sys.argv[1] == "in":
    grants.found(person, ["administrator"], reason="for a test")
else:
    grants.withdraw_all(person, by=None, reason="leaves")
print(json.dumps(person.pk))
"""
    beside_manager(platform, make, "in")
    eventually(lambda: web.run(["id", "v_leaver"], check=False).returncode == 0)
    beside_manager(platform, make, "out")
    eventually(lambda: web.run(["id", "v_leaver"], check=False).returncode != 0)
    assert json.loads(web.read_file("/etc/essaim/ssh/word.json"))["logins"]
