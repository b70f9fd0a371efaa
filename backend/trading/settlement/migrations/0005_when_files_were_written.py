from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_accounts_of_statements")]
    operations = [
        migrations.AddField(
            model_name="payout", name="written_at", field=models.DateTimeField(null=True)
        ),
    ]
