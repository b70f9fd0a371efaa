from django.db import migrations


class Migration(migrations.Migration):
    """No release writes this column since 0004; what was asked under a key is in `AnsweredRequest`."""

    dependencies = [("orders", "0006_block_orders")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_order DROP COLUMN IF EXISTS idempotency_key",
            "ALTER TABLE orders_order ADD COLUMN idempotency_key varchar(255)",
        )
    ]
