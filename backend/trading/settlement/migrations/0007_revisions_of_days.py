from django.db import migrations, models

# So that whoever remembers a node's days sees by one sum that none was stored since, whoever stores them.
NUMBER = """
CREATE SEQUENCE settlement_nodeday_revision;
CREATE FUNCTION settlement_number_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := nextval('settlement_nodeday_revision');
    RETURN NEW;
END
$$;
CREATE TRIGGER day_gets_a_revision BEFORE INSERT OR UPDATE ON settlement_nodeday
    FOR EACH ROW EXECUTE FUNCTION settlement_number_day();
"""
FORGET = """
DROP TRIGGER day_gets_a_revision ON settlement_nodeday;
DROP FUNCTION settlement_number_day();
DROP SEQUENCE settlement_nodeday_revision;
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0006_year_of_a_node")]

    operations = [
        migrations.AddField(
            "nodeday", "revision", models.BigIntegerField(db_default=0, editable=False)
        ),
        migrations.RunSQL(NUMBER, FORGET),
        migrations.AddIndex(
            "nodeday",
            models.Index(
                fields=["node", "day"],
                include=["metered_wh", "community_wh", "cost_urp", "fees_urp", "revision"],
                name="node_day_and_revision",
            ),
        ),
        migrations.RemoveIndex("nodeday", "node_day_by_node"),
    ]
