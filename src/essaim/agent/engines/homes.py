"""Whose a home is. A manager that was restored from yesterday does not know an account made since: it may give the same login to
somebody else. That account is refused here, with all that would act in the home, until the home's own account is wanted again.
"""

from pathlib import Path

from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine, Paths
from essaim.contract import Account, Login

FIRST_UID = 20_000
LAST_UID = 60_000
"""The numbers of accounts. A home of any other owner was changed by hand, and is nobody else's."""


def require_own(spec: Account, machine: Machine) -> None:
    """The home is this account's, or there is none yet.

    Raises:
        PermanentError: `account.home_of_another`. It is noted: a removal of the refused account takes nothing from the other.
    """
    try:
        owner = machine.paths.home(spec.login).lstat().st_uid
    except FileNotFoundError:
        owner = spec.uid
    if owner != spec.uid and FIRST_UID <= owner <= LAST_UID:
        machine.files.directory(_notes(machine.paths), mode=0o700)
        machine.files.write(_note(spec.login, machine.paths), "", durable=True)
        raise _refusal(spec.login)
    machine.files.remove(_note(spec.login, machine.paths))


def require_none_refused(login: Login, machine: Machine) -> None:
    """What is wanted in this account's home is wanted by its own account.

    Raises:
        PermanentError: `account.home_of_another`.
    """
    if is_refused(login, machine.paths):
        raise _refusal(login)


def is_refused(login: Login, paths: Paths) -> bool:
    """The account that the manager means by this login is not the one whose home this machine keeps."""
    return _note(login, paths).exists()


def forget_refused(login: Login, machine: Machine) -> None:
    """The account that was refused is no longer wanted."""
    machine.files.remove(_note(login, machine.paths))


def _refusal(login: Login) -> PermanentError:
    return PermanentError(
        "account.home_of_another",
        f"This machine keeps the home of another account {login}, which the manager's database has lost.",
        "Erase this account and order one with another login; the home and its sites stay as they are.",
        facts={"login": str(login)},
    )


def _notes(paths: Paths) -> Path:
    return paths.state / "refused"


def _note(login: Login, paths: Paths) -> Path:
    return _notes(paths) / login
