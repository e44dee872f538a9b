"""What the lab's image is made of. Changing anything here, or a file below `files/`, makes another image."""

import hashlib
from pathlib import Path

FILES = Path(__file__).parent / "files"
"""Copied over the image as they lie there."""

CODENAME = "bookworm"
PYTHON = "3.11"

PACKAGES = (
    # what makes it a machine
    "systemd", "systemd-sysv", "dbus", "libnss-systemd", "iproute2", "iputils-ping", "procps", "nftables",
    # the web
    "nginx", "php8.2-fpm", "php8.2-cli", "php8.2-mysql", "php8.2-xml", "php8.2-mbstring", "php8.2-gd", "php8.2-curl",
    "php8.2-zip", "php8.2-intl", "php8.2-sqlite3", "php8.2-bcmath", "btrfs-progs", "unzip", "xz-utils", "bzip2",
    # the bus, and the world outside
    "nats-server", "unbound", "pebble",
    # a clock that jumps, for one service: see mishaps.py
    "libfaketime",
    # what Essaim itself runs on
    "python3", "openssl", "ca-certificates", "curl",
)  # fmt: skip

LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")

DISABLED = (
    "nginx.service",
    "php8.2-fpm.service",
    "nats-server.service",
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
    "phpsessionclean.timer", "systemd-tmpfiles-clean.timer", "unbound-resolvconf.service",
)  # fmt: skip


def digest() -> str:
    """Names the image: equal recipes have equal digests."""
    sha = hashlib.sha256(repr((CODENAME, PACKAGES, LEFT_OUT, DISABLED, MASKED)).encode())
    for path in sorted(path for path in FILES.rglob("*") if path.is_file()):
        sha.update(f"{path.relative_to(FILES)} {path.stat().st_mode & 0o111:o} ".encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()[:16]
