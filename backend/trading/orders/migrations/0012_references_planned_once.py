from django.db import migrations

FUNCTIONS = ("orders_refuse_nowhere", "orders_refuse_foreign_version")


def _each(action):
    return "; ".join(f"ALTER FUNCTION {name}() {action}" for name in FUNCTIONS)


class Migration(migrations.Migration):
    """What triggers ask of some numbers is planned once a connection: it was planned anew for each list of them."""

    dependencies = [("orders", "0011_offered")]
    operations = [
        migrations.RunSQL(_each("SET plan_cache_mode = force_generic_plan"), _each("RESET plan_cache_mode")),
    ]
