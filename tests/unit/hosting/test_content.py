"""Content put by a client: what is kept, what is refused, and when its file goes."""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from essaim.manager.core.errors import NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import reactions
from essaim.manager.hosting import actions, jobs
from essaim.manager.hosting.errors import ContentUnderWay, NothingToUndo, SiteNotActive, UploadRefused, UploadTooLarge
from essaim.manager.hosting.models import Site, Upload
from essaim.manager.people.models import Person
from tests.unit.factories import answer, make_person, make_site
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db(transaction=False)


def packed(**files: str) -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in (files or {"index.html": "hello"}).items():
            archive.writestr(name, text)
    data.seek(0)
    return data


@pytest.fixture
def site() -> Site:
    return make_site(name="one.example.test")


@pytest.fixture
def owner(site: Site) -> Person:
    return make_person(client=site.account.client)


def put(site: Site, owner: Person, **files: str) -> Upload:
    return actions.put_content(site, by=owner, file=packed(**files), filename="C:\\sites\\site.zip")


def waiting() -> list[Path]:
    return list(jobs.path_of("x").parent.glob("*"))


def test_an_upload_is_kept_and_wanted_of_the_sites_machine(site: Site, owner: Person) -> None:
    upload = put(site, owner, **{"a.html": "x" * 700_000, "b.html": os.urandom(600_000).hex()})

    spec = wish("content", site).spec
    file = reactions.file_before(wish("content", site))
    assert file is not None
    assert hashlib.sha256(file.read_bytes()).hexdigest() == spec["sha256"] == upload.sha256
    assert spec["size_bytes"] == file.stat().st_size
    assert (spec["chunks"] - 1) * 524_288 < spec["size_bytes"] <= spec["chunks"] * 524_288
    assert (spec["archive"], upload.filename, upload.files) == ("zip", "site.zip", 2)
    upload.refresh_from_db()
    assert upload.state == "sent"
    assert AuditLine.objects.get(code="hosting.content_put").facts["filename"] == "site.zip"


def test_what_is_in_place_needs_its_file_no_longer(
    site: Site, owner: Person, django_capture_on_commit_callbacks: object
) -> None:
    upload = put(site, owner)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer(wish("content", site), facts={"files": 3, "bytes": 42})

    upload.refresh_from_db()
    assert (upload.state, upload.files, upload.unpacked_bytes) == ("in_place", 3, 42)
    assert waiting() == []
    assert reactions.file_before(wish("content", site)) is None


def test_what_the_machine_refuses_for_good_is_told(
    site: Site, owner: Person, django_capture_on_commit_callbacks: object
) -> None:
    upload = put(site, owner)

    answer(wish("content", site), "failed", sentence="The disk is full.", retry_at=2_000_000_000.0)
    upload.refresh_from_db()
    assert (upload.state, upload.sentence) == ("received", "The disk is full.")
    assert len(waiting()) == 1

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer(wish("content", site), "failed", sentence="Too many files.", advice="Send fewer.")
    upload.refresh_from_db()
    assert (upload.state, upload.sentence, upload.advice) == ("refused", "Too many files.", "Send fewer.")
    assert waiting() == []


def test_a_hostile_archive_is_refused_before_anything_is_decided(site: Site, owner: Person) -> None:
    with pytest.raises(UploadRefused) as refused:
        put(site, owner, **{"../out.html": "x"})

    assert str(refused.value) == "site.zip was refused: ../out.html would be written outside the site."
    assert refused.value.facts["reason"] == "content.unsafe_path"
    assert refused.value.advice
    assert waiting() == []
    assert not Upload.objects.exists()


def test_what_is_no_archive_is_refused(site: Site, owner: Person) -> None:
    with pytest.raises(UploadRefused) as refused:
        actions.put_content(site, by=owner, file=io.BytesIO(b"hello"), filename="page.html")

    assert str(refused.value) == "page.html was refused: The file is not an archive that can be read here."


def test_no_more_is_written_than_an_upload_may_have(site: Site, owner: Person, settings: object) -> None:
    settings.UPLOAD_BYTES_MAX = 1024**2  # type: ignore[attr-defined]

    with pytest.raises(UploadTooLarge) as refused:
        actions.put_content(site, by=owner, file=io.BytesIO(bytes(1024**2 + 1)), filename="big.tar")

    assert (str(refused.value), refused.value.http_status) == ("big.tar is larger than 1 MiB.", 413)
    assert waiting() == []


def test_a_reader_puts_nothing(site: Site) -> None:
    with pytest.raises(NotAllowed):
        put(site, make_person(client=site.account.client, role="reader"))
    assert waiting() == []


def test_a_closed_site_gets_no_content(site: Site, owner: Person) -> None:
    actions.close_site(site, by=owner)

    with pytest.raises(SiteNotActive):
        put(site, owner)
    assert waiting() == []


def test_a_later_upload_takes_the_place_of_one_under_way(
    site: Site, owner: Person, django_capture_on_commit_callbacks: object
) -> None:
    first = put(site, owner)
    late = wish("content", site)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        second = put(site, owner, **{"new.html": "new"})
    answer(late)

    first.refresh_from_db()
    assert first.state == "refused"
    assert first.sentence == "Another upload took its place before it was on the machine."
    assert [path.name for path in waiting()] == [second.upload]
    assert Upload.objects.get(pk=second.pk).state == "received"


def test_one_step_is_undone_and_no_more(site: Site, owner: Person) -> None:
    with pytest.raises(NothingToUndo) as refused:
        actions.undo_content(site, by=owner)
    assert str(refused.value) == "There is nothing to undo on one.example.test."
    upload = put(site, owner)
    with pytest.raises(ContentUnderWay) as under_way:
        actions.undo_content(site, by=owner)
    assert str(under_way.value) == "The content of one.example.test is being changed."
    answer(wish("content", site))

    actions.undo_content(site, by=owner)

    spec = wish("content", site).spec
    assert (spec["upload"], spec["restore_previous"]) == (upload.upload, True)
    assert reactions.file_before(wish("content", site)) is None
    answer(wish("content", site))
    upload.refresh_from_db()
    assert upload.state == "undone"
    with pytest.raises(NothingToUndo):
        actions.undo_content(site, by=owner)


def test_files_that_nobody_needs_are_swept_but_not_the_young(site: Site, owner: Person) -> None:
    kept = put(site, owner)
    for name, age_s in (("young", 0), ("old", 7200)):
        path = jobs.path_of(name)
        path.write_bytes(b"x")
        os.utime(path, (path.stat().st_atime - age_s, path.stat().st_mtime - age_s))
    os.utime(jobs.path_of(kept.upload), (0, 0))

    assert jobs.sweep_uploads() == 1

    assert {path.name for path in waiting()} == {kept.upload, "young"}
