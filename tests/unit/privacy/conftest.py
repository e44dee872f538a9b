"""Pages through Django's test client, which reads forms as a browser without JavaScript would."""

from pathlib import Path

import pytest
from django.test import Client as Browser


@pytest.fixture(autouse=True)
def _static_files(settings: object, tmp_path: Path) -> None:
    """A folder for collected files: there is none before an installation collects them."""
    folder = tmp_path / "static"
    folder.mkdir()
    settings.STATIC_ROOT = str(folder)  # type: ignore[attr-defined]


@pytest.fixture
def client() -> Browser:
    """A visitor who reads English: sentences are compared in the language they were written in."""
    return Browser(headers={"accept-language": "en"})
