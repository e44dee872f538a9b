from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fleet', '0004_sentences_by_code'),
    ]

    operations = [
        migrations.AddField(
            model_name='wanted',
            name='reported_sequence',
            field=models.BigIntegerField(default=0),
        ),
    ]
