"""Uploads unpacked on a real machine: as the account's user, within its quota, never half."""

import io
import os
import subprocess
import tarfile
import zipfile

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import Told, account, apply, apply_and_be_killed, content, erase, install, put_blob, site
from tests.lab.load import meanwhile
from tests.lab.whole import eventually

LOGIN, UID, FQDN = "content", 21_002, "content.test"
HOME = f"/srv/essaim/accounts/{LOGIN}"
SITE = f"{HOME}/sites/{FQDN}"
QUOTA = 30_000_000


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Machine:
    machine = lab.machine("web1")
    install(machine, "web")
    return machine


@pytest.fixture
def web(machine: Machine) -> Machine:
    """A web machine with one new site that welcomes."""
    erase(machine, "web", ("content", FQDN), ("site", FQDN), ("account", LOGIN))
    told = apply(machine, "web", account(LOGIN, UID, QUOTA), site(LOGIN, FQDN))
    assert [one.code for one in told] == ["", ""]
    return machine


def zip_of(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return made.getvalue()


def upload(web: Machine, letter: str, data: bytes, **changed: object) -> Told:
    put_blob(web, letter * 26, data)
    return apply(web, "web", content(LOGIN, FQDN, letter * 26, data, **changed))[0]


def fetch(lab: Lab, path: str = "/") -> str:
    argv = lab.machine("outside1").argv_inside(["curl", "--silent", "--max-time", "60", f"http://{FQDN}{path}"])
    return subprocess.run(argv, capture_output=True, check=True).stdout.decode()


def test_an_upload_is_what_visitors_get_and_php_runs_in_it(lab: Lab, web: Machine) -> None:
    told = upload(web, "a", zip_of(index_html=b"new", who_php=b"<?php echo get_current_user(), 6*7;"))
    assert told.code == ""
    assert fetch(lab) == "new"
    assert fetch(lab, "/who.php") == f"{LOGIN}42"


def test_everything_unpacked_is_the_account_s_own(web: Machine) -> None:
    upload(web, "a", zip_of(index_html=b"new"))
    strangers = web.run(["find", f"{HOME}/sites", "!", "-user", LOGIN]).stdout
    assert strangers == b""


def test_an_undo_brings_the_welcome_back(lab: Lab, web: Machine) -> None:
    data = zip_of(index_html=b"new")
    welcome = fetch(lab)
    upload(web, "a", data)
    told = upload(web, "a", data, restore_previous=True)
    assert told.code == ""
    assert fetch(lab) == welcome


def test_what_does_not_fit_in_the_quota_is_told_and_the_site_stays(lab: Lab, web: Machine) -> None:
    upload(web, "a", zip_of(index_html=b"stays"))
    told = upload(web, "b", zip_of(index_html=b"new", noise_bin=os.urandom(40_000_000)))
    assert told.code == "content.quota_full"
    assert fetch(lab) == "stays"
    assert web.run(["ls", "-A", f"{HOME}/sites/.versions/{FQDN}"]).stdout.split() in ([], [b"previous"])


def test_a_hostile_archive_leaves_nothing(lab: Lab, web: Machine) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("index.html"))
        link = tarfile.TarInfo("shadow")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/shadow"
        archive.addfile(link)
    before = fetch(lab)
    told = upload(web, "c", made.getvalue(), archive="tar")
    assert told.code == "content.unsafe_link"
    assert fetch(lab) == before
    assert web.run(["ls", "-A", f"{HOME}/sites/.versions/{FQDN}"]).stdout == b""


def test_a_folder_in_the_place_of_the_shelf_leads_nowhere(web: Machine) -> None:
    """What the client put there is opened by the client's own user, who may not write elsewhere."""
    web.run(["rm", "-rf", f"{HOME}/sites/.versions"])
    web.run(
        ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "ln", "-s", "/etc", f"{HOME}/sites/.versions"]
    )
    told = upload(web, "d", zip_of(index_html=b"new"))
    assert told.code == "content.system"
    assert web.call(["test", "-e", f"/etc/{FQDN}"]) != 0


def test_visitors_see_the_old_site_or_the_new_one_and_nothing_between(lab: Lab, web: Machine) -> None:
    upload(web, "e", zip_of(index_html=b"version 0"))
    seen: set[str] = set()
    with meanwhile(lambda: seen.add(fetch(lab))):
        for number, letter in enumerate("fgh", 1):
            pages = {f"f{n}_txt": b"x" * 9_000 for n in range(300)}
            upload(web, letter, zip_of(index_html=b"version %d" % number, **pages))
        eventually(lambda: "version 3" in seen)
    assert seen <= {f"version {number}" for number in range(4)}
    assert "version 0" in seen


def test_the_agent_killed_at_any_instant_leaves_a_whole_site_and_the_next_try_ends_it(lab: Lab, web: Machine) -> None:
    upload(web, "i", zip_of(index_html=b"old"))
    data = zip_of(index_html=b"new", **{f"f{n}_txt": b"x" * 3_000 for n in range(1_500)})
    put_blob(web, "j" * 26, data)
    wanted = content(LOGIN, FQDN, "j" * 26, data)
    for after_s in (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.2):
        apply_and_be_killed(web, "web", wanted, after_s=after_s)
        files = int(web.run(["sh", "-c", f"find {SITE} -type f | wc -l"]).stdout)
        whole = {1: "old", 1_501: "new"}[files]
        eventually(lambda whole=whole: fetch(lab) == whole, seconds=5)  # a page that was hot is a second late
    assert apply(web, "web", wanted)[0].code == ""
    eventually(lambda: fetch(lab) == "new", seconds=5)
