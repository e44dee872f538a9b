"""A site's own PHP: the settings that differ from the usual, and the version to put back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0005_placed_by_code")]

    operations = [
        migrations.AddField(
            model_name="site", name="php_before", field=models.CharField(blank=True, max_length=4)
        ),
        migrations.AddField(
            model_name="site", name="php_settings", field=models.JSONField(default=dict, verbose_name="PHP settings")
        ),
    ]
