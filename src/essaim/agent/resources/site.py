"""A site: the links by which nginx finds it, and a directory in its account. Nothing is reloaded for it.

`/srv/essaim/sites/<fqdn>/` holds links and small files only; it is built beside and exchanged in one step. The keys and
the client's files live elsewhere and outlive it.
"""

import json
import os
import re
import stat
import string
from pathlib import Path
from typing import ClassVar

from essaim.agent.engines import (
    apache,
    closed,
    front,
    homes,
    htaccess,
    inside,
    offered,
    php,
    php_log,
    php_preview,
    rules,
    users,
    weblogs,
)
from essaim.agent.errors import Fact, PermanentError, TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift
from essaim.contract import Fqdn, Login, Site, as_read
from essaim.contract.php import read_settings
from essaim.contract.shield import TIMES_MAX

_DOCROOT = re.compile(r"(?!\.{1,2}(?:/|$))[\w.+@ -]{1,100}(?:/(?!\.{1,2}(?:/|$))[\w.+@ -]{1,100}){0,7}", re.ASCII)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PROOF = re.compile(r"[a-z2-7]{26}")

_READABLE = 0o644
_WEB_ALONE = 0o640

Entry = tuple[str, str, int]
"""`("link", target, owner)`, `("file", content, 0)`, or `("secret", content, 0)`: a file that nginx reads and no account does."""


class SiteResource:
    """The site as wanted."""

    kind: ClassVar[str] = "site"
    mends: ClassVar[bool] = True
    slow: ClassVar[bool] = False

    def apply(self, spec: Site, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """nginx answers for `spec.fqdn` and its aliases as wanted."""
        _refuse_odd(spec, machine)
        uid = _owner(spec, machine)
        _ensure_content(spec, uid, machine)
        links = machine.paths.site_links(spec.fqdn)
        wanted = _entries(spec, uid, machine)
        machine.files.symlink(machine.paths.site_inside(spec.fqdn), wanted["content"][1], uid=uid, gid=uid)
        standing = _standing(links)
        # Visitors who are sent to another version find it listening; those who are with the former one are still answered there.
        php.enter(spec, uid, machine, at_once=standing is not None and standing.get("php") != wanted["php"])
        if spec.engine == "apache":
            apache.enter(spec, uid, machine)
        if standing != wanted:
            former = _aliases(links)
            with machine.files.replace_directory(links) as new:
                for name, (sort, value, owner) in wanted.items():
                    if sort == "link":
                        new.symlink(name, value, uid=owner, gid=owner)
                    elif sort == "secret":
                        new.write(name, value, mode=_WEB_ALONE, gid=users.web_group())
                    else:
                        new.write(name, value)
            _drop_aliases(former - _others(spec), spec.fqdn, machine)
        php.leave(spec.fqdn, spec.account, machine, but=php_preview.versions(spec, machine.paths))
        if spec.engine != "apache":
            apache.leave(spec.fqdn, spec.account, machine)
        for alias in spec.aliases:
            _ensure_alias(alias, spec.fqdn, machine)
        for domain in spec.wildcards:
            machine.files.symlink(machine.paths.wildcard_links(domain), spec.fqdn)
        machine.files.remove(machine.paths.kept / spec.fqdn)
        closed.unmark(spec.fqdn, machine)
        if spec.titles:
            machine.files.write(machine.paths.house, json.dumps(spec.titles, sort_keys=True) + "\n")
        seen = htaccess.look_at(spec, machine.paths)
        return Applied(facts=seen.facts, again_in_s=php_preview.ends_in_s(spec, machine.paths))

    def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """Stop serving. The files stay in the account until they are erased."""
        fqdn = Fqdn(key)
        links = machine.paths.site_links(fqdn)
        kept = machine.paths.kept / fqdn
        standing = _target(links / "content") or _target(kept)
        if standing and homes.is_refused(Login(Path(standing).parent.parent.name), machine.paths):
            return  # it is the other's
        if links.is_dir() and not links.is_symlink():
            content = (links / "content").readlink()
            machine.files.directory(kept.parent, mode=0o700)
            machine.files.symlink(kept, content)  # whose files they were, for the day they are erased
            others = _aliases(links)
            closed.mark(fqdn, others, machine)
            _drop_aliases(others, fqdn, machine)
            machine.files.remove(links)
            php.leave(fqdn, Login(content.parent.parent.name), machine)
            apache.leave(fqdn, Login(content.parent.parent.name), machine)
        machine.files.remove(machine.paths.site_inside(fqdn))
        if erase:
            closed.unmark(fqdn, machine)
        if erase and kept.is_symlink():
            content = kept.readlink()
            if content.parent.parent.is_dir():
                inside.erase(content.parent.parent, content.parent.name, content.name)
                weblogs.forget(Login(content.parent.parent.name), machine, fqdn=fqdn)
                php_log.erase(content.parent.parent, fqdn)
            machine.files.remove(machine.paths.site_tls(fqdn))
            machine.files.remove(kept)

    def drift(self, spec: Site, machine: Machine) -> Drift | None:
        """Looks at every link and flag, and that the site's directory is there."""
        home = machine.paths.home(spec.account)
        if not home.is_dir():
            return Drift(
                "site.account_gone", f"The account {spec.account} was missing.", {"account": str(spec.account)}
            )
        content = machine.paths.site_content(spec.account, spec.fqdn)
        wanted = (_entries(spec, home.lstat().st_uid, machine), str(content))
        if (_standing(machine.paths.site_links(spec.fqdn)), _target(machine.paths.site_inside(spec.fqdn))) != wanted:
            return Drift(
                "site.links_changed",
                f"What nginx finds for {spec.fqdn} was missing or changed.",
                {"fqdn": str(spec.fqdn)},
            )
        for alias in _others(spec):
            if _target(machine.paths.sites / alias) != spec.fqdn:
                return Drift("site.alias_changed", f"The alias {alias} was missing or changed.", {"alias": str(alias)})
        if (entered := _entered_drift(spec, machine)) is not None:
            return entered
        if not content.is_dir():
            return Drift("site.folder_missing", f"The directory of {spec.fqdn} was missing.", {"fqdn": str(spec.fqdn)})
        return None


def _entered_drift(spec: Site, machine: Machine) -> Drift | None:
    facts: dict[str, Fact] = {"fqdn": str(spec.fqdn)}
    if not php.is_entered(spec, machine.paths):
        return Drift("site.php_changed", f"What {spec.fqdn} has PHP do was missing or changed.", facts)
    if not apache.is_entered(spec, machine.paths):
        return Drift("site.engine_changed", f"What Apache knows of {spec.fqdn} was missing or changed.", facts)
    return None


def _refuse_odd(spec: Site, machine: Machine) -> None:
    if spec.docroot and not _DOCROOT.fullmatch(spec.docroot):
        raise PermanentError(
            "site.docroot_refused",
            f"{spec.docroot[:80]!r} is not a folder inside the site.",
            "Choose a folder such as `public`.",
            facts={"docroot": spec.docroot[:80]},
        )
    if spec.php not in (here := php.versions(machine.paths)):
        raise PermanentError(
            "site.php_missing",
            f"PHP {spec.php} is not on this machine.",
            f"Choose {', '.join(here)}." if here else "Give the machine a tree of PHP: `essaim-agent php-tree`.",
            facts={"php": spec.php, "versions": ", ".join(here)},
        )
    if spec.engine == "apache" and not apache.is_here(machine.paths):
        raise PermanentError(
            "site.engine_missing",
            "This machine has no Apache.",
            "Choose nginx, or give the machine a tree of Apache: `essaim-agent apache-tree`.",
            facts={"engine": "apache"},
        )
    ceilings = offered.read(spec.account, machine.paths).php_ceilings
    for refused in read_settings(spec.php_settings, ceilings=ceilings)[1]:
        raise PermanentError(
            "site.php_setting_refused",
            f"{refused.name[:40]} cannot be {spec.php_settings[refused.name][:40]!r}.",
            "Report a fault of the manager.",
            facts={"name": refused.name[:40], "value": spec.php_settings[refused.name][:40]},
        )
    if not 1 <= spec.limits <= TIMES_MAX or (spec.shield and not all(way.is_sound for way in spec.shield.except_)):
        raise PermanentError(
            "site.shield_refused", "The site's limits or its shield are none.", "Report a fault of the manager."
        )
    if not _PROOF.fullmatch(spec.proof):
        raise PermanentError("site.proof_refused", "The proof is not 26 of a-z2-7.", "Report a fault of the manager.")
    rules.refuse_odd(spec)


def _owner(spec: Site, machine: Machine) -> int:
    homes.require_none_refused(spec.account, machine)
    try:
        return machine.paths.home(spec.account).lstat().st_uid
    except FileNotFoundError:
        raise TemporaryError(
            "site.account_missing",
            f"The account {spec.account} is not on this machine yet.",
            "It follows by itself.",
            facts={"account": str(spec.account)},
        ) from None


def _entries(spec: Site, uid: int, machine: Machine) -> dict[str, Entry]:
    """What the directory of links holds."""
    content = machine.paths.site_content(spec.account, spec.fqdn)
    found: dict[str, Entry] = {
        # nginx follows a link whose owner owns the target (disable_symlinks): so this one is the account's
        "docroot": ("link", str(content / spec.docroot), uid),
        "content": ("link", str(content), uid),
        "php": ("link", str(php.socket_path(spec.account, spec.php, machine.paths)), 0),
        "tls": ("link", str(machine.paths.site_tls(spec.fqdn)), 0),
        "proof": ("file", f"{spec.proof}\n", 0),
    }
    if tried := php_preview.link(spec, machine.paths):
        flag, name, version = tried
        found[flag] = ("file", "", 0)
        found[name] = ("link", str(php.socket_path(spec.account, version, machine.paths)), 0)
    if others := _others(spec):
        found["aliases"] = ("file", "".join(f"{alias}\n" for alias in sorted(others)), 0)
    if record := front.record(spec):
        found["front.json"] = ("secret", record, 0)
    if spec.engine != "nginx":
        found["engine"] = ("link", str(machine.paths.engine_socket(spec.engine, spec.account, spec.fqdn)), 0)
    if not spec.suspended:  # what nginx serves: without it nothing is found, and nginx looks at why
        found["live"] = found["docroot"]
    if spec.https_only:  # leads to nothing until there is a certificate: nginx' `-f` is false until then
        found["https-only"] = ("link", "tls/fullchain.pem", 0)
    return found | {name: ("file", "", 0) for name, is_so in _flags(spec).items() if is_so}


def _flags(spec: Site) -> dict[str, bool]:
    """What nginx learns from an empty file that is there or not."""
    return {
        spec.fqdn: not spec.docroot,  # what is published is the folder of this name: nginx need not resolve where it leads
        "absent": bool(spec.rules.absent) and not spec.suspended,
        "behind": spec.engine != "nginx",  # nginx looks at files only, and a socket is none
        "intermediate": spec.tls == "intermediate",
        "own-limits": spec.limits != 1,  # nginx leaves the counting to what reads the record
        "suspended": spec.suspended,
    }


def _standing(links: Path) -> dict[str, Entry] | None:
    """What stands there now; None: no directory of links."""
    if links.is_symlink():
        return None
    try:
        with os.scandir(links) as entries:
            return {entry.name: _entry(entry) for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return None


def _entry(entry: os.DirEntry[str]) -> Entry:
    now = entry.stat(follow_symlinks=False)
    if entry.is_symlink():
        return "link", os.readlink(entry.path), now.st_uid  # noqa: PTH115  asked for every site every few minutes
    sort = {_READABLE: "file", _WEB_ALONE: "secret"}.get(stat.S_IMODE(now.st_mode), "")
    if stat.S_ISREG(now.st_mode) and sort:
        return sort, Path(entry.path).read_text(errors="replace"), 0
    return "odd", "", now.st_uid


def _ensure_content(spec: Site, uid: int, machine: Machine) -> None:
    """The site's directory and its published folder are there; an empty one welcomes."""
    home = machine.paths.home(spec.account)
    folders = [folder for folder in spec.docroot.split("/") if folder]
    with inside.opened(home, "sites", spec.fqdn, uid=uid) as content:
        is_empty = inside.is_empty(content)
    if is_empty and spec.rules.elsewhere is None:
        with inside.opened(home, "sites", spec.fqdn, *folders, uid=uid) as docroot:
            inside.write_new(docroot, "index.html", _welcome(spec, machine), uid=uid)


def _welcome(spec: Site, machine: Machine) -> str:
    colour = spec.titles.get("colour", "")
    house = spec.titles.get("house", "") or "Essaim"
    name = as_read(spec.fqdn)
    return string.Template((machine.paths.platform / "welcome.html").read_text()).safe_substitute(
        fqdn=spec.fqdn,
        name=name,
        dns=f"<p><code>{spec.fqdn}</code></p>" if name != spec.fqdn else "",
        house=house.replace("&", "&amp;").replace("<", "&lt;"),
        colour=colour if _COLOUR.fullmatch(colour) else "#d97706",
    )


def _target(path: Path) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115  asked for every site every few minutes
    except OSError:
        return None


def _others(spec: Site) -> set[str]:
    """The names beside its own, as their directories of links are called."""
    return {*map(str, spec.aliases), *(f"_.{domain}" for domain in spec.wildcards)}


def _aliases(links: Path) -> set[str]:
    try:
        return set((links / "aliases").read_text().split())
    except (FileNotFoundError, NotADirectoryError):
        return set()


def _ensure_alias(alias: Fqdn, fqdn: Fqdn, machine: Machine) -> None:
    path = machine.paths.site_links(alias)
    if path.is_dir() and not path.is_symlink():
        raise TemporaryError(
            "site.alias_taken",
            f"{alias} is a site of its own on this machine, so it cannot be an alias of {fqdn}.",
            "Close that site first; the agent goes on by itself.",
            facts={"alias": str(alias), "fqdn": str(fqdn)},
        )
    machine.files.symlink(path, fqdn)


def _drop_aliases(aliases: set[str], fqdn: Fqdn, machine: Machine) -> None:
    for alias in aliases:
        path = machine.paths.sites / alias
        if _target(path) == fqdn:  # another site may have taken the name since
            machine.files.remove(path)
