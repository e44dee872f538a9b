"""A site's content: put an archive, take the last one back. The body is on disk before the database is asked, so that
a slow upload holds no lock.
"""

import hashlib
import tempfile
from datetime import timedelta
from typing import IO, Annotated, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from essaim.manager.hosting import access, actions, errors, queries
from essaim.manager.hosting.models import Site, Upload
from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.errors import BodyTooLarge, LengthMissing
from essaim.manager.web.api.operations import operation, rendered
from essaim.manager.web.api.site_answers import UploadAnswer, upload_answer
from essaim.manager.web.api.sites import WRITE

router = Router(tags=["sites"])
CHUNK = 1024 * 1024
SAME_PUT_WITHIN = timedelta(minutes=10)
MIB = 1024 * 1024


@operation(
    router,
    "PUT",
    "/{fqdn}/content",
    summary="Put a site's content",
    answers=UploadAnswer,
    scope=WRITE,
    status=202,
    takes_file=True,
    refusals=(
        errors.SiteNotFound,
        RightMissing,
        errors.SiteNotActive,
        errors.UploadTooLarge,
        errors.UploadRefused,
        LengthMissing,
        BodyTooLarge,
    ),
)
def put_content(
    request: HttpRequest,
    fqdn: str,
    filename: Annotated[Word, Query(..., min_length=1, description="For example site.zip: shown in the story.")],
    again: Annotated[bool, Query(description="Put the same archive although it was put a moment ago.")] = False,  # noqa: FBT002 - a query parameter
) -> HttpResponse:
    """Replaces the site's content as a whole by the zip or tar (plain or compressed) in the body, which is checked
    first: nothing hostile is unpacked, nothing is left half done. The content before is kept for one undo.

    A PUT is repeated safely: the archive that you put within the last ten minutes answers as it did, with the header
    `Idempotent-Replay: true`, unless `again` is true.
    """
    site = queries.get_site(fqdn, seen_by=asker(request))
    access.require(asker(request), "sites.change", site.account)
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        sha256 = _receive(request, file)
        earlier = None if again else _put_a_moment_ago(site, asker(request), sha256)
        if earlier is not None:
            replay = rendered(upload_answer(earlier), status=202)
            replay["Idempotent-Replay"] = "true"
            return replay
        upload = actions.put_content(site, by=asker(request), file=cast("BinaryIO", file), filename=filename)
    return rendered(upload_answer(upload), status=202)


def _put_a_moment_ago(site: Site, by: Person, sha256: str) -> Upload | None:
    """The site's newest upload, if it is this very archive: its answer was lost on the way."""
    newest = site.uploads.first()
    if newest is None or newest.sha256 != sha256 or newest.person_id != by.pk:
        return None
    is_so = newest.state in (Upload.State.RECEIVED, Upload.State.SENT, Upload.State.IN_PLACE)
    return newest if is_so and newest.at > timezone.now() - SAME_PUT_WITHIN else None


def _receive(request: HttpRequest, file: IO[bytes]) -> str:
    """Write the request's body to `file` and rewind it; its SHA-256 in hex.

    Raises:
        LengthMissing, BodyTooLarge.
    """
    most = settings.UPLOAD_BYTES_MAX
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthMissing
    if int(request.META["CONTENT_LENGTH"]) > most:
        raise BodyTooLarge(most_mib=most // MIB)
    digest = hashlib.sha256()
    while chunk := request.read(CHUNK):
        digest.update(chunk)
        file.write(chunk)
    file.seek(0)
    return digest.hexdigest()


@operation(
    router,
    "POST",
    "/{fqdn}/undo",
    summary="Undo the last content",
    answers=UploadAnswer,
    scope=WRITE,
    refusals=(
        errors.SiteNotFound,
        RightMissing,
        errors.SiteNotActive,
        errors.ContentUnderWay,
        errors.NothingToUndo,
    ),
)
def undo_content(request: HttpRequest, fqdn: str) -> UploadAnswer:
    """Puts back what stood there before the last upload: one step is kept."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    return upload_answer(actions.undo_content(site, by=asker(request)))
