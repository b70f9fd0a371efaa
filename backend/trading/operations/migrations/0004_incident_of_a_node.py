import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grid", "0003_area_code"),
        ("operations", "0003_watchdog"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="node",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="grid.node",
            ),
        ),
        migrations.RemoveConstraint(model_name="incident", name="incident_open_once"),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("code", "auction", "node"),
                name="incident_open_once",
                nulls_distinct=False,
            ),
        ),
    ]
