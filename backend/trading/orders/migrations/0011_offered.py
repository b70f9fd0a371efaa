import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# A row per auction, node and side that orders change: what they add to each period, or with -1 as their sign
# take from it. A step order adds all points of a period, a linear curve its largest.
OFFER = """
INSERT INTO orders_offered AS kept (auction_id, node_id, is_buy, periods, wh)
SELECT auction_id, node_id, is_buy, array_agg(period ORDER BY period), array_agg(wh ORDER BY period)
FROM (
    SELECT placed.auction_id, placed.node_id, placed.side = 'buy' AS is_buy, most.period,
        sum(placed.sign * most.wh)::bigint AS wh
    FROM ({placed}) placed
    CROSS JOIN LATERAL (
        SELECT point.period, CASE placed.curve WHEN 'linear' THEN max(point.wh) ELSE sum(point.wh) END AS wh
        FROM unnest(placed.periods, placed.quantities_wh) AS point (period, wh) GROUP BY point.period
    ) most
    WHERE placed.state = 'open' AND placed.exclusive_group = ''
    GROUP BY placed.auction_id, placed.node_id, placed.side, most.period
    HAVING sum(placed.sign * most.wh) <> 0
) changed
GROUP BY auction_id, node_id, is_buy ORDER BY auction_id, node_id, is_buy
ON CONFLICT (auction_id, node_id, is_buy) DO UPDATE SET (periods, wh) = (
    SELECT coalesce(array_agg(each.period ORDER BY each.period), '{{}}'),
        coalesce(array_agg(each.wh ORDER BY each.period), '{{}}')
    FROM (
        SELECT period, sum(wh)::bigint AS wh FROM (
            SELECT * FROM unnest(kept.periods, kept.wh) AS before (period, wh)
            UNION ALL SELECT * FROM unnest(excluded.periods, excluded.wh) AS more (period, wh)
        ) either GROUP BY period HAVING sum(wh) <> 0
    ) each
)
"""
ENTERED = """
SELECT 1 AS sign, auction_id, node_id, side, curve, state, exclusive_group, periods, quantities_wh FROM arrived
"""
CHANGED = """
SELECT 1 AS sign, auction_id, node_id, side, curve, state, exclusive_group, periods, quantities_wh FROM arrived
UNION ALL
SELECT -1, auction_id, node_id, side, curve, state, exclusive_group, periods, quantities_wh FROM gone
"""
STANDING = """
SELECT 1 AS sign, placed.* FROM orders_order placed
JOIN markets_auction auction ON auction.id = placed.auction_id
WHERE auction.state IN ('scheduled', 'open', 'closed', 'cleared')
"""


def _function(name, placed):
    statement = OFFER.format(placed=placed)
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {statement};
    RETURN NULL;
END
$$;
"""


KEEP = f"""
{_function("orders_offer_entered", ENTERED)}
{_function("orders_offer_changed", CHANGED)}
CREATE TRIGGER order_entered_is_offered AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION orders_offer_entered();
CREATE TRIGGER order_changed_is_offered AFTER UPDATE ON orders_order
    REFERENCING NEW TABLE AS arrived OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION orders_offer_changed();
"""
FORGET = """
DROP TRIGGER order_changed_is_offered ON orders_order;
DROP TRIGGER order_entered_is_offered ON orders_order;
DROP FUNCTION orders_offer_changed();
DROP FUNCTION orders_offer_entered();
"""


def _reference(to):
    leave = django.db.models.deletion.DO_NOTHING
    return models.ForeignKey(to, on_delete=leave, related_name="+", db_index=False, db_constraint=False)


class Migration(migrations.Migration):
    """What open orders may get is added up where they change: to sum it at each order would take ever longer."""

    dependencies = [("orders", "0010_intake_pause")]

    operations = [
        migrations.CreateModel(
            name="Offered",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "auction_id",
                        "node_id",
                        "is_buy",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("is_buy", models.BooleanField()),
                (
                    "periods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=None
                    ),
                ),
                (
                    "wh",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("auction", _reference("markets.auction")),
                ("node", _reference("grid.node")),
            ],
        ),
        # Changed often: a changed row finds room beside the old one.
        migrations.RunSQL("ALTER TABLE orders_offered SET (fillfactor = 50)", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "offered",
            models.CheckConstraint(
                condition=models.Q(wh__len=models.F("periods__len")), name="offered_in_each_period"
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                condition=models.Q(("exclusive_group", ""), _negated=True),
                fields=["auction", "node"],
                name="order_of_group",
            ),
        ),
        migrations.RunSQL(KEEP, FORGET),
        migrations.RunSQL(OFFER.format(placed=STANDING), migrations.RunSQL.noop),
    ]
