from django.db import migrations

OPEN = """
INSERT INTO ledger_ledgeraccount (public_id, dso_id, kind, balance_urp, held_urp)
SELECT replace(gen_random_uuid()::text, '-', ''), dso.id, kind.kind, 0, 0
FROM grid_distributionsystemoperator dso CROSS JOIN (VALUES ('levies'), ('vat'), ('guarantee')) AS kind (kind)
WHERE NOT EXISTS (SELECT FROM ledger_ledgeraccount known
                  WHERE known.dso_id = dso.id AND known.customer_id IS NULL AND known.kind = kind.kind);
"""


class Migration(migrations.Migration):
    """Grid operators that were there before get the accounts that statements book to."""

    dependencies = [("settlement", "0003_statements_and_payments"), ("ledger", "0003_money_of_statements")]
    operations = [migrations.RunSQL(OPEN, migrations.RunSQL.noop)]
