"""What every unit test stands on: a state folder of its own, no bus, the demo's shared domain."""

import os
import tempfile

_STATE = tempfile.mkdtemp(prefix="essaim-unit-")
os.environ["ESSAIM_STATE"] = _STATE
os.environ["ESSAIM_BUS_DIR"] = f"{_STATE}/bus"
os.environ["ESSAIM_WAKE_SOCKET"] = f"{_STATE}/wake.sock"
os.environ.pop("ESSAIM_STATIC", None)
os.mkdir(f"{_STATE}/static")  # noqa: PTH102 - whitenoise warns of a folder that is missing

import secrets  # noqa: E402
import shutil  # noqa: E402 - settings read the environment above when Django is first imported
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from urllib.parse import urlsplit, urlunsplit  # noqa: E402

import psycopg  # noqa: E402
import pytest  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.utils import translation  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

# A busy machine makes any example slow.
hypothesis_settings.register_profile("essaim", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("essaim")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_STATE, ignore_errors=True)


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[str]:
    """A database for processes of their own, of the kind that this run tests with: PostgreSQL where `ESSAIM_DATABASE` names one."""
    url = os.environ.get("ESSAIM_DATABASE", "")
    if not url.startswith("postgresql://"):
        yield f"sqlite://{tmp_path}/own.sqlite3"
        return
    name = f"own_{secrets.token_hex(6)}"
    server = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(server._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def _house(settings: object, tmp_path: Path) -> Iterator[None]:
    """The settings of the demo: sentences in English, names under example.test, uploads in the test's own folder."""
    settings.SHARED_DOMAINS = ["example.test"]  # type: ignore[attr-defined]
    settings.UPLOADS = tmp_path / "uploads"  # type: ignore[attr-defined]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    cache.clear()
    with translation.override("en"):
        yield
