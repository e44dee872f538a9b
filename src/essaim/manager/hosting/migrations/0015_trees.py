"""Offers: each account has one, and what it had before as limits of its own where they differ."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

LIMITS = ("quota_bytes", "processes", "memory_bytes")


def give_the_usual(apps: Any, schema_editor: object) -> None:  # noqa: ARG001  as Django calls it
    """The usual offer gives what was usual."""
    usual = apps.get_model("hosting", "Offer").objects.create(slug="standard", name="Standard", is_usual=True)
    for account in apps.get_model("hosting", "Account").objects.all():
        account.offer, account.offer_revision = usual, usual.revision
        account.own_limits = sorted(name for name in LIMITS if getattr(account, name) != getattr(usual, name))
        account.save(update_fields=["offer", "offer_revision", "own_limits"])


class Migration(migrations.Migration):
    dependencies = [("hosting", "0014_rules")]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True, verbose_name="identifier")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("quota_bytes", models.BigIntegerField(default=10 * 1024**3, verbose_name="disk quota")),
                ("processes", models.PositiveIntegerField(default=64, verbose_name="processes")),
                ("memory_bytes", models.BigIntegerField(default=512 * 1024**2, verbose_name="memory")),
                ("sites_max", models.PositiveIntegerField(blank=True, null=True, verbose_name="most sites")),
                ("php_ceilings", models.JSONField(default=dict, verbose_name="ceilings of PHP settings")),
                ("is_warm", models.BooleanField(default=False, verbose_name="PHP always awake")),
                ("is_usual", models.BooleanField(default=False, verbose_name="the usual one")),
                ("revision", models.PositiveIntegerField(default=1)),
            ],
            options={"ordering": ["name", "slug"]},
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_usual", True)), fields=("is_usual",), name="offer_usual_once"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="offer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="hosting.offer"
            ),
        ),
        migrations.AddField(
            model_name="account", name="offer_revision", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(model_name="account", name="own_limits", field=models.JSONField(default=list)),
        migrations.RunPython(give_the_usual, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="account",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="hosting.offer"
            ),
        ),
    ]
