from django.db import migrations, models


class Migration(migrations.Migration):
    """Reports are asked for with those that wait first; nobody asked by their time alone."""

    dependencies = [("neighbours", "0001_cards_messages_reports")]

    operations = [
        migrations.RemoveIndex(model_name="report", name="report_newest"),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["-settled_at", "-at"], name="report_waiting_first"),
        ),
    ]
