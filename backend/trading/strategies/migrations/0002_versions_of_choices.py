import django.db.models.deletion
from django.db import migrations, models

# What was chosen before versions were kept is known as it is now, from when it was last changed.
KEEP = """
INSERT INTO strategies_strategyversion
    (node_id, number, strategy, active, limit_price_rp_per_mwh, changed_at, actor)
SELECT node_id, version, strategy, active, limit_price_rp_per_mwh, changed_at, actor
FROM strategies_strategychoice;
CREATE FUNCTION strategies_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO strategies_strategyversion
        (node_id, number, strategy, active, limit_price_rp_per_mwh, changed_at, actor)
    VALUES (NEW.node_id, NEW.version, NEW.strategy, NEW.active, NEW.limit_price_rp_per_mwh,
            NEW.changed_at, NEW.actor);
    RETURN NULL;
END $$;
CREATE TRIGGER strategy_choice_is_kept AFTER INSERT OR UPDATE ON strategies_strategychoice
FOR EACH ROW EXECUTE FUNCTION strategies_keep_version();
"""
FORGET = """
DROP TRIGGER strategy_choice_is_kept ON strategies_strategychoice;
DROP FUNCTION strategies_keep_version();
"""


class Migration(migrations.Migration):
    """A row per change of a choice, kept by the database whoever changes it."""

    dependencies = [
        ("grid", "0001_initial"),
        ("strategies", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="StrategyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("strategy", models.CharField(max_length=16)),
                ("active", models.BooleanField()),
                ("limit_price_rp_per_mwh", models.IntegerField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
                (
                    "node",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strategy_versions",
                        to="grid.node",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("node", "number"), name="strategy_version_once")
                ],
            },
        ),
        migrations.RunSQL(KEEP, FORGET),
    ]
