import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grid", "0003_area_code"),
        ("orders", "0009_references_by_statement"),
    ]

    operations = [
        migrations.CreateModel(
            name="IntakePause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200)),
                ("begun_by", models.CharField(max_length=64)),
                ("began_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_by", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "node",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intake_pauses",
                        to="grid.node",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["node", "ends_at"], name="intake_pause_by_node")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gte", models.F("began_at"))),
                        name="intake_pause_times_in_order",
                    )
                ],
            },
        ),
    ]
