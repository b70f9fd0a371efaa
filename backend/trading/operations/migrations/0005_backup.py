from django.db import migrations, models

# One for each auction was many; one that counts is opened by the watchdog.
CLOSE = """
UPDATE operations_incident SET closed_at = opened_at WHERE code = 'schedule-unanswered' AND closed_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("operations", "0004_incident_of_a_node")]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("database_name", models.CharField(max_length=63)),
                ("kind", models.CharField(max_length=8)),
                ("taken_at", models.DateTimeField()),
                ("size_bytes", models.BigIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["-taken_at"], name="backup_newest")]},
        ),
        migrations.RunSQL(CLOSE, migrations.RunSQL.noop),
    ]
