import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Asked of all rows of a statement at once, so that a book of a million orders costs two joins, not as many look-ups.
REFUSE = """
CREATE FUNCTION orders_refuse_foreign_acceptance() RETURNS trigger LANGUAGE plpgsql SET work_mem = '64MB' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM arrived
        CROSS JOIN LATERAL unnest(arrived.orders, arrived.accepted_wh) AS part (number, wh)
        LEFT JOIN orders_order placed
          ON placed.id = part.number AND placed.auction_id = arrived.auction_id
         AND placed.node_id = arrived.node_id AND placed.state = 'open'
        WHERE placed.id IS NULL OR part.wh < 0 OR part.wh > placed.ordered_wh OR part.wh IS NULL
    ) THEN
        RAISE EXCEPTION 'What is accepted is of a standing order of this node and auction, and within it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_within_ordered';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER acceptance_of_standing_orders AFTER INSERT ON orders_acceptance
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_foreign_acceptance();
CREATE TRIGGER acceptance_is_immutable BEFORE UPDATE OR DELETE ON orders_acceptance
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();

CREATE FUNCTION orders_refuse_after_closure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT auction_id FROM arrived) touched
        JOIN markets_auction auction ON auction.id = touched.auction_id
        WHERE auction.state NOT IN ('scheduled', 'open')
    ) THEN
        RAISE EXCEPTION 'After gate closure no order is entered or changed.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER order_entered_before_closure AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_after_closure();
CREATE TRIGGER order_changed_before_closure AFTER UPDATE ON orders_order
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_after_closure();
CREATE TRIGGER order_stays BEFORE DELETE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
"""
ALLOW = """
DROP TRIGGER order_stays ON orders_order;
DROP TRIGGER order_changed_before_closure ON orders_order;
DROP TRIGGER order_entered_before_closure ON orders_order;
DROP FUNCTION orders_refuse_after_closure();
DROP TRIGGER acceptance_is_immutable ON orders_acceptance;
DROP TRIGGER acceptance_of_standing_orders ON orders_acceptance;
DROP FUNCTION orders_refuse_foreign_acceptance();
"""
# What earlier results wrote into the orders themselves.
CARRY_OVER = """
INSERT INTO orders_acceptance (auction_id, node_id, orders, accepted_wh)
SELECT auction_id, node_id, array_agg(id ORDER BY id), array_agg(accepted_wh ORDER BY id)
FROM orders_order WHERE state = 'cleared' GROUP BY auction_id, node_id;
ALTER TABLE orders_order DROP CONSTRAINT order_cleared_with_quantity;
UPDATE orders_order SET state = 'open' WHERE state IN ('frozen', 'cleared', 'released');
"""
STATES = [("open", "Open"), ("cancelled", "Cancelled")]


class Migration(migrations.Migration):
    """A result is a row per node beside the orders, so that no gate and no result rewrites a book."""

    dependencies = [("orders", "0002_versions_are_immutable"), ("ledger", "0004_accounts_follow_by_themselves")]
    operations = [
        migrations.CreateModel(
            name="Acceptance",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "auction_id", "node_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("orders", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "accepted_wh",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "auction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accepted_orders",
                        to="markets.auction",
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accepted_orders",
                        to="grid.node",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("accepted_wh__len", models.F("orders__len")), ("orders__len__gte", 1)),
                        name="acceptance_of_each_order",
                    )
                ],
            },
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveConstraint("order", "order_cleared_with_quantity")]
        ),
        migrations.RemoveConstraint("order", "order_accepted_within_ordered"),
        migrations.RemoveField("order", "accepted_wh"),
        migrations.AlterField("order", "state", models.CharField(choices=STATES, default="open", max_length=9)),
        migrations.RunSQL(REFUSE, ALLOW),
        # Only cancelling and replacing change an order's row now.
        migrations.RunSQL(
            "ALTER TABLE orders_order SET (fillfactor = 90)", "ALTER TABLE orders_order SET (fillfactor = 50)"
        ),
    ]
