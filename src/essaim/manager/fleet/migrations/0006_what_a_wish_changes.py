from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fleet', '0005_reported_sequence'),
    ]

    operations = [
        migrations.AddField(
            model_name='wanted',
            name='change',
            field=models.CharField(blank=True, choices=[('', 'None'), ('new', 'New'), ('changed', 'Changed'), ('suspended', 'Suspended'), ('resumed', 'Resumed'), ('closed', 'Closed'), ('restored', 'Restored'), ('erased', 'Erased'), ('undone', 'Undone')], default='', max_length=9),
        ),
    ]
