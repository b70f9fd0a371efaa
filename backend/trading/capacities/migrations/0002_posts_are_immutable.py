from django.db import migrations

REFUSE = """
CREATE FUNCTION capacities_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was posted is never changed or deleted: post again.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER capacity_post_is_immutable BEFORE UPDATE OR DELETE ON capacities_capacitypost
    FOR EACH ROW EXECUTE FUNCTION capacities_refuse_change();
CREATE TRIGGER posted_capacity_is_immutable BEFORE UPDATE OR DELETE ON capacities_postedcapacity
    FOR EACH ROW EXECUTE FUNCTION capacities_refuse_change();
"""
ALLOW = """
DROP TRIGGER posted_capacity_is_immutable ON capacities_postedcapacity;
DROP TRIGGER capacity_post_is_immutable ON capacities_capacitypost;
DROP FUNCTION capacities_refuse_change();
"""


class Migration(migrations.Migration):
    """The database itself refuses to change what the grid operator said."""

    dependencies = [("capacities", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
