"""Who was of the team could do everything: they are president and administrator now, until others share the work."""

from typing import Any

from django.db import migrations
from django.utils import timezone


def give_groups(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - given by Django
    Person, Grant = apps.get_model("people", "Person"), apps.get_model("people", "Grant")
    now, reason = timezone.now(), "Of the team before there were groups."
    for person in Person.objects.filter(is_team=True):
        for group in ("president", "administrator"):
            Grant.objects.create(person=person, group=group, reason=reason, confirmed_at=now)
        person.groups = {"president": None, "administrator": None}
        person.save(update_fields=["groups"])


def back_to_team(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - given by Django
    Person = apps.get_model("people", "Person")
    for person in Person.objects.exclude(groups={}):
        person.is_team = True
        person.save(update_fields=["is_team"])


class Migration(migrations.Migration):
    dependencies = [("people", "0004_grants")]
    operations = [migrations.RunPython(give_groups, back_to_team)]
