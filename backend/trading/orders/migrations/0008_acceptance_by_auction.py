from django.db import migrations

# An auction at a time: the planner then sees how few of all orders ever placed are asked, and takes their index.
REFUSE = """
CREATE OR REPLACE FUNCTION orders_refuse_foreign_acceptance() RETURNS trigger LANGUAGE plpgsql
SET work_mem = '64MB' SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE touched bigint;
BEGIN
    FOR touched IN SELECT DISTINCT auction_id FROM arrived LOOP
        IF EXISTS (
            SELECT FROM (
                SELECT arrived.node_id, part.number, part.wh
                FROM arrived CROSS JOIN LATERAL unnest(arrived.orders, arrived.accepted_wh) AS part (number, wh)
                WHERE arrived.auction_id = touched
            ) taken
            LEFT JOIN (
                SELECT id, node_id, ordered_wh FROM orders_order WHERE auction_id = touched AND state = 'open'
            ) placed ON placed.id = taken.number AND placed.node_id = taken.node_id
            WHERE placed.id IS NULL OR taken.wh < 0 OR taken.wh > placed.ordered_wh OR taken.wh IS NULL
        ) THEN
            RAISE EXCEPTION 'What is accepted is of a standing order of this node and auction, and within it.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_within_ordered';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    """The same rule as in 0003, asked so that it costs what the auction's own orders cost."""

    dependencies = [("orders", "0007_drop_idempotency_key")]
    operations = [migrations.RunSQL(REFUSE, migrations.RunSQL.noop)]
