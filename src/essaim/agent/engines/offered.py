"""What an account's offer says beyond its limits: how far its sites may set PHP, and whether its PHP is kept awake;
and how often the extensions it chose were to be tried once more.

It stands in one file of the account, absent where all is as usual. Sites are checked against it once more here: a wish that the manager
should not have made changes nothing.
"""

from pathlib import Path

import msgspec

from essaim.agent.machine import Machine, Paths
from essaim.contract import Account, Login


class Offered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As the file has it."""

    warm: bool = False
    php_ceilings: dict[str, int] = {}
    php_extensions_again: int = 0


def keep(account: Account, machine: Machine) -> bool:
    """The file says what the account's wish says. True if that is new."""
    file, offered = _file(account.login, machine.paths), _of(account)
    if offered == Offered():
        return machine.files.remove(file)
    return machine.files.write(file, msgspec.json.encode(offered))


def is_kept(account: Account, paths: Paths) -> bool:
    """Whether the file says what the account's wish says."""
    return read(account.login, paths) == _of(account)


def read(login: Login, paths: Paths) -> Offered:
    """What the account was offered; as usual where nothing else is known."""
    try:
        return msgspec.json.decode(_file(login, paths).read_bytes(), type=Offered)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Offered()


def forget(login: Login, machine: Machine) -> None:
    """The account has no file of it any more."""
    machine.files.remove(_file(login, machine.paths))


def _of(account: Account) -> Offered:
    return Offered(
        warm=account.warm,
        php_ceilings=account.php_ceilings,
        php_extensions_again=account.php_extensions_again,
    )


def _file(login: Login, paths: Paths) -> Path:
    return paths.etc / "accounts" / f"{login}.offer"
