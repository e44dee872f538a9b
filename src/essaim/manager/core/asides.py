"""What is written down in passing while something else is done, and must not keep it waiting."""

from collections.abc import Callable

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

Write = Callable[[], object]


def write_if_free(write: Write, *, database: BaseDatabaseWrapper | None = None) -> bool:
    """Call `write`, which makes one statement; False: another process holds the database, and nothing was written.

    SQLite lets one process write at a time, and who reads must not wait for it. PostgreSQL holds single rows, so there it is simply written.
    """
    asked = database or connection
    if asked.vendor != "sqlite" or asked.in_atomic_block:
        write()
        return True
    asked.ensure_connection()
    (patience_ms,) = asked.connection.execute("PRAGMA busy_timeout").fetchone()
    asked.connection.execute("PRAGMA busy_timeout = 0")
    try:
        write()
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        return False
    finally:
        asked.connection.execute(f"PRAGMA busy_timeout = {patience_ms:d}")
    return True
