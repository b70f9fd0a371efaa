import django.db.models.deletion
from django.db import migrations, models

# In place of a look-up and a lock per row: of all rows of a statement at once, so that a thousand orders cost three.
REFUSE = """
CREATE FUNCTION orders_refuse_nowhere() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE auctions bigint[]; nodes bigint[];
BEGIN
    SELECT array_agg(DISTINCT auction_id), array_agg(DISTINCT node_id) INTO auctions, nodes FROM arrived;
    IF (SELECT count(*) FROM markets_auction WHERE id = ANY(auctions)) < cardinality(auctions)
        OR (SELECT count(*) FROM grid_node WHERE id = ANY(nodes)) < cardinality(nodes)
    THEN
        RAISE EXCEPTION 'An order is of an auction and a node that exist.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER order_of_auction_and_node AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_nowhere();

CREATE FUNCTION orders_refuse_foreign_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE orders bigint[];
BEGIN
    SELECT array_agg(DISTINCT order_id) INTO orders FROM arrived;
    IF (SELECT count(*) FROM orders_order WHERE id = ANY(orders)) < cardinality(orders) THEN
        RAISE EXCEPTION 'A version is of an order that exists.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER order_version_of_order AFTER INSERT ON orders_orderversion
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_foreign_version();

CREATE FUNCTION orders_refuse_to_lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'markets_auction' AND EXISTS (
            SELECT FROM gone JOIN orders_order placed ON placed.auction_id = gone.id)
        OR TG_TABLE_NAME = 'grid_node' AND EXISTS (
            SELECT FROM gone JOIN orders_order placed ON placed.node_id = gone.id)
    THEN
        RAISE EXCEPTION 'What orders are of stays.' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER auction_of_orders_stays AFTER DELETE ON markets_auction
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_to_lose();
CREATE TRIGGER node_of_orders_stays AFTER DELETE ON grid_node
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_to_lose();
"""
ALLOW = """
DROP TRIGGER node_of_orders_stays ON grid_node;
DROP TRIGGER auction_of_orders_stays ON markets_auction;
DROP FUNCTION orders_refuse_to_lose();
DROP TRIGGER order_version_of_order ON orders_orderversion;
DROP FUNCTION orders_refuse_foreign_version();
DROP TRIGGER order_of_auction_and_node ON orders_order;
DROP FUNCTION orders_refuse_nowhere();
"""


def _reference(to, name):
    protect = django.db.models.deletion.PROTECT
    return models.ForeignKey(
        to, on_delete=protect, related_name=name, db_index=False, db_constraint=False
    )


class Migration(migrations.Migration):
    """That an order's auction and node, and a version's order, exist is asked once a statement."""

    dependencies = [("orders", "0008_acceptance_by_auction")]
    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.AlterField("order", "auction", _reference("markets.auction", "orders")),
        migrations.AlterField("order", "node", _reference("grid.node", "orders")),
        migrations.AlterField("orderversion", "order", _reference("orders.order", "versions")),
    ]
