"""What can happen to a site's content: put as an archive, undone by one step."""

import hashlib
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.db import transaction

from essaim.contract.archives import ArchiveRefused, Limits, Summary, inspect
from essaim.manager.core import audit
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import actions as fleet
from essaim.manager.fleet.models import Wanted
from essaim.manager.fleet.sentences import advice_of, sentence_of
from essaim.manager.hosting import access
from essaim.manager.hosting.actions.locks import lock_site
from essaim.manager.hosting.actions.sites import new_id
from essaim.manager.hosting.errors import ContentUnderWay, NothingToUndo, SiteNotActive, UploadRefused, UploadTooLarge
from essaim.manager.hosting.models import Site, Upload
from essaim.manager.hosting.wanted import FILES_MAX, is_unserved, wanted_content
from essaim.manager.hosting.wishes import wish_of
from essaim.manager.people.models import Person

PIECE_BYTES = 1024 * 1024
REPLACED = "content.replaced", "Another upload took its place before it was on the machine."
UNDER_WAY = (Upload.State.RECEIVED, Upload.State.SENT)


class _Received(NamedTuple):
    """A file that stands in the uploads' folder."""

    path: Path
    sha256: str
    size_bytes: int
    archive: str


def put_content(site: Site, *, by: Person, file: BinaryIO, filename: str) -> Upload:
    """Make the archive `file` the site's whole content. It is read here once, before anything is decided; the machine checks
    again while it unpacks. A later upload takes the place of one that is still under way.

    Raises:
        NotAllowed, SiteNotActive: closed; UploadTooLarge, UploadRefused: with what is wrong in the archive.
    """
    access.require(by, "sites.change", site.account)
    filename = _shown_name(filename)
    upload = new_id()
    path = path_of(upload)
    try:
        received = _receive(file, path, filename)
        summary = _inspect(path, site, filename)
        with transaction.atomic():
            return _want(lock_site(site, by), by, upload, received, summary, filename)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def path_of(upload: str) -> Path:
    """Where an upload waits for its machine."""
    return Path(settings.UPLOADS) / upload


def _shown_name(filename: str) -> str:
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in name if sign.isprintable())[:200] or "archive"


def _receive(file: BinaryIO, path: Path, filename: str) -> _Received:
    """Copy `file` piece by piece: no more is written than an upload may have."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    most, size, digest, head = settings.UPLOAD_BYTES_MAX, 0, hashlib.sha256(), b""
    with path.open("xb") as target:
        while piece := file.read(PIECE_BYTES):
            size += len(piece)
            if size > most:
                raise UploadTooLarge(filename=filename, most_mib=most // 1024**2)
            head = head or piece[:4]
            digest.update(piece)
            target.write(piece)
    return _Received(path, digest.hexdigest(), size, "zip" if head.startswith(b"PK") else "tar")


def _inspect(path: Path, site: Site, filename: str) -> Summary:
    limits = Limits(bytes_max=site.account.quota_bytes, files_max=FILES_MAX, docroot=site.docroot)
    try:
        return inspect(path, limits)
    except ArchiveRefused as refused:
        raise UploadRefused(
            filename=filename,
            reason=refused.code,
            sentence=sentence_of(refused.code, refused.facts, refused.sentence),
            advice=advice_of(refused.code, refused.facts, refused.advice),
        ) from None


def _want(site: Site, by: Person, upload: str, received: _Received, summary: Summary, filename: str) -> Upload:
    if is_unserved(site):
        raise SiteNotActive(name=site.name_unicode, state=Site.State.CLOSED.label)
    for earlier in site.uploads.filter(state__in=UNDER_WAY):
        earlier.state, (earlier.code, earlier.sentence) = Upload.State.REFUSED, REPLACED
        earlier.facts, earlier.advice = {}, ""
        earlier.save(update_fields=["state", "code", "facts", "sentence", "advice"])
        forget_file(earlier)
    row = Upload.objects.create(
        site=site,
        person=by,
        upload=upload,
        filename=filename,
        archive=received.archive,
        sha256=received.sha256,
        size_bytes=received.size_bytes,
        files=summary.files,
        unpacked_bytes=summary.bytes,
    )
    line = _record("hosting.content_put", row, by, filename=filename, bytes=received.size_bytes, files=summary.files)
    fleet.want(site.account.machine, wanted_content(row), site.fqdn, audit=line)
    return row


def forget_file(upload: Upload) -> None:
    """Remove the file once the transaction that no longer needs it has committed."""
    path = path_of(upload.upload)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@transaction.atomic
def undo_content(site: Site, *, by: Person) -> Upload:
    """Put back what stood there before the last upload. The row turns *undone* when the machine has done it. Undoing while an
    undo is under way changes nothing; after one that failed for good it is tried again.

    Raises:
        NotAllowed, SiteNotActive, ContentUnderWay, NothingToUndo: one step back is kept.
    """
    site = lock_site(site, by)
    if is_unserved(site):
        raise SiteNotActive(name=site.name_unicode, state=Site.State.CLOSED.label)
    last = site.uploads.exclude(state=Upload.State.REFUSED).first()
    if last is not None and last.state in UNDER_WAY:
        raise ContentUnderWay(name=site.name_unicode)
    if last is None or last.state == Upload.State.UNDONE:
        raise NothingToUndo(name=site.name_unicode)
    last.site = site
    if is_undo_under_way(wish_of(site, "content")):
        return last
    line = _record("hosting.content_undone", last, by, filename=last.filename)
    undo = wanted_content(last, restore_previous=True)
    fleet.want(site.account.machine, undo, site.fqdn, audit=line, again=True)
    return last


def is_undo_under_way(wish: Wanted | None) -> bool:
    """The machine is to put the former content back, and has not answered that it did or never will."""
    return wish is not None and bool((wish.spec or {}).get("restore_previous")) and wish.is_under_way


def _record(code: str, upload: Upload, by: Person, **facts: Any) -> AuditLine:
    site = upload.site
    client = site.account.client.slug
    return audit.record(code, by=by, about=("site", site.fqdn), client=client, upload=upload.upload, **facts)
