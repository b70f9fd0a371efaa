from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("operations", "0006_strategies_compared")]

    operations = [migrations.RemoveIndex(model_name="backup", name="backup_newest")]
