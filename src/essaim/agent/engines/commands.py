"""PHP on the command line for one site: in its version and build, with its settings, as its account, behind the same barriers and limits as
its PHP-FPM. Whoever runs something for a client (a person now, cron and SSH later) takes the command from here.

The barriers are those of the installed unit, read from it, so that there is one list of them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from essaim.agent.engines import php, trees
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Machine, Paths
from essaim.contract import Fqdn, Login
from essaim.contract.php import VERSIONS

LEFT_OUT = frozenset(
    {
        "Type", "ExecStart", "ExecReload", "ExecStopPost", "KillSignal", "KillMode", "Restart", "RootDirectoryStartOnly",
        "WorkingDirectory", "TimeoutStopSec", "Slice", "Environment",
    }
)  # fmt: skip
"""What is FPM's own, or said otherwise below."""
OF_REQUESTS = frozenset(
    {
        "display_errors",
        "error_log",
        "max_execution_time",
        "upload_max_filesize",
        "post_max_size",
        "session.gc_probability",
        "session.gc_divisor",
    }
)
"""Settings that mean a visitor's request. On the command line errors are written to whoever runs it, and there is no time limit."""


def command(fqdn: Fqdn, arguments: Sequence[str], machine: Machine) -> list[str]:
    """What root runs to have PHP of the site with these arguments. It reads standard input, and ends as PHP does.

    Raises:
        PermanentError: `command.site_missing`, `command.suspended`.
    """
    login, version = _of(fqdn, machine.paths)
    program = ["/usr/bin/perl", "/usr/local/share/essaim/essaim-confine.pl", *_limits(login, machine.paths)]
    program += [f"/usr/bin/php{version}", *_settings(fqdn, login, version, machine.paths), *arguments]
    home = machine.paths.home(login)
    words = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--service-type=exec"]
    words += [f"--description=Essaim: PHP {version} on the command line for {fqdn}"]
    words += [f"--slice={php.slice_unit(home.lstat().st_uid)}", f"--working-directory=/srv/home/sites/{fqdn}"]
    words += [f"--property={name}={value}" for name, value in _barriers(login, version, machine.paths)]
    words += ["--setenv=HOME=/srv/home", f"--setenv=USER={login}", "--setenv=PATH=/usr/local/bin:/usr/bin:/bin"]
    words += ["--setenv=TMPDIR=/tmp"]
    # the extensions that its FPM loads; settings of sites are given one by one, for a section of one would not hold here
    words += ["--setenv=PHP_INI_SCAN_DIR=:/run/essaim/settings/extensions"]
    return [*words, "--", *(word.replace("$", "$$") for word in program)]  # systemd would put variables in


def _of(fqdn: Fqdn, paths: Paths) -> tuple[Login, str]:
    """Account and version of a site that is served."""
    links = paths.site_links(fqdn)
    try:
        login, _, rest = (links / "php").readlink().name.partition(".")
    except OSError:
        login, rest = "", ""
    version = rest.removesuffix(".sock")
    if links.is_symlink() or version not in VERSIONS or not trees.is_given(version, Login(login), paths):
        raise PermanentError(
            "command.site_missing",
            f"{fqdn} is no site of this machine.",
            "Give the site's own name, not that of an alias.",
            facts={"fqdn": str(fqdn)},
        )
    if (links / "suspended").exists() or php.is_suspended(Login(login), paths):
        raise PermanentError(
            "command.suspended",
            f"{fqdn} is suspended: nothing of it is run.",
            "Resume the site or its account first.",
            facts={"fqdn": str(fqdn)},
        )
    return Login(login), version


def _limits(login: Login, paths: Paths) -> list[str]:
    kept = _environment(login, paths)
    return ["/usr/bin/prlimit", f"--nproc={kept['PROCESSES']}", f"--data={kept['DATA_BYTES']}"]


def _environment(login: Login, paths: Paths) -> dict[str, str]:
    text = (paths.etc / "accounts" / f"{login}.env").read_text()
    return dict(line.split("=", 1) for line in text.splitlines())


def _barriers(login: Login, version: str, paths: Paths) -> Iterator[tuple[str, str]]:
    """The settings of FPM's unit that are not about FPM."""
    text = (paths.units / f"essaim-php-{version}@.service").read_text()
    for line in text.partition("[Service]\n")[2].splitlines():
        name, _, value = line.partition("=")
        if line and not line.startswith("#") and name not in LEFT_OUT:
            yield name, value.replace("%i", login)


def _settings(fqdn: Fqdn, login: Login, version: str, paths: Paths) -> Iterator[str]:
    """The account's, as FPM has them, then the site's own."""
    found: dict[str, str] = {}
    memory = _environment(login, paths)["PHP_MEMORY"]
    for line in (paths.platform / "php-fpm.conf").read_text().splitlines():
        if line.startswith(("php_value[", "php_admin_value[", "php_flag[", "php_admin_flag[")):
            name, _, value = line.partition("[")[2].partition("] = ")
            found[name] = value.replace("${PHP_MEMORY}", memory)
    found |= _own(php.settings_file(fqdn, login, version, paths))
    for name, value in found.items():
        if name not in OF_REQUESTS:
            yield from ("-d", f"{name}={value}")


def _own(file: Path) -> dict[str, str]:
    lines = (line.partition(" = ") for line in file.read_text().splitlines())
    return {name: value for name, equals, value in lines if equals and not name.startswith((";", "["))}
