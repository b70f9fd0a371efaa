from django.db import migrations

KEY = """
ALTER TABLE metering_meterreading DROP CONSTRAINT metering_meterreading_pkey;
ALTER TABLE metering_meterreading ADD PRIMARY KEY (node_id, starts_at) INCLUDE (metered_wh);
CREATE INDEX reading_by_start ON metering_meterreading USING brin (starts_at);
CREATE FUNCTION metering_refuse_unknown_node() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT node_id FROM arrived) of
        WHERE NOT EXISTS (SELECT FROM grid_node WHERE id = of.node_id)
    ) THEN
        RAISE EXCEPTION 'A reading is of a node that does not exist.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER reading_of_a_known_node AFTER INSERT ON metering_meterreading
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION metering_refuse_unknown_node();
"""
PLAIN = """
DROP TRIGGER reading_of_a_known_node ON metering_meterreading;
DROP FUNCTION metering_refuse_unknown_node();
DROP INDEX reading_by_start;
ALTER TABLE metering_meterreading DROP CONSTRAINT metering_meterreading_pkey;
ALTER TABLE metering_meterreading ADD PRIMARY KEY (node_id, starts_at);
"""


class Migration(migrations.Migration):
    """A node's year is read from the key alone, and a bulk load is checked once instead of row by row."""

    dependencies = [("metering", "0001_initial"), ("grid", "0001_initial")]
    operations = [migrations.RunSQL(KEY, PLAIN)]
