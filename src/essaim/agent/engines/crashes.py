"""PHP that does not stay up: how often in a row an account's has ended otherwise than well, as `essaim-php-ended.sh` counts it.

Only FPM's master is counted. A client's own script can end a worker at will; its visitor gets an error, and FPM makes another worker.
"""

import contextlib
from collections.abc import Iterator

from essaim.agent.engines import php
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine, Paths
from essaim.contract import Login
from essaim.contract.php import VERSIONS

LOOP = 3
"""So many times in a row are a loop."""
RETRY_S = 30.0


def times(login: Login, version: str, paths: Paths) -> int:
    """How often in a row it has failed."""
    try:
        return int((paths.php_failed / f"{login}.{version}").read_text())
    except (OSError, ValueError):
        return 0


def looping(machine: Machine) -> Iterator[tuple[Login, str, int]]:
    """Account, version and count of each that fails again and again. One that is up by now is counted anew."""
    folder = machine.paths.php_failed
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        login, _, version = path.name.partition(".")
        if version in VERSIONS and is_looping(Login(login), version, machine):
            yield Login(login), version, times(Login(login), version, machine.paths)


def is_looping(login: Login, version: str, machine: Machine) -> bool:
    """Whether it fails again and again."""
    if times(login, version, machine.paths) < LOOP:
        return False
    told = machine.run.run(["systemctl", "is-active", php.service_unit(login, version)], check=False)
    if told.out.strip() == b"active":
        forget(login, version, machine.paths)
        return False
    return True


def forget(login: Login, version: str, paths: Paths) -> None:
    """It is counted anew."""
    with contextlib.suppress(OSError):
        (paths.php_failed / f"{login}.{version}").unlink()


def require_none(login: Login, machine: Machine) -> None:
    """No PHP of the account fails again and again.

    Raises:
        TemporaryError: `account.php_crashes`.
    """
    for version in php.used(login, machine.paths):
        if is_looping(login, version, machine):
            count = times(login, version, machine.paths)
            raise TemporaryError(
                "account.php_crashes",
                f"PHP {version} of {login} does not stay up: it failed {count} times in a row, and is tried again ever more rarely.",
                f"See why on its machine: `journalctl -u {php.service_unit(login, version)}`.",
                facts={"version": version, "login": str(login), "count": count},
                retry_in_s=RETRY_S,
                retry_at_most_s=RETRY_S,
            )
