"""Apache: one an account, for its sites that need `.htaccess`, run as the account behind nginx. Here are its names, its sites, its life.

`/etc/essaim/apache/<login>/` holds what differs from account to account: `account.conf`, the text of the platform's door (`engine`), and
a file for each site in `sites/`. Apache reads them at its start and when it is told to reload; nginx finds it by the site's link `engine` and
wakes it there. Nothing here needs a `daemon-reload`.
"""

import contextlib
import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from essaim.agent.engines import apache_tree, php_preview
from essaim.agent.engines.php import is_suspended, slice_unit
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine, Paths
from essaim.contract import Account, Fqdn, Login, Site

DOOR = "/.well-known/essaim/engine"
TRIAL = "X-Essaim-Trial"
"""What nginx says of a visitor who tries the other version of PHP; a visitor's own word for it is dropped (nginx-behind.conf)."""
KNOWN_WITHIN_S = 5.0
"""So long at most is waited until an Apache that is awake knows a site's new settings."""
_PAUSE_S = 0.01
_turns = threading.Lock()
"""Who has it know a site and who puts an unused one away see each other's work."""
_THREADS = (4, 24)
_SETTINGS = re.compile(rb"\r\nX-Essaim-Settings: ([0-9a-f]{16})\r\n")


def socket_unit(login: Login) -> str:
    """The unit that waits for the first visitor."""
    return f"essaim-apache@{login}.socket"


def service_unit(login: Login) -> str:
    """The unit that runs."""
    return f"essaim-apache@{login}.service"


def is_here(paths: Paths) -> bool:
    """Whether this machine has an Apache."""
    return apache_tree.current(paths) is not None


def knock_path(login: Login, paths: Paths) -> Path:
    """Where it is woken."""
    return paths.apaches / f"{login}.sock"


def runtime(login: Login, paths: Paths) -> Path:
    """What it has while it is awake: the sockets `http` and `https`, and what it has to complain of (`errors`)."""
    return paths.apaches / login


def site_file(fqdn: Fqdn, login: Login, paths: Paths) -> Path:
    """What its Apache knows of a site."""
    return _place(login, paths) / "sites" / f"{fqdn}.conf"


def wants_link(login: Login, paths: Paths) -> Path:
    """The link by which a boot has it wait for visitors. Without it, the account has no site there."""
    return paths.units / "essaim-accounts.target.wants" / socket_unit(login)


def _place(login: Login, paths: Paths) -> Path:
    return paths.etc / "apache" / login


def files_of(account: Account, paths: Paths) -> Iterator[tuple[Path, str]]:
    """The files that an account has here beside those of its sites; none where no site of it needs them."""
    if not _place(account.login, paths).is_dir():
        return
    yield _place(account.login, paths) / "account.conf", f"Define THREADS {_threads(account.processes)}\n"
    yield _place(account.login, paths) / "engine", door_text(account.login)
    yield (
        paths.units / f"{service_unit(account.login)}.d" / "account.conf",
        f"[Service]\nSlice={slice_unit(account.uid)}\n",
    )


def _threads(processes: int) -> int:
    """Each counts as a task; at a reload the former generation is there beside the next, and PHP beside both."""
    return max(_THREADS[0], min(_THREADS[1], processes // 4))


def door_text(login: Login) -> str:
    """What the platform's door answers, so that a prober knows whose Apache it was."""
    return f"apache {login}\n"


def site_text(spec: Site, paths: Paths) -> str:
    """A site as Apache knows it: once for visitors over HTTP, once for those over HTTPS. Who tries another PHP is told apart by nginx."""
    here = f"/srv/home/sites/{spec.fqdn}" + (f"/{spec.docroot}" if spec.docroot else "")
    lines = [f"    ServerAlias {alias}" for alias in spec.aliases]
    lines += [
        f'    DocumentRoot "{here}"',
        '    <FilesMatch "\\.php$">',
        *_php(spec, spec.php, "-f %{REQUEST_FILENAME}"),
    ]
    if tried := php_preview.version(spec, paths):
        lines += _php(spec, tried, f"-f %{{REQUEST_FILENAME}} && req('{TRIAL}') == 'yes'")
    lines += ["    </FilesMatch>"]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    lines += [f"    <Location {DOOR}>", f"        Header always set X-Essaim-Settings {digest}", "    </Location>"]
    both = "\n".join(lines)
    tls = " ".join(f"${{RUNTIME_DIRECTORY}}/{turn}.tls:*" for turn in "ab")
    return (
        f"# settings {digest}\n"
        f"<VirtualHost *>\n    ServerName {spec.fqdn}:80\n{both}\n</VirtualHost>\n"
        f"<VirtualHost {tls}>\n    ServerName {spec.fqdn}:443\n    SSLEngine On\n{both}\n</VirtualHost>\n"
    )


def _php(spec: Site, version: str, where: str) -> list[str]:
    handler = f"proxy:unix:/run/essaim/php/{spec.account}/{version}.sock|fcgi://localhost"
    return [f'        <If "{where}">', f'            SetHandler "{handler}"', "        </If>"]


def configure(account: Account, machine: Machine) -> None:
    """Limits that changed hold from the next time that it starts."""
    for path, content in files_of(account, machine.paths):
        machine.files.directory(path.parent)
        machine.files.write(path, content)


def enter(spec: Site, uid: int, machine: Machine) -> None:
    """The account's Apache knows the site and can be woken. One that is awake answers for it when this returns.

    Raises:
        TemporaryError: `site.engine_silent`; systemd refused.
    """
    login, paths, text = spec.account, machine.paths, site_text(spec, machine.paths)
    with _turns:
        for directory in (_place(login, paths), _place(login, paths) / "sites"):
            machine.files.directory(directory)
        configure(_account_of(login, uid, paths), machine)
        changed = machine.files.write(site_file(spec.fqdn, login, paths), text)
        if is_suspended(login, paths):
            return
        machine.files.directory(wants_link(login, paths).parent)
        machine.files.symlink(wants_link(login, paths), paths.units / "essaim-apache@.socket")
        if not knock_path(login, paths).exists():
            machine.systemd.start(socket_unit(login))
    if changed and is_awake(login, paths):
        machine.systemd.reload_now(service_unit(login))
        _wait_until_known(spec.fqdn, login, text, paths)


def _account_of(login: Login, uid: int, paths: Paths) -> Account:
    """As much of the account as `files_of` looks at, from the file that `php` keeps of its limits."""
    kept = dict(line.split("=", 1) for line in (paths.etc / "accounts" / f"{login}.env").read_text().split())
    return Account(login=login, uid=uid, quota_bytes=0, processes=int(kept["PROCESSES"]), memory_bytes=0)


def _wait_until_known(fqdn: Fqdn, login: Login, text: str, paths: Paths) -> None:
    digest, until = text.split()[2], time.monotonic() + KNOWN_WITHIN_S
    while settings_of(fqdn, login, paths) != digest:
        if not is_awake(login, paths):
            return  # put to sleep meanwhile: it reads all of it when it wakes
        if time.monotonic() > until:
            raise TemporaryError(
                "site.engine_silent",
                f"Apache of {login} did not take over the settings of {fqdn} within {KNOWN_WITHIN_S:g} s.",
                f"Run `systemctl status {service_unit(login)}` on the machine.",
                facts={"account": str(login), "fqdn": str(fqdn), "seconds": KNOWN_WITHIN_S},
            )
        time.sleep(_PAUSE_S)


def settings_of(fqdn: Fqdn, login: Login, paths: Paths) -> str:
    """Which settings of the site its Apache goes by now; empty: none."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(2.0)
        asked.connect(str(runtime(login, paths) / "http"))
        asked.sendall(f"HEAD {DOOR} HTTP/1.0\r\nHost: {fqdn}\r\n\r\n".encode())
        found = _SETTINGS.search(asked.recv(4096))
        return found[1].decode() if found else ""
    return ""


def leave(fqdn: Fqdn, login: Login, machine: Machine) -> None:
    """Apache is told of the site no more. Visitors whom nginx still hands over, for a second at most, are answered: it goes on as it is
    until it reads its settings anew, and one without sites is put away by the reaper.
    """
    if machine.files.remove(site_file(fqdn, login, machine.paths)) and not used(login, machine.paths):
        machine.files.remove(wants_link(login, machine.paths))


def unused(paths: Paths) -> Iterator[Login]:
    """The account of each Apache that can be woken though no site needs it."""
    for path in paths.apaches.glob("*.sock"):
        login = Login(path.name.removesuffix(".sock"))
        if not wants_link(login, paths).is_symlink():
            yield login


def put_away(login: Login, machine: Machine) -> None:
    """It is gone, unless a site has come to need it."""
    with _turns:
        if not wants_link(login, machine.paths).is_symlink():
            machine.systemd.stop(socket_unit(login), service_unit(login))
        if not used(login, machine.paths):
            forget(login, machine)


def is_entered(spec: Site, paths: Paths) -> bool:
    """Whether the account's Apache knows the site as it is wanted, or knows nothing of one that is not its own."""
    file = site_file(spec.fqdn, spec.account, paths)
    if spec.engine != "apache":
        return not file.exists()
    is_known = file.exists() and file.read_text() == site_text(spec, paths)
    return is_known and (is_suspended(spec.account, paths) or listens(spec.account, paths))


def used(login: Login, paths: Paths) -> bool:
    """Whether sites of the account are there."""
    try:
        with os.scandir(_place(login, paths) / "sites") as entries:
            return any(entry.name.endswith(".conf") for entry in entries)
    except FileNotFoundError:
        return False


def is_awake(login: Login, paths: Paths) -> bool:
    """Whether it runs, or is about to."""
    return runtime(login, paths).is_dir()


def login_of(unit: str) -> str:
    """The account whose Apache this unit runs."""
    return unit.removeprefix("essaim-apache@").removesuffix(".service")


def visited(paths: Paths) -> set[str]:
    """The accounts to whose Apache somebody is connected now (proc(5), /proc/net/unix: state 03)."""
    place = f"{paths.apaches}/"
    table = paths.root / "proc/net/unix"
    rows = [line.split() for line in table.read_text().splitlines()] if table.exists() else []
    connected = (row[-1] for row in rows if row[5:6] == ["03"] and row[-1].startswith(place))
    found = (path.removeprefix(place) for path in connected)
    return {rest.partition("/")[0] for rest in found if "/" in rest}


def listens(login: Login, paths: Paths) -> bool:
    """Whether it can be woken now, and could after a boot."""
    return knock_path(login, paths).exists() and wants_link(login, paths).is_symlink()


def resume(login: Login, machine: Machine) -> None:
    """It can be woken, now and after a boot, if a site of the account is there."""
    if not used(login, machine.paths):
        return
    machine.files.symlink(wants_link(login, machine.paths), machine.paths.units / "essaim-apache@.socket")
    if not knock_path(login, machine.paths).exists():
        machine.systemd.queue_start(socket_unit(login))


def silence(login: Login, machine: Machine) -> None:
    """Neither runs nor can be woken, now and after a boot."""
    was_wanted = machine.files.remove(wants_link(login, machine.paths))
    if was_wanted or knock_path(login, machine.paths).exists():
        machine.systemd.stop(socket_unit(login), service_unit(login))


def forget(login: Login, machine: Machine) -> None:
    """No file of ours speaks of the account's Apache any more."""
    machine.files.remove(_place(login, machine.paths))
    machine.files.remove(machine.paths.units / f"{service_unit(login)}.d")
