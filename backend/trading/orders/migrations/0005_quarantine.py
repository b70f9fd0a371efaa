from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_answered_requests")]

    operations = [
        migrations.CreateModel(
            name="QuarantinedOrder",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=models.deletion.PROTECT,
                        primary_key=True,
                        related_name="quarantine",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
