"""Commands that act on the Manager's own machine: its settings, its user, Django. Imported by `admin` and `manager` only."""

import os
import pwd
from pathlib import Path

from essaim.cli.errors import CommandError

SETTINGS = Path("/etc/essaim/manager.env")


def read_settings() -> None:
    """Take what /etc/essaim/manager.env says, where the environment says nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "essaim.manager.web.settings")
    try:
        lines = SETTINGS.read_text().splitlines()
    except FileNotFoundError:
        return
    except PermissionError:
        if "ESSAIM_STATE" in os.environ or "ESSAIM_DATABASE" in os.environ:
            return
        raise CommandError(f"{SETTINGS} may not be read.", hint="Run this as root: sudo essaim ...") from None
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


def become_owner_of_state() -> None:
    """As root, go on as the user whose state it is: what is written must stay theirs."""
    state = Path(os.environ.get("ESSAIM_STATE", "/var/lib/essaim/manager"))
    if os.geteuid() != 0 or not state.exists():
        return
    owner = state.stat()
    if owner.st_uid == 0:
        return
    os.initgroups(pwd.getpwuid(owner.st_uid).pw_name, owner.st_gid)
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)


def start_django() -> None:
    """Settings, user, Django: after this, the manager's modules may be imported."""
    read_settings()
    become_owner_of_state()
    import django

    django.setup()
