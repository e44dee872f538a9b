"""The database itself refuses to change or remove a line of the audit trail."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = [
    """CREATE TRIGGER core_auditline_no_{act} BEFORE {act} ON core_auditline
       BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""".replace("{act}", act)
    for act in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """CREATE FUNCTION core_auditline_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$""",
    """CREATE TRIGGER core_auditline_append_only BEFORE UPDATE OR DELETE ON core_auditline
       FOR EACH ROW EXECUTE FUNCTION core_auditline_refuse()""",
    """CREATE TRIGGER core_auditline_no_truncate BEFORE TRUNCATE ON core_auditline
       FOR EACH STATEMENT EXECUTE FUNCTION core_auditline_refuse()""",
]


def forwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def backwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER core_auditline_no_truncate ON core_auditline")
        schema_editor.execute("DROP TRIGGER core_auditline_append_only ON core_auditline")
        schema_editor.execute("DROP FUNCTION core_auditline_refuse()")
    else:
        schema_editor.execute("DROP TRIGGER core_auditline_no_UPDATE")
        schema_editor.execute("DROP TRIGGER core_auditline_no_DELETE")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
