"""Debian's DokuWiki as a client of a host would upload it: one archive with the program in `public/`, its pages in `data/` and its
settings in `conf/`, neither of which the web reaches.

The package keeps its libraries below /usr/share, where a client of a host has nothing: they are brought along and found from
DokuWiki's own folder.
"""

import io
import shutil
import tarfile
import tempfile
from pathlib import Path

from essaim.lab.programs import run

PACKAGES = (
    "dokuwiki",
    "libphp-simplepie",
    "php-geshi",
    "php-phpseclib",
    "libjs-jquery",
    "libjs-jquery-cookie",
    "libjs-jquery-ui",
)
LIBRARIES = ("usr/share/php", "usr/share/php-geshi", "usr/share/javascript")
PRELOAD = b"""<?php
define('DOKU_CONF', dirname(__DIR__, 2) . '/conf/');
"""
LOCAL = b"""<?php
$conf['title'] = 'Le carnet de l\\u2019atelier';
$conf['lang'] = 'fr';
$conf['useacl'] = 0;
$conf['savedir'] = dirname(__DIR__) . '/data';
$conf['updatecheck'] = 0;
""".replace(b"\\u2019", "’".encode())


def archive() -> bytes:
    """A tar.gz of the adapted package, fetched from this machine's own Debian archive.

    Raises:
        ProgramFailed: the archive does not answer.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        tree = _adapted(folder)
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=5) as packed:
            for part in ("public", "data", "conf"):
                packed.add(tree / part, part, filter=_plain)
        return target.getvalue()


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (member.isreg() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def _adapted(folder: Path) -> Path:
    downloads, tree = folder / "downloads", folder / "tree"
    downloads.mkdir()
    (folder / "roots").mkdir()
    apt = ["sh", "-c", 'cd "$1" && shift && exec apt-get -qq -o APT::Sandbox::User=root download "$@"', "sh"]
    run([*apt, str(downloads), *PACKAGES], timeout=300)
    roots = []
    for package in sorted(downloads.glob("*.deb")):
        root = folder / "roots" / package.name.partition("_")[0]
        run(["dpkg-deb", "--extract", str(package), str(root)])
        roots.append(root)
    dokuwiki = folder / "roots/dokuwiki"
    _copy(dokuwiki / "usr/share/dokuwiki", tree / "public")
    _copy(dokuwiki / "var/lib/dokuwiki/lib/tpl", tree / "public/lib/tpl")
    _copy(dokuwiki / "var/lib/dokuwiki/lib/plugins", tree / "public/lib/plugins")
    _copy(dokuwiki / "var/lib/dokuwiki/data", tree / "data")
    _copy(dokuwiki / "etc/dokuwiki", tree / "conf")
    for root in roots:
        for library in LIBRARIES:
            if (root / library).is_dir():
                _copy(root / library, tree / "public/debian" / Path(library).name)
    (tree / "public/inc/preload.php").write_bytes(PRELOAD)
    (tree / "conf/local.php").write_bytes(LOCAL)
    for unused in ("acl.auth.php", "users.auth.php"):
        (tree / "conf" / unused).unlink(missing_ok=True)
    for script in (tree / "public").rglob("*.php"):
        _find_libraries_here(script)
    return tree


def _copy(source: Path, target: Path) -> None:
    """The files themselves where the package has links; links that lead nowhere are left out."""
    if target.is_symlink():
        target.unlink()
    shutil.copytree(source, target, symlinks=False, ignore_dangling_symlinks=True, dirs_exist_ok=True)


def _find_libraries_here(script: Path) -> None:
    text = script.read_bytes()
    moved = text
    for library in LIBRARIES:
        here = f"DOKU_INC . 'debian/{Path(library).name}/".encode()
        moved = moved.replace(f"'/{library}/".encode(), here)
    if moved != text:
        script.write_bytes(moved)
