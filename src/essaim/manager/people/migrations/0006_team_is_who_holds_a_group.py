from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0005_team_holds_groups")]
    operations = [migrations.RemoveField(model_name="person", name="is_team")]
