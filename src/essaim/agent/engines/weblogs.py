"""The directories of the log: nginx' own for the team, and one for each account, which `essaim-logs.service` fills (docs/logs.md)."""

import contextlib
import grp
import os
import pwd

from essaim.agent.engines.files import KEEP
from essaim.agent.machine import Machine
from essaim.agent.weblog.raw import ACCESS, ERROR, FOLDER
from essaim.contract import Fqdn, Login

USER = "essaim-logs"
_SETTINGS = """\
# How long logs are kept, in days. Yours to change; then: systemctl restart essaim-logs
# The whole log with visitors' addresses, which only root reads: as long as the law says. France: one year, decree 2021-1362
# of 20 October 2021, for article 6 of the law of 21 June 2004 (LCEN).
LOGS_LAW_DAYS=365
# The files of each site that its own account reads.
LOGS_CLIENT_DAYS=14
"""
_RAW_MODE = 0o2751
"""What nginx makes has the group that reads; nginx' workers, who may open a file anew, pass."""
_ACCOUNTS_MODE = 0o2750
"""Everything below has the account's group, which reads; only `essaim-logs` writes."""


def owner() -> tuple[int, int]:
    """User and group of the process that reads the log; `KEEP` before they are made."""
    try:
        return pwd.getpwnam(USER).pw_uid, grp.getgrnam(USER).gr_gid
    except KeyError:
        return KEEP, KEEP


def prepare(machine: Machine) -> None:
    """The user, the directories and the settings are there, also of accounts from before there were logs.

    Raises:
        TemporaryError: the user could not be made.
    """
    paths, files = machine.paths, machine.files
    machine.run.run(["systemd-sysusers", paths.root / "etc/sysusers.d/essaim.conf"])
    uid, gid = owner()
    raw = paths.root / FOLDER
    for path in (raw, paths.numbers_told, paths.logs):
        path.parent.mkdir(parents=True, exist_ok=True)
    files.directory(raw, mode=_RAW_MODE, uid=0, gid=gid)
    files.directory(raw / "kept", mode=0o700)
    for sort in (ACCESS, ERROR):
        with contextlib.suppress(FileExistsError):  # else made by `nginx -t`, for all to read
            os.close(os.open(raw / f"{sort}.log", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640))
    for path in raw.glob("*.log"):
        path.chmod(0o640)  # also of one that another umask made
    for path in (paths.numbers_told.parent, paths.numbers_told):
        files.directory(path, mode=0o750, uid=uid, gid=gid)
    files.directory(paths.logs, mode=0o711)
    if not (paths.etc / "logs.env").exists():
        files.write(paths.etc / "logs.env", _SETTINGS)
    for home in paths.accounts.iterdir():
        with contextlib.suppress(OSError, ValueError):
            open_for(Login(home.name), home.lstat().st_uid, machine)


def open_for(login: Login, uid: int, machine: Machine) -> None:
    """The account's directory is there, and its group is the account's alone."""
    machine.files.directory(machine.paths.logs / login, mode=_ACCOUNTS_MODE, uid=owner()[0], gid=uid)


def is_open_for(login: Login, uid: int, machine: Machine) -> bool:
    """Whether it stands so."""
    try:
        now = (machine.paths.logs / login).lstat()
    except FileNotFoundError:
        return False
    return now.st_gid == uid


def forget(login: Login, machine: Machine, *, fqdn: Fqdn | None = None) -> None:
    """What was logged for the account, or for one of its sites, is gone. The team's own log is not touched."""
    path = machine.paths.logs / login
    machine.files.remove(path / fqdn if fqdn else path)
