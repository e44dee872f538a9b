"""What the lab's image is made of. Changing anything here, or a file below `files/`, makes another image."""

import hashlib
from pathlib import Path

from essaim.agent.engines import apache_tree, archives, runtimes, trees
from essaim.contract import GENERATIONS, Generation, program
from essaim.contract.php import DEFAULT

FILES = Path(__file__).parent / "files"
"""Copied over the image as they lie there."""

CODENAME = "bookworm"
PYTHON = "3.11"

PACKAGES = (
    # what makes it a machine
    "systemd", "systemd-sysv", "dbus", "libnss-systemd", "iproute2", "iputils-ping", "procps", "nftables",
    # the web
    "nginx", "libnginx-mod-http-lua", "lua-cjson", "libnginx-mod-http-brotli-filter", "libnginx-mod-http-brotli-static", "libjemalloc2",
    "btrfs-progs", "unzip", "xz-utils", "bzip2",
    # how people come in
    "openssh-server", "sudo",
    # the bus, and the world outside
    "nats-server", "unbound", "pebble",
    # a database for the programs that clients bring, until one is an engine of ours: see wordpress.py
    "mariadb-server-core", "mariadb-client-core",
    # a clock that jumps, for one service: see mishaps.py
    "libfaketime",
    # what Essaim itself runs on
    "python3", "openssl", "ca-certificates", "curl",
)  # fmt: skip

PHP_BUILD = "lab"
"""The build of every tree in the image: of PHP, of Apache, of what runs programs."""

BROUGHT_ALONG = ("python3", "curl")
"""In the tree of the default PHP only, beyond what PHP needs: programs that a hostile client would bring along."""

DISABLED = (
    "nginx.service",
    "nats-server.service",
    "ssh.service",
    "unbound.service",
    "e2scrub_reap.service",
    "remote-fs.target",
)
"""Daemons that Essaim's own units start, where a machine's role wants them."""

MASKED = (
    # a machine of the lab has no console, no seats and no hardware
    "getty.target", "console-getty.service", "systemd-logind.service", "dbus-org.freedesktop.login1.service",
    "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "systemd-initctl.socket",
    "systemd-ask-password-console.path", "systemd-ask-password-wall.path", "systemd-journal-flush.service",
    "systemd-pstore.service", "systemd-firstboot.service", "systemd-machine-id-commit.service",
    # nothing happens that a test did not ask for
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer",
    "systemd-tmpfiles-clean.timer", "unbound-resolvconf.service",
)  # fmt: skip


def in_tree(generation: Generation) -> tuple[str, ...]:
    """Packages of this generation's tree beside those of PHP."""
    return BROUGHT_ALONG if generation.version == DEFAULT else ()


def digest() -> str:
    """Names the image: equal recipes have equal digests."""
    php = [(generation.codename, trees.packages(generation), in_tree(generation)) for generation in GENERATIONS]
    of_programs = (program.CODENAME, runtimes.PACKAGES)
    recipe = (CODENAME, PACKAGES, archives.LEFT_OUT, DISABLED, MASKED, php, of_programs, apache_tree.PACKAGES)
    sha = hashlib.sha256(repr(recipe).encode())
    for path in sorted(path for path in FILES.rglob("*") if path.is_file()):
        sha.update(f"{path.relative_to(FILES)} {path.stat().st_mode & 0o111:o} ".encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()[:16]
