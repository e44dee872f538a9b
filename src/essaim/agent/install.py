"""Writes what a machine of ours has beside its packages: directories, units, nginx and PHP configuration. Idempotent.

nginx is asked about the new configuration before it is restarted; when it refuses, the old files are put back.
"""

import sys
from pathlib import Path

from essaim.agent import install_ssh
from essaim.agent.engines import apache_tree, egress, runtimes, sealed, trees, weblogs
from essaim.agent.engines.files import Files, Recording
from essaim.agent.engines.users import web_group
from essaim.agent.errors import AgentError, PermanentError
from essaim.agent.machine import Config, Machine, Paths
from essaim.contract import Login
from essaim.contract.php import VERSIONS

SHIPPED = Path(__file__).parent / "machine_files"
WEB_UNITS = (
    "essaim-web.service",
    "essaim-accounts.slice",
    "essaim-accounts.target",
    "essaim-egress.service",
    "essaim-keys.service",
    "nftables.service.d/essaim.conf",
    "essaim-logs.service",
    "essaim-logs-keep.service",
    "essaim-logs-keep.timer",
)
PHP_UNITS = ("essaim-php.socket", "essaim-php.service")
"""Written once for each generation, as `essaim-php-<version>@`."""
PROGRAM_UNITS = {"essaim-program@.socket": "essaim-program.socket", "essaim-program@.service": "essaim-program.service"}
"""By the name that they get where the machine has a tree of runtimes."""
APACHE_UNITS = ("essaim-apache.socket", "essaim-apache.service")
"""Written as `essaim-apache@` where there is a tree of Apache."""
WEB_PLATFORM = (
    "nginx.conf",
    "nginx-site.conf",
    "nginx-cgi.conf",
    "nginx-gate.conf",
    "nginx-php.conf",
    "nginx-limits.conf",
    "nginx-behind.conf",
    "nginx-headed.conf",
    "nginx-script.conf",
    "lua/access.lua",
    "lua/front.lua",
    "lua/clock.lua",
    "lua/generations.lua",
    "lua/handshake.lua",
    "lua/keypairs.lua",
    "lua/buckets.lua",
    "lua/counts.lua",
    "lua/limits.lua",
    "lua/shield.lua",
    "lua/leaving.lua",
    "lua/pages.lua",
    "lua/records.lua",
    "lua/rules.lua",
    "lua/visited.lua",
    "lua/words.lua",
    "php-fpm.conf",
    "apache.conf",
    "essaim-apache.pl",
    "proof.php",
    "info.php",
    "essaim-confine.pl",
    "essaim-program.pl",
    "listen.js",
    "essaim-php-ended.sh",
    "essaim-egress.nft",
    "welcome.html",
    "pages/page.html",
)
OF_WEB = {name for name in WEB_PLATFORM if name.startswith(("nginx", "lua/", "pages/"))}
"""What nginx holds from its start."""
OF_EGRESS = {"essaim-egress.nft"}
OTHERS_UNITS = ("nginx.service", "apache2.service", *(f"php{version}-fpm.service" for version in VERSIONS))
"""What Debian's packages start by themselves, on the ports or in the place of ours."""


def main(roles: str, *, start: bool) -> int:
    """The command `install`. Returns the exit status."""
    paths = Paths()
    try:
        if roles:
            config = Config(machine="", roles=tuple(role.strip() for role in roles.split(",")))
        else:
            config = Config.read(paths.etc / "agent.toml")
        for done in install(Machine(config, paths), start=start):
            sys.stdout.write(f"{done}\n")
    except FileNotFoundError:
        sys.stderr.write("This machine is not enrolled: give --roles, or run `/opt/essaim/bin/essaim-agent enrol`.\n")
        return 78
    except AgentError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.advice}\n")
        return 1
    return 0


def install(machine: Machine, *, start: bool) -> list[str]:
    """Everything stands as this version wants it. Returns sentences that say what changed.

    Raises:
        PermanentError: `install.nginx_refused`; nginx' former configuration is back in its place.
        TemporaryError: a program failed.
    """
    said: list[str] = []
    _directories(machine)
    if start or (machine.paths.etc / "agent.toml").exists():  # of this one machine: an image has none
        sealed.ensure(machine)
        if install_ssh.is_possible(machine.paths):
            said += ["sshd's configuration changed."] if install_ssh.prepare(machine) else []
        else:
            said.append("Without openssh-server and sudo nobody comes into this machine with a certificate.")
    units_changed = _units(machine.files, machine.paths, ["essaim-agent.service"])
    web_changed: set[str] = set()
    if "web" in machine.roles:
        _fallback_certificate(machine)
        _quotas(machine)
        egress.keep_houses(machine)
        weblogs.prepare(machine)
        web_changed = _platform(machine) | _key_behind(machine)
        units_changed |= _units(machine.files, machine.paths, WEB_UNITS)
        units_changed |= _php_units(machine) | _apache_units(machine) | _program_units(machine)
        said += ["The web server's configuration changed."] if web_changed & OF_WEB else []
        said += ["The rules on where accounts may connect to changed."] if web_changed & OF_EGRESS else []
    if units_changed:
        said.append("Units changed.")
        machine.systemd.reload()
    if start:
        # a unit's new sandbox holds from its next start: a reload would go on in the old one
        web = (
            "restart"
            if "essaim-web.service" in units_changed
            else "reload-or-restart"
            if web_changed & OF_WEB
            else "start"
        )
        _start(machine, web=web, restart_php=_awake_with_old(units_changed | web_changed))
    return said or ["Nothing had to change."]


def _directories(machine: Machine) -> None:
    paths, make = machine.paths, machine.files.directory
    for path in (
        paths.etc,
        paths.etc / "accounts",
        paths.etc / "php",
        paths.etc / "programs",
        paths.etc / "apache",
        paths.trees_given,
        paths.units,
        paths.units / "nftables.service.d",
        paths.platform,
        paths.platform / "pages",
        paths.platform / "lua",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)
    paths.userdb.parent.mkdir(parents=True, exist_ok=True)
    make(paths.userdb, mode=0o711)  # one who knows a login may look it up; nobody lists the clients
    for path in (
        paths.root / "srv/essaim",
        paths.accounts,
        paths.sites,
        paths.sites_inside,
        paths.challenges,
        paths.programs,
        paths.closed,
        paths.challenges,
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)
    paths.php_sockets.parent.mkdir(parents=True, exist_ok=True)
    make(paths.php_sockets, mode=0o750, uid=0, gid=web_group())
    make(paths.root / "run/essaim/program", mode=0o750, uid=0, gid=web_group())
    make(paths.apaches, mode=0o750, uid=0, gid=web_group())
    make(paths.defence, mode=0o770, uid=0, gid=web_group())
    make(paths.php_failed, mode=0o700)
    make(paths.kept, mode=0o700)
    make(paths.tls, mode=0o710, uid=0, gid=web_group())
    make(paths.tls_keys, mode=0o710, uid=0, gid=web_group())
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    (paths.root / "var/lib/essaim/nginx").mkdir(parents=True, exist_ok=True)
    for name in ("tmpfiles", "sysusers"):
        (paths.root / f"etc/{name}.d").mkdir(parents=True, exist_ok=True)
        machine.files.write(paths.root / f"etc/{name}.d/essaim.conf", (SHIPPED / f"{name}.conf").read_text())


def _units(files: Files, paths: Paths, names: list[str] | tuple[str, ...]) -> set[str]:
    """Those that changed."""
    return {name for name in names if files.write(paths.units / name, (SHIPPED / name).read_bytes())}


def _php_units(machine: Machine) -> set[str]:
    """Those that changed. A generation that this machine has no tree of has no units."""
    changed: set[str] = set()
    paths = machine.paths
    paths.php_root.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        tree = trees.current(version, paths)
        if tree is not None:  # before the unit that looks for it is there
            for login in _logins_in(version, paths):
                trees.ensure_given(version, login, machine)
        for shipped in PHP_UNITS:
            name = shipped.replace("essaim-php", f"essaim-php-{version}@")
            if tree is None:
                changed |= {name} if machine.files.remove(paths.units / name) else set()
                continue
            text = (SHIPPED / shipped).read_text().replace("@VERSION@", version)
            changed |= {name} if machine.files.write(paths.units / name, text) else set()
    return changed


def _program_units(machine: Machine) -> set[str]:
    """Those that changed. A machine without a tree of runtimes has none."""
    tree, changed = runtimes.current(machine.paths), set[str]()
    for name, shipped in PROGRAM_UNITS.items():
        if tree is None:
            changed |= {name} if machine.files.remove(machine.paths.units / name) else set()
            continue
        text = (SHIPPED / shipped).read_text().replace("@TREE@", str(tree))
        changed |= {name} if machine.files.write(machine.paths.units / name, text) else set()
    return changed


def _apache_units(machine: Machine) -> set[str]:
    """Those that changed. A machine without a tree of Apache has no units for it."""
    tree, changed = apache_tree.current(machine.paths), set()
    for shipped in APACHE_UNITS:
        path = machine.paths.units / shipped.replace("essaim-apache", "essaim-apache@")
        if tree is None:
            done = machine.files.remove(path)
        else:
            done = machine.files.write(path, (SHIPPED / shipped).read_text().replace("@TREE@", str(tree)))
        changed |= {path.name} if done else set()
    return changed


def _logins_in(version: str, paths: Paths) -> list[Login]:
    """The accounts with sites in this version."""
    return [Login(folder.parent.name) for folder in (paths.etc / "php").glob(f"*/{version}")]


def _awake_with_old(changed: set[str]) -> list[str]:
    """The units that hold from their start what has changed."""
    every = "php-fpm.conf" in changed
    names = (f"essaim-php-{version}@{{}}.service" for version in VERSIONS)
    found = [name.format("*") for name in names if every or name.format("") in changed]
    of_programs = {"essaim-program@.service", "essaim-program.pl", "listen.js"}
    of_apache = {"apache.conf", "essaim-apache.pl", "behind.pem", "essaim-apache@.service"}
    found += ["essaim-program@*.service"] if changed & of_programs else []
    return found + (["essaim-apache@*.service"] if changed & of_apache else [])


def _platform(machine: Machine) -> set[str]:
    """The shipped files stand; nginx has agreed, or the former ones are back. Answers those that changed."""
    with machine.files.recording() as files:
        place = machine.paths.platform
        changed = {name for name in WEB_PLATFORM if files.write(place / name, (SHIPPED / name).read_bytes())}
        if changed & OF_WEB:
            _ask_nginx(machine, files)
    return changed


def _ask_nginx(machine: Machine, files: Recording) -> None:
    ran = machine.run.run(["nginx", "-t", "-q", "-c", machine.paths.platform / "nginx.conf"], check=False)
    if ran.code != 0:
        changed = ", ".join(former.path.name for former in files.formers)
        raise PermanentError(
            "install.nginx_refused",
            f"nginx refuses the new configuration, and the former one is back ({changed}): {ran.said[-600:]}",
            "The web server goes on as it was. Report this with the version that `nginx -v` says.",
        )


def _fallback_certificate(machine: Machine) -> None:
    """For a TLS client that asks for no name: signed by itself, so that it proves nothing."""
    place = machine.paths.tls / "-"
    machine.files.directory(place, mode=0o710, uid=0, gid=web_group())
    if (place / "key.pem").exists() and (place / "fullchain.pem").exists():
        return
    key, certificate = _signed_by_itself(machine, "no-site-of-this-name.invalid")
    machine.files.write(place / "key.pem", key, mode=0o640, uid=0, gid=web_group(), durable=True)
    machine.files.write(place / "fullchain.pem", certificate, durable=True)


def _key_behind(machine: Machine) -> set[str]:
    """By which nginx speaks TLS to the Apaches of this machine: all of them read it, so it keeps nothing secret (see apache.conf)."""
    path = machine.paths.platform / "behind.pem"
    if path.exists():
        return set()
    machine.files.write(path, "".join(_signed_by_itself(machine, "behind.invalid")), durable=True)
    return {path.name}


def _signed_by_itself(machine: Machine, name: str) -> tuple[str, str]:
    """A new key and its certificate."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7300"]
    ends = ["-addext", "basicConstraints=critical,CA:FALSE"]
    words = ["openssl", "req", "-x509", *curve, *ends, "-subj", f"/CN={name}"]
    made = machine.run.run([*words, "-keyout", "/dev/stdout", "-out", "/dev/stdout"]).out.decode()
    cut = made.index("-----BEGIN CERTIFICATE-----")
    return made[:cut], made[cut:]


def _quotas(machine: Machine) -> None:
    """Quotas are switched on where accounts live, if that is a btrfs. Elsewhere accounts tell `quota: none`."""
    from essaim.agent.engines import btrfs

    if btrfs.is_btrfs(machine.paths.accounts):
        machine.run.run(["btrfs", "quota", "enable", machine.paths.accounts], timeout_s=600)


def _start(machine: Machine, *, web: str, restart_php: list[str]) -> None:
    systemctl = machine.run.run
    if install_ssh.is_possible(machine.paths):
        install_ssh.start(machine)
    if "web" in machine.roles:
        systemctl(["systemctl", "disable", "--now", "--quiet", *OTHERS_UNITS], check=False)
        systemctl(
            ["systemctl", "enable", "--quiet", "essaim-accounts.target", "essaim-keys.service", "essaim-web.service"]
        )
        systemctl(["systemctl", "reload-or-restart", "essaim-egress.service"])  # before accounts listen
        systemctl(["systemctl", "start", "essaim-accounts.target"])
        # a changed configuration needs no restart but a reload, and nginx then loses no request
        systemctl(["systemctl", web, "essaim-web.service"], timeout_s=60)
        systemctl(["systemctl", "enable", "--quiet", "--now", "essaim-logs-keep.timer"])
        systemctl(["systemctl", "enable", "--quiet", "essaim-logs.service"])
        systemctl(["systemctl", "restart", "essaim-logs.service"])
        if restart_php:  # those that sleep get the new files when they wake; meanwhile the sockets hold who comes
            systemctl(["systemctl", "try-restart", "--no-block", *restart_php])
    if (machine.paths.etc / "agent.toml").exists():
        systemctl(["systemctl", "enable", "--quiet", "essaim-agent.service"])
        systemctl(["systemctl", "restart", "essaim-agent.service"], timeout_s=60)
