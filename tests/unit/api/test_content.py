"""Content through the API: streamed to disk, checked, repeated safely."""

import io
import tarfile
import zipfile
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from essaim.manager.hosting.models import Upload

PATH = "/sites/garden.example.test/content?filename=site.zip"


def a_zip(text: str = "hello") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.html"), text)
    return made.getvalue()


def test_an_archive_is_received_and_its_files_are_counted(house: SimpleNamespace) -> None:
    answer = house.as_owner("PUT", PATH, a_zip())

    upload = answer.json()
    assert answer.status_code == 202
    assert (upload["state"], upload["archive"], upload["files"]) == ("received", "zip", 1)
    assert house.as_owner.get("/sites/garden.example.test").json()["content"]["upload"] == upload["upload"]


def test_the_same_archive_a_moment_later_answers_as_it_did(house: SimpleNamespace) -> None:
    first = house.as_owner("PUT", PATH, a_zip())
    again = house.as_owner("PUT", PATH, a_zip())

    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json() == first.json()
    assert Upload.objects.count() == 1


def test_the_same_archive_is_put_again_when_that_is_asked_for(house: SimpleNamespace) -> None:
    house.as_owner("PUT", PATH, a_zip())
    again = house.as_owner("PUT", PATH + "&again=true", a_zip())

    assert "Idempotent-Replay" not in again.headers
    assert Upload.objects.count() == 2


def test_a_hostile_archive_is_refused_in_words(house: SimpleNamespace) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../etc/cron.d/x"))

    answer = house.as_owner("PUT", PATH, made.getvalue())

    assert (answer.status_code, answer.json()["code"]) == (422, "hosting.upload_refused")


def test_an_upload_above_the_limit_is_refused_before_it_is_read(house: SimpleNamespace, settings: Settings) -> None:
    settings.UPLOAD_BYTES_MAX = 10

    answer = house.as_owner("PUT", PATH, b"x" * 11)

    assert (answer.status_code, answer.json()["code"]) == (413, "api.body_too_large")


def test_an_upload_without_its_length_is_refused(house: SimpleNamespace) -> None:
    assert house.as_owner("PUT", PATH, b"").json()["code"] in ("api.length_missing", "hosting.upload_refused")


@pytest.mark.parametrize("who", ["as_stranger", "as_nobody"])
def test_nobody_else_puts_content(house: SimpleNamespace, who: str) -> None:
    assert getattr(house, who)("PUT", PATH, a_zip()).status_code in (401, 404)
