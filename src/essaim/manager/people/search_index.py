"""The index of three letters over the folded names of clients and people: pg_trgm in PostgreSQL, FTS5 in SQLite.

In SQLite it follows its table by triggers, which go when a migration makes the table anew: `keep_index` looks after every migration.
"""

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

TABLES = ("people_client", "people_person")
THRESHOLD = 0.3
"""How much of a word must be there before PostgreSQL looks at a row closer."""


def keep_index(**_signal: object) -> None:
    """Make the index if it is not there; where a trigger was lost, make it anew from the rows. Twice is once."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table in TABLES:
                cursor.execute(f"CREATE INDEX IF NOT EXISTS {table}_words ON {table} USING gin (folded gin_trgm_ops)")
            return
        for table in TABLES:
            _keep_sqlite(cursor, table)


def _keep_sqlite(cursor: CursorWrapper, table: str) -> None:
    cursor.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {table}_words USING fts5("
        f"folded, content='{table}', content_rowid='id', tokenize='trigram')"
    )
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
    if len([name for (name,) in cursor.fetchall() if name.startswith(f"{table}_words_")]) == 3:  # noqa: PLR2004 - below
        return
    into = f"INSERT INTO {table}_words(rowid, folded) VALUES (new.id, new.folded)"  # noqa: S608 - our own tables
    out = f"INSERT INTO {table}_words({table}_words, rowid, folded) VALUES ('delete', old.id, old.folded)"  # noqa: S608 - our own tables
    for name, when, acts in (
        ("added", "AFTER INSERT", (into,)),
        ("gone", "AFTER DELETE", (out,)),
        ("changed", "AFTER UPDATE OF folded", (out, into)),
    ):
        cursor.execute(f"DROP TRIGGER IF EXISTS {table}_words_{name}")
        cursor.execute(f"CREATE TRIGGER {table}_words_{name} {when} ON {table} BEGIN {'; '.join(acts)}; END")
    cursor.execute(f"INSERT INTO {table}_words({table}_words) VALUES ('rebuild')")  # noqa: S608 - our own tables


def near(table: str, words: str, *, limit: int) -> list[int]:
    """Numbers of the rows of `table` whose folded text has most of the three letters of `words` (see `folding`), best first."""
    from essaim.manager.people.folding import trigrams

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            each = words.split()
            scores = " + ".join(["word_similarity(%s, folded)"] * len(each))
            close = " OR ".join(["%s <%% folded"] * len(each))
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [str(THRESHOLD)])
            sql = f"SELECT id FROM {table} WHERE {close} ORDER BY {scores} DESC, id LIMIT %s"  # noqa: S608 - our own tables
            cursor.execute(sql, [*each, *each, limit])
        else:
            match = " OR ".join(f'"{three}"' for three in trigrams(words))
            sql = f"SELECT rowid FROM {table}_words WHERE {table}_words MATCH %s ORDER BY rank LIMIT %s"  # noqa: S608 - our own tables
            cursor.execute(sql, [match, limit])
        return [number for (number,) in cursor.fetchall()]
