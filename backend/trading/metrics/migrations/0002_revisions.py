import django.db.models.deletion
from django.db import migrations, models

# Counted at the end of each statement, whoever makes it; all three change seldom.
COUNT = """
CREATE FUNCTION metrics_count(operators bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO metrics_revision (dso_id, number)
    SELECT DISTINCT operator, 1 FROM unnest(operators) AS operator ORDER BY operator
    ON CONFLICT (dso_id) DO UPDATE SET number = metrics_revision.number + 1
$$;
CREATE FUNCTION metrics_count_shared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM metrics_count(ARRAY(SELECT dso_id FROM changed));
    RETURN NULL;
END
$$;
CREATE FUNCTION metrics_count_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM metrics_count(ARRAY(SELECT bus.dso_id FROM changed JOIN grid_bus bus ON bus.id = changed.bus_id));
    RETURN NULL;
END
$$;
"""
FORGET = """
DROP FUNCTION metrics_count_lines();
DROP FUNCTION metrics_count_shared();
DROP FUNCTION metrics_count(bigint[]);
"""
TABLES = {"grid_line": "lines", "grid_tariff": "shared", "metrics_marketday": "shared"}
ROWS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def _triggers():
    for table, what in TABLES.items():
        for deed, rows in ROWS.items():
            name = f"{table}_counts_{deed.lower()}"
            yield migrations.RunSQL(
                f"CREATE TRIGGER {name} AFTER {deed} ON {table} REFERENCING {rows} TABLE AS changed "
                f"FOR EACH STATEMENT EXECUTE FUNCTION metrics_count_{what}()",
                f"DROP TRIGGER {name} ON {table}",
            )


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial"), ("grid", "0003_area_code")]

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "dso",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="grid.distributionsystemoperator",
                    ),
                ),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(COUNT, FORGET),
        *_triggers(),
    ]
