"""Keys: who may come in by SSH. What shuts out is written first, so that no moment lets in whom the Manager has shut out."""

from typing import ClassVar

from essaim.agent.engines import ssh
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift
from essaim.agent.ssh import places
from essaim.contract import Keys


class KeysResource:
    """The people of this machine, the authorities that it believes, what is revoked."""

    kind: ClassVar[str] = "keys"
    mends: ClassVar[bool] = True
    slow: ClassVar[bool] = False

    def apply(self, spec: Keys, revision: int, machine: Machine) -> Applied:
        """sshd and its door go by `spec`; sessions that it shuts out are ended."""
        _require_ours(spec, machine)
        presents_anew = False
        for path, data in ssh.files_of(spec, revision, machine.paths):
            changed = machine.files.write(path, data, durable=path.name != "host_key-cert.pub")
            presents_anew = presents_anew or (changed and path.name == "host_key-cert.pub")
        ssh.ensure_people(spec, machine)
        word = places.read(ssh.where(machine.paths).word)
        shut_out = [
            session
            for session in ssh.open_sessions(machine.paths)
            if session["serial"] in spec.serials
            or not places.opens(word, login=session["login"], authority=session.get("authority", ""))
        ]
        ssh.cut(shut_out, machine)
        if presents_anew:
            machine.systemd.queue_reload(ssh.UNIT)
        return Applied(facts={"people": len(spec.people), "revoked": len(spec.serials), "ended": len(shut_out)})

    def remove(self, key: str, *, erase: bool, machine: Machine) -> None:  # noqa: ARG002 (of the protocol)
        """Nobody comes in any more, and who is in is out."""
        spots = ssh.where(machine.paths)
        for name in ("authorities", "word.json", "host_key-cert.pub"):
            machine.files.remove(spots.etc / name)
        machine.files.remove(spots.lease)
        ssh.cut(ssh.open_sessions(machine.paths), machine)
        for record in (*machine.paths.userdb.glob("v_*.user"), machine.paths.userdb / f"{places.GLASS}.user"):
            machine.files.remove(record)

    def drift(self, spec: Keys, machine: Machine) -> Drift | None:
        """Looks at the files of the door and the records of the people."""
        revision = places.read(ssh.where(machine.paths).word).get("revision", 0)
        expected = [*ssh.files_of(spec, revision, machine.paths)]
        expected += [(path, text.encode()) for path, text in ssh.users_of(spec, machine.paths)]
        for path, data in expected:
            if not path.is_file() or path.read_bytes() != data:
                return Drift("keys.file_changed", f"{path} was missing or changed.", {"path": str(path)})
        return None


def _require_ours(spec: Keys, machine: Machine) -> None:
    if not ssh.is_here(machine.paths):
        raise PermanentError(
            "keys.no_sshd",
            "This machine has no sshd that Essaim knows of.",
            "Install openssh-server and sudo, then run `/opt/essaim/bin/essaim-agent install`.",
        )
    if machine.config.machine not in ("", str(spec.machine)):
        raise PermanentError(
            "keys.of_another_machine",
            f"This is about who may come into {spec.machine}.",
            "Report a fault of the manager.",
            facts={"machine": str(spec.machine)},
        )
    if spec.host_key != ssh.host_key(machine.paths):
        raise PermanentError(
            "keys.host_key_changed",
            "The key of this machine is another than the one that was signed.",
            "Nothing: the manager signs the new one when it hears of it.",
        )
    for person in spec.people:
        if not ssh.FIRST_UID <= person.uid <= ssh.LAST_UID:
            raise PermanentError(
                "keys.uid_refused",
                f"Number {person.uid} is not one for people ({ssh.FIRST_UID} to {ssh.LAST_UID}).",
                "Report a fault of the manager.",
                facts={"uid": person.uid, "first": ssh.FIRST_UID, "last": ssh.LAST_UID},
            )
