from django.db import migrations

REFUSE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A ledger entry is never changed or deleted: book a correction.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_entry_is_immutable BEFORE UPDATE OR DELETE ON ledger_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
"""
ALLOW = """
DROP TRIGGER ledger_entry_is_immutable ON ledger_ledgerentry;
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    """The database itself refuses to change history; and balances, changed all the time, stay on their page."""

    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunSQL(
            "ALTER TABLE ledger_ledgeraccount SET (fillfactor = 25)",
            "ALTER TABLE ledger_ledgeraccount RESET (fillfactor)",
        ),
    ]
