from django.db import migrations

REFUSE = """
CREATE FUNCTION orders_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What an order said is never changed or deleted.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER order_version_is_immutable BEFORE UPDATE OR DELETE ON orders_orderversion
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
"""
ALLOW = """
DROP TRIGGER order_version_is_immutable ON orders_orderversion;
DROP FUNCTION orders_refuse_change();
"""


class Migration(migrations.Migration):
    """The database itself refuses to change history; and an order's two changes of state stay on its page."""

    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunSQL(
            "ALTER TABLE orders_order SET (fillfactor = 50)", "ALTER TABLE orders_order RESET (fillfactor)"
        ),
    ]
