"""Puts sshd into service for the people of the team: their groups, a host key, sshd's and sudo's own configuration.

sshd and sudo are asked about what is new before it takes the place of what was.
"""

from pathlib import Path

import essaim
from essaim.agent.engines.files import Files
from essaim.agent.engines.ssh import where
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine, Paths

SHIPPED = Path(__file__).parent / "machine_files/ssh"
PROGRAMS = {"ssh-door": "door", "ssh-enter": "enter", "ssh-as-root": "as_root"}
UNIT = "ssh.service"


def is_possible(paths: Paths) -> bool:
    """Debian's openssh-server and sudo are here."""
    return (paths.root / "usr/sbin/sshd").exists() and (paths.root / "etc/sudoers.d").is_dir()


def prepare(machine: Machine) -> set[str]:
    """All that lies on the disk. Answers what changed of sshd's: it must read that anew.

    Raises:
        PermanentError: `install.sshd_refused`, `install.sudo_refused`; the former files are back.
    """
    files, root, spots = machine.files, machine.paths.root, where(machine.paths)
    machine.run.run(["systemd-sysusers", root / "etc/sysusers.d/essaim.conf"])
    for place in (spots.run, spots.comings, spots.sessions, spots.recordings.parent, spots.recordings, spots.etc):
        place.parent.mkdir(parents=True, exist_ok=True)
        files.directory(place, mode=0o755 if place in (spots.recordings.parent, spots.etc) else 0o700)
    files.directory(machine.paths.people, mode=0o711)
    _programs(files, root)
    _host_key(machine)
    if not (spots.etc / "revoked").exists():  # sshd lets nobody in while it cannot read it
        files.write(spots.etc / "revoked", b"")
    _sudo(machine)
    return _sshd(machine)


def _programs(files: Files, root: Path) -> None:
    place = root / "usr/local/lib/essaim"
    place.mkdir(parents=True, exist_ok=True)
    text = (SHIPPED / "run-module.sh").read_text().replace("@SOURCE@", str(Path(essaim.__file__).parents[1]))
    for name, module in PROGRAMS.items():
        files.write(place / name, text.replace("@MODULE@", module), mode=0o755, uid=0, gid=0)
    files.write(root / "usr/local/bin/essaim-root", (SHIPPED / "essaim-root.sh").read_bytes(), mode=0o755, uid=0, gid=0)


def _host_key(machine: Machine) -> None:
    key = where(machine.paths).etc / "host_key"
    if not key.exists():
        machine.run.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key])


def _sudo(machine: Machine) -> None:
    with machine.files.recording() as files:
        path = machine.paths.root / "etc/sudoers.d/essaim"
        if files.write(path, (SHIPPED / "sudoers").read_bytes(), mode=0o440, uid=0, gid=0):
            ran = machine.run.run(["visudo", "--check", "--quiet", "--file", path], check=False)
            if ran.code != 0:
                raise PermanentError(
                    "install.sudo_refused",
                    f"sudo refuses its new rules, and the former ones are back: {ran.said[-600:]}",
                    "Report this with the version that `sudo -V` says.",
                )


def _sshd(machine: Machine) -> set[str]:
    with machine.files.recording() as files:
        path = machine.paths.root / "etc/ssh/sshd_config.d/50-essaim.conf"
        if not files.write(path, (SHIPPED / "sshd.conf").read_bytes(), uid=0, gid=0):
            return set()
        (machine.paths.root / "run/sshd").mkdir(exist_ok=True)
        ran = machine.run.run(["/usr/sbin/sshd", "-t"], check=False)
        if ran.code != 0:
            raise PermanentError(
                "install.sshd_refused",
                f"sshd refuses its new configuration, and the former one is back: {ran.said[-600:]}",
                "sshd goes on as it was. Report this with the version that `ssh -V` says.",
            )
    return {path.name}


def start(machine: Machine) -> None:
    """sshd runs, now and after a boot, by what is on the disk."""
    machine.run.run(["systemctl", "enable", "--quiet", UNIT], check=False)
    machine.run.run(["systemctl", "reload-or-restart", UNIT], timeout_s=60)
