"""Logins: Unix users of ours, their shape, and one made from a client's identifier."""

import re

from django.db.models import F

from essaim import contract
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting.errors import LoginMalformed, LoginTaken
from essaim.manager.hosting.models import Account

LONGEST = 24
SYSTEM = frozenset(
    [
        "root",
        "daemon",
        "bin",
        "sys",
        "sync",
        "games",
        "man",
        "lp",
        "mail",
        "news",
        "uucp",
        "proxy",
        "backup",
        "list",
        "irc",
        "nobody",
        "systemd",
        "messagebus",
        "sshd",
        "www-data",
        "nginx",
        "apache",
        "php",
        "acme",
        "unbound",
        "pebble",
        "nats",
        "essaim",
        "admin",
        "administrator",
        "postgres",
        "mysql",
        "redis",
        "postfix",
        "dovecot",
        "knot",
        "bind",
        "ftp",
        "ssh",
        "sftp",
        "git",
        "svn",
        "cron",
        "adm",
        "sudo",
        "staff",
        "users",
        "shadow",
        "tty",
        "disk",
        "kvm",
        "input",
        "render",
        "operator",
        "src",
        "plugdev",
        "netdev",
        "audio",
        "video",
    ]
)
"""Users and groups that a machine has or may get: an account never has their name."""


def parse_login(text: str) -> str:
    """A login that a person chose.

    Raises:
        LoginMalformed, LoginTaken: by an account, by the system, or by a former account whose home is still being erased.
    """
    login = text.strip().lower()
    try:
        contract.Login(login)
    except contract.NameRefused:
        raise LoginMalformed(login=text[:40]) from None
    if login in SYSTEM or login in _taken(login):
        raise LoginTaken(login=login)
    return login


def free_login(slug: str) -> str:
    """A free login that reminds of `slug`: `atelier`, `atelier2`, `atelier3` ..."""
    base = re.sub("-{2,}", "-", re.sub("[^a-z0-9]+", "-", slug.lower())).strip("-")
    if not base[:1].isalpha():
        base = f"c-{base}".rstrip("-")
    base = base[: LONGEST - 4].rstrip("-")
    if len(base) == 1:
        base += "1"
    taken = _taken(base) | SYSTEM
    login, number = base, 2
    while login in taken:
        login, number = f"{base}{number}", number + 1
    return login


def _taken(start: str) -> set[str]:
    """Logins that start so and are an account's, or were and a machine still has the home: it has not erased it yet, or this
    database has lost the account since. Three queries.
    """
    taken = set(Account.objects.filter(login__startswith=start).values_list("login", flat=True))
    erasing = Wanted.objects.filter(kind="account", key__startswith=start, spec__isnull=True, erase=True)
    erasing = erasing.filter(applied_revision__lt=F("revision")).exclude(machine__state=Machine.State.REVOKED)
    return taken | set(erasing.values_list("key", flat=True)) | _lost(start)


def _lost(start: str) -> set[str]:
    """Accounts that start so, which machines hold and this database knows nothing of."""
    machines = Machine.objects.exclude(state=Machine.State.REVOKED).exclude(strangers={})
    held = (name for strangers in machines.values_list("strangers", flat=True) for name in strangers)
    return {name.removeprefix("account.") for name in held if name.startswith(f"account.{start}")}
