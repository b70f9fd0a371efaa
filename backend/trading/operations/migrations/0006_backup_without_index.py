from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("operations", "0005_backup")]

    operations = [migrations.RemoveIndex(model_name="backup", name="backup_newest")]
