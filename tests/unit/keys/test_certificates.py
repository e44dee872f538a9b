"""Certificates as OpenSSH itself reads them."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from essaim.agent.ssh import certificate as machines_reading
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.errors import MachineNotFound
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.keys import actions, errors, jobs
from essaim.manager.keys.actions import Given
from essaim.manager.keys.authority import authority
from essaim.manager.keys.models import Certificate, MachineUser
from essaim.manager.keys.revocations import revocation_list
from essaim.manager.people import grants
from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from tests.unit import factories as make
from tests.unit.keys.conftest import make_door, new_public_key


def give(by: Person, *machines: str, role: str = "operator", **changed: object) -> Given:
    wanted = {"lifetime": timedelta(hours=1), "public_key": new_public_key(), "reason": "looking"} | changed
    return actions.give_certificate(by=by, machines=machines or ("web1",), role=role, **wanted)  # type: ignore[arg-type]


def ssh_keygen(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ssh-keygen", *map(str, words)], capture_output=True, text=True, check=False)


@pytest.mark.django_db
def test_openssh_reads_who_for_what_and_until_when(team: Person, web1: Machine, tmp_path: Path) -> None:
    given = give(team, role="root")
    (tmp_path / "c.pub").write_text(given.text)
    said = ssh_keygen("-L", "-f", tmp_path / "c.pub").stdout
    assert "user certificate" in said
    assert f'Key ID: "{given.certificate.key_id}"' in said
    assert f"{given.certificate.login}:root@web1" in said
    assert "permit-pty" in said
    assert "permit-port-forwarding" not in said


@pytest.mark.django_db
def test_the_machine_reads_in_it_what_the_manager_wrote(team: Person, web1: Machine) -> None:
    given = give(team)
    said = machines_reading.read(given.text.split()[1])
    assert (said.serial, said.key_id) == (given.certificate.serial, given.certificate.key_id)
    assert said.principals == (f"{given.certificate.login}:operator@web1",)
    assert said.valid_before == int(given.certificate.valid_until.timestamp())


@pytest.mark.django_db
def test_a_host_certificate_is_no_key_to_machines(web1: Machine) -> None:
    jobs.follow()
    text = Wanted.objects.get(kind="keys").spec["host_certificate"]  # type: ignore[index]
    with pytest.raises(machines_reading.CertificateUnreadable):
        machines_reading.read(text.split()[1])


@pytest.mark.django_db
def test_keys_lie_encrypted_and_survive_a_restart(team: Person) -> None:
    public = authority("people").public
    kept = (settings.STATE / "ssh/people").read_bytes()
    assert b"OPENSSH" not in kept
    assert (settings.STATE / "ssh/people").stat().st_mode & 0o077 == 0
    assert authority("people").public == public
    assert authority("machines").public != public


@pytest.mark.django_db
@pytest.mark.parametrize("lifetime", [timedelta(hours=8, seconds=1), timedelta(seconds=59), timedelta(days=-1)])
def test_eight_hours_at_most(team: Person, web1: Machine, lifetime: timedelta) -> None:
    with pytest.raises(errors.TooLong):
        give(team, lifetime=lifetime)


@pytest.mark.django_db
def test_root_needs_a_reason(team: Person, web1: Machine) -> None:
    with pytest.raises(ReasonMissing):
        give(team, role="root", reason=" ")


@pytest.mark.django_db
def test_a_client_gets_none(web1: Machine) -> None:
    with pytest.raises(RightMissing):
        give(make.make_person(client=make.make_client()))


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "ssh-rsa AAAA", "-----BEGIN", "ssh-ed25519 AAAA", "\0"])
def test_what_is_no_ed25519_key_is_refused(team: Person, web1: Machine, text: str) -> None:
    with pytest.raises(errors.PublicKeyRefused):
        give(team, public_key=text)


@pytest.mark.django_db
def test_machines_that_are_not_there_or_let_nobody_in(team: Person, web1: Machine) -> None:
    make.make_machine("old1")
    with pytest.raises(MachineNotFound):
        give(team, "web1", "no-such")
    with pytest.raises(errors.MachineNotReady):
        give(team, "web1", "old1")
    assert not Certificate.objects.exists()


@pytest.mark.django_db
def test_openssh_refuses_what_is_in_our_list_and_nothing_else(team: Person, web1: Machine, tmp_path: Path) -> None:
    revoked, good = give(team), give(team)
    serials = [revoked.certificate.serial]
    (tmp_path / "list").write_bytes(revocation_list(authority("people").public, serials, version=1))
    for name, given in (("revoked", revoked), ("good", good)):
        (tmp_path / f"{name}.pub").write_text(given.text)
    assert ssh_keygen("-Q", "-f", tmp_path / "list", tmp_path / "revoked.pub").returncode == 1
    assert ssh_keygen("-Q", "-f", tmp_path / "list", tmp_path / "good.pub").returncode == 0
    (tmp_path / "empty").write_bytes(revocation_list(authority("people").public, [], version=0))
    assert ssh_keygen("-Q", "-f", tmp_path / "empty", tmp_path / "revoked.pub").returncode == 0


@pytest.mark.django_db
def test_revoking_tells_every_machine_in_the_same_transaction(team: Person, web1: Machine) -> None:
    make_door("web2")
    given = give(team)
    jobs.follow()
    before = dict(Wanted.objects.values_list("machine__name", "revision"))
    actions.revoke_certificate(given.certificate, by=team, reason="lost")
    for wish in Wanted.objects.filter(kind="keys").select_related("machine"):
        assert wish.spec is not None
        assert wish.spec["serials"] == [given.certificate.serial]
        assert wish.revision > before[wish.machine.name]
    assert AuditLine.objects.filter(code="keys.certificate_revoked", reason="lost").count() == 1


@pytest.mark.django_db
def test_revoking_twice_is_once(team: Person, web1: Machine) -> None:
    given = give(team)
    actions.revoke_certificate(given.certificate, by=team, reason="lost")
    actions.revoke_certificate(given.certificate, by=team, reason="lost again")
    assert Certificate.objects.get().revoke_reason == "lost"


@pytest.mark.django_db
def test_the_same_state_is_told_once(team: Person, web1: Machine) -> None:
    jobs.follow()
    first = Wanted.objects.get(kind="keys").revision
    jobs.follow()
    jobs.follow()
    assert Wanted.objects.get(kind="keys").revision == first


@pytest.mark.django_db
def test_who_loses_the_right_loses_certificates_and_user(web1: Machine) -> None:
    make.make_person(groups=("president",))  # somebody must be able to grant
    leaver = make.make_person(groups=("administrator",))
    give(leaver)
    jobs.follow()
    assert len(Wanted.objects.get(kind="keys").spec["people"]) == 1  # type: ignore[index]
    grants.withdraw_all(leaver, by=None, reason="leaves")
    jobs.follow()
    spec = Wanted.objects.get(kind="keys").spec
    assert spec is not None
    assert not spec.get("people")
    assert len(spec["serials"]) == 1
    assert MachineUser.objects.get().person == leaver  # the number stays theirs


@pytest.mark.django_db
def test_leaving_closes_the_door_of_ssh(team: Person, web1: Machine) -> None:
    from essaim.manager.core import leaving

    make.make_person(groups=("president",))  # somebody must be able to grant
    give(team)
    give(team)
    assert leaving.close_all(team, None)["certificates"] == 2
    assert actions.count_valid(team) == 0


@pytest.mark.django_db
def test_logins_and_numbers_are_never_given_twice(web1: Machine) -> None:
    people = [make.make_person(f"ada{n}@example.test", is_team=True) for n in range(3)]
    for person in people:
        person.name = "Ada É. Lovelace"
        person.save()
    jobs.follow()
    assert sorted(MachineUser.objects.values_list("login", flat=True)) == [
        "v_adaelovelace",
        "v_adaelovelace2",
        "v_adaelovelace3",
    ]
    last = MachineUser.objects.order_by("uid").last()
    assert last is not None
    last.person = None
    last.save()
    jobs.follow()
    assert len(set(MachineUser.objects.values_list("uid", flat=True))) == 4


@pytest.mark.django_db
def test_names_in_other_scripts_get_a_login(web1: Machine) -> None:
    person = make.make_person(is_team=True)
    person.name = "عائشة"
    person.save()
    jobs.follow()
    assert MachineUser.objects.get().login == "v_person"


@pytest.mark.django_db
def test_a_machine_gets_a_certificate_about_its_own_name_alone(web1: Machine, tmp_path: Path) -> None:
    web2 = make_door("web2")
    jobs.follow()
    spec = Wanted.objects.get(kind="keys", machine=web2).spec
    assert spec is not None
    (tmp_path / "h.pub").write_text(spec["host_certificate"])
    said = ssh_keygen("-L", "-f", tmp_path / "h.pub").stdout
    assert "host certificate" in said
    assert said.partition("Principals:")[2].split()[0] == "web2"
    assert "web1" not in said


@pytest.mark.django_db
def test_telling_machines_asks_the_same_few_questions_however_many_there_are(
    team: Person, web1: Machine, django_assert_max_num_queries: object
) -> None:
    for n in range(2, 12):
        make_door(f"web{n}")
    jobs.follow()
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        jobs.follow()
