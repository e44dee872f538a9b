"""Debian's WordPress as a client of a host would upload it, and a MariaDB on another machine of the lab for it to keep its pages in.

Databases are no engine of ours yet: the lab starts one beside, as a house would have one, and the operator's exceptions let the accounts
of the web machine reach it.
"""

import io
import secrets
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from essaim.lab.machine import Machine
from essaim.lab.programs import run

PACKAGES = ("wordpress", "wordpress-theme-twentytwentythree", "php-getid3", "libjs-cropper", "libjs-underscore")
PORT = 3306
PLACE = "/var/lib/lab-mariadb"
UNIT = "lab-mariadb"
SOCKET = "/run/lab-mariadb.sock"
HTACCESS = """# BEGIN WordPress
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
</IfModule>
# END WordPress
"""
"""What WordPress itself writes there for its permalinks."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database of one user, and where it is."""

    name: str
    host: str
    password: str


def start_mariadb(house: Machine, web: Machine) -> None:
    """A MariaDB runs on `house`, and accounts of `web` may reach it. Twice is once.

    Raises:
        ProgramFailed: it does not start.
    """
    if house.run(["systemctl", "is-active", UNIT], check=False).returncode != 0:
        house.run(["mkdir", "-p", PLACE])
        if house.run(["test", "-d", f"{PLACE}/mysql"], check=False).returncode != 0:
            make = ["mariadb-install-db", "--user=root", "--skip-test-db", "--auth-root-authentication-method=socket"]
            house.run([*make, f"--datadir={PLACE}"], timeout=300)
        serve = [
            "mariadbd",
            "--user=root",
            f"--datadir={PLACE}",
            f"--socket={SOCKET}",
            f"--bind-address={house.address4}",
        ]
        serve += ["--innodb-buffer-pool-size=64M", "--performance-schema=off", "--skip-name-resolve"]
        house.run(["systemctl", "reset-failed", UNIT], check=False)
        house.run(["systemd-run", f"--unit={UNIT}", *serve])
    ready = f'for n in $(seq 300); do mariadb --socket={SOCKET} -e "SELECT 1" >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1'
    house.run(["sh", "-c", ready], timeout=60)
    rule = f"add element inet essaim_egress allowed4 {{ {house.address4} . tcp . {PORT} }}"
    kept = web.read_file("/etc/essaim/egress.nft").decode()
    if rule not in kept:
        web.write_file("/etc/essaim/egress.nft", f"{kept.rstrip()}\n{rule}\n".encode())
        web.run(["systemctl", "reload", "essaim-egress.service"])


def make_database(house: Machine, name: str) -> Database:
    """A new and empty database of this name, and a user of its own.

    Raises:
        ProgramFailed: the server refused.
    """
    made = Database(name, house.address4, secrets.token_hex(16))
    words = (
        f"CREATE OR REPLACE DATABASE {name} CHARACTER SET utf8mb4;"
        f"CREATE OR REPLACE USER {name}@'%' IDENTIFIED BY '{made.password}';"
        f"GRANT ALL ON {name}.* TO {name}@'%';"
    )
    house.run(["mariadb", f"--socket={SOCKET}"], input=words.encode())
    return made


def archive(database: Database) -> bytes:
    """A tar.gz of the package with its settings, fetched from this machine's own Debian archive.

    Raises:
        ProgramFailed: the archive does not answer.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        tree = _adapted(folder)
        (tree / "wp-config.php").write_text(_config(database))
        (tree / ".htaccess").write_text(HTACCESS)
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=5) as packed:
            packed.add(tree, ".", filter=_plain)
        return target.getvalue()


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (member.isreg() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def _adapted(folder: Path) -> Path:
    """WordPress' own folder with what its package links to in the place of the links."""
    downloads, root, tree = folder / "downloads", folder / "root", folder / "tree"
    downloads.mkdir()
    apt = ["sh", "-c", 'cd "$1" && shift && exec apt-get -qq -o APT::Sandbox::User=root download "$@"', "sh"]
    run([*apt, str(downloads), *PACKAGES], timeout=300)
    for package in sorted(downloads.glob("*.deb")):
        run(["dpkg-deb", "--extract", str(package), str(root)])
    shutil.copytree(root / "usr/share/wordpress", tree, symlinks=False, ignore_dangling_symlinks=True)
    return tree


def _config(database: Database) -> str:
    keys = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY")
    salts = ("AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT")
    said = {
        "DB_NAME": database.name,
        "DB_USER": database.name,
        "DB_PASSWORD": database.password,
        "DB_HOST": database.host,
    }
    said |= {"DB_CHARSET": "utf8mb4", "DB_COLLATE": ""} | {key: secrets.token_hex(32) for key in (*keys, *salts)}
    lines = "".join(f"define('{name}', '{text}');\n" for name, text in said.items())
    # The house has no way out: whatever WordPress would fetch from its own makers is not asked for.
    closed = "define('WP_HTTP_BLOCK_EXTERNAL', true);\ndefine('AUTOMATIC_UPDATER_DISABLED', true);\ndefine('DISABLE_WP_CRON', true);\n"
    return f"<?php\n{lines}{closed}$table_prefix = 'wp_';\nif (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}\nrequire_once ABSPATH . 'wp-settings.php';\n"


def install(outside: Machine, fqdn: str, *, title: str, user: str, password: str) -> None:
    """Answer WordPress' own first questions, as its owner does in a browser.

    Raises:
        ProgramFailed: it does not answer.
    """
    form = {
        "weblog_title": title,
        "user_name": user,
        "admin_password": password,
        "admin_password2": password,
        "pw_weak": "on",
        "admin_email": f"{user}@example.test",
        "blog_public": "0",
        "Submit": "Install",
    }
    fields = [word for name, text in form.items() for word in ("--data-urlencode", f"{name}={text}")]
    url = f"http://{fqdn}/wp-admin/install.php?step=2"
    outside.run(
        [
            "curl",
            "--silent",
            "--show-error",
            "--fail",
            "--location",
            "--cacert",
            "/etc/essaim/prober-ca.pem",
            "--max-time",
            "110",
            *fields,
            "--output",
            "/dev/null",
            url,
        ]
    )
