"""New lines of the trail seal each word with a salt; the database lets a word go with its salt, and nothing else change."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHAIN = ("id", "at", "code", "person_id", "about_kind", "sealed", "previous_hash", "hash")
WORDS = ("who", "about_key", "client_slug", "origin", "reason")
SQLITE_DROP = ["DROP TRIGGER IF EXISTS core_auditline_no_UPDATE"]
SQLITE_WHEN = " AND ".join(
    ["OLD.sealed IS NOT NULL"]
    + [f'NEW."{name}" IS OLD."{name}"' for name in CHAIN]
    + [f"(NEW.\"{name}\" IS OLD.\"{name}\" OR NEW.\"{name}\" = '')" for name in WORDS]
    + ["(NEW.facts IS OLD.facts OR length(NEW.facts) < length(OLD.facts))", "length(NEW.salts) < length(OLD.salts)"]
)
SQLITE = [
    f"""CREATE TRIGGER core_auditline_no_UPDATE BEFORE UPDATE ON core_auditline WHEN NOT ({SQLITE_WHEN})
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"""
]
POSTGRESQL_IF = " AND ".join(
    ["OLD.sealed IS NOT NULL"]
    + [f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in CHAIN]
    + [f"(NEW.\"{name}\" = OLD.\"{name}\" OR NEW.\"{name}\" = '')" for name in WORDS]
    + ["OLD.facts @> NEW.facts", "OLD.salts @> NEW.salts", "OLD.salts <> NEW.salts"]
)
POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION core_auditline_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF {POSTGRESQL_IF} THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION 'the audit trail is append-only';
        END $$"""
]
BEFORE_SQLITE = [
    """CREATE TRIGGER core_auditline_no_UPDATE BEFORE UPDATE ON core_auditline
       BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"""
]
BEFORE_POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION core_auditline_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"""
]


def forwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE_DROP + SQLITE:
        schema_editor.execute(statement)


def backwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in BEFORE_POSTGRESQL if is_postgresql else SQLITE_DROP + BEFORE_SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("core", "0003_mail")]
    operations = [
        migrations.AddField("auditline", "salts", models.JSONField(null=True)),
        migrations.AddField("auditline", "sealed", models.JSONField(null=True)),
        migrations.RunPython(forwards, backwards),
    ]
