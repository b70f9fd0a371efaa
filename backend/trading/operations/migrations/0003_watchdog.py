import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("operations", "0002_worker_pulse")]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="severity",
            field=models.CharField(
                choices=[("warn", "Warn"), ("call", "Call")], db_default="call", default="call", max_length=4
            ),
        ),
        migrations.AddField(
            model_name="incident", name="acknowledged_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="incident",
            name="acknowledged_by",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="incident",
            name="note",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
        migrations.CreateModel(
            name="RemedyRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("remedy", models.CharField(max_length=32)),
                ("real_at", models.DateTimeField()),
                ("seen", models.JSONField()),
                ("done", models.JSONField()),
                ("found", models.JSONField(null=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remedies",
                        to="operations.incident",
                    ),
                ),
            ],
        ),
    ]
