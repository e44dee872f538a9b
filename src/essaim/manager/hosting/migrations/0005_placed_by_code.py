"""Why an account stands where it does gets a code with its facts, so that everyone reads it in their own language. A sentence
that is none of those that were written before is shown as it stands.
"""

import re

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODE = "fleet.most_room"
SENTENCES = (
    re.compile(
        r"(?P<machine>\S+) has the most room: (?P<used>\d+) of (?P<capacity>\d+) accounts, "
        r"among (?P<count>\d+) web machines\."
    ),
    re.compile(
        r"(?P<machine>\S+) a le plus de place\s?: (?P<used>\d+) hébergements sur (?P<capacity>\d+), "
        r"parmi (?P<count>\d+) machines web\."
    ),
)


def facts_of(sentence: str) -> dict[str, object]:
    """What the sentence was made of; nothing for one that is not of ours."""
    found = next((match for match in (one.fullmatch(sentence) for one in SENTENCES) if match), None)
    if found is None:
        return {}
    facts: dict[str, object] = {name: int(found[name]) for name in ("used", "capacity", "count")}
    if facts["count"] == 1:
        del facts["count"]
    return {"machine": found["machine"], **facts}


def read_sentences(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    accounts = apps.get_model("hosting", "Account").objects
    for pk, sentence in accounts.exclude(placed_because="").values_list("pk", "placed_because").iterator():
        facts = facts_of(sentence)
        if facts:
            accounts.filter(pk=pk).update(placed_code=CODE, placed_facts=facts)


class Migration(migrations.Migration):
    dependencies = [("hosting", "0004_newest_of_a_state")]

    operations = [
        migrations.AddField("account", "placed_code", models.CharField(blank=True, max_length=64)),
        migrations.AddField("account", "placed_facts", models.JSONField(default=dict)),
        migrations.RunPython(read_sentences, migrations.RunPython.noop),
    ]
