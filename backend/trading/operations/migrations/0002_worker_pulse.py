from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("operations", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="WorkerPulse",
            fields=[
                ("worker", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("revision", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
    ]
