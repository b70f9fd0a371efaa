import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

CARRY_OVER = """
INSERT INTO results_noderesult (
    result_id, node_id, energy_urp, fee_urp, orders, buys, periods, ordered_wh, accepted_wh, prices_rp_per_mwh,
    fees_rp_per_mwh, partner_nodes, partner_supplies, partner_periods, partner_wh, partner_prices_rp_per_mwh, partner_distances_m)
SELECT line.result_id, line.node_id, line.energy_urp, line.fee_urp, line.orders, line.buys, line.periods,
       line.ordered_wh, line.accepted_wh, line.prices, line.fees,
       coalesce(supply.nodes, '{}'), coalesce(supply.supplies, '{}'), coalesce(supply.periods, '{}'),
       coalesce(supply.wh, '{}'), coalesce(supply.prices, '{}'), coalesce(supply.distances, '{}')
FROM (
    SELECT got.result_id, got.node_id,
           sum(CASE placed.side WHEN 'sell' THEN 1 ELSE -1 END * part.accepted::bigint * part.price)::bigint
               AS energy_urp,
           sum(CASE placed.side WHEN 'sell' THEN 1 ELSE -1 END * part.accepted::bigint * placed.fee_rp_per_mwh)::bigint
               AS fee_urp,
           array_agg(got.order_id ORDER BY got.order_id, part.period) AS orders,
           array_agg(placed.side = 'buy' ORDER BY got.order_id, part.period) AS buys,
           array_agg(part.period ORDER BY got.order_id, part.period) AS periods,
           array_agg(part.ordered ORDER BY got.order_id, part.period) AS ordered_wh,
           array_agg(part.accepted ORDER BY got.order_id, part.period) AS accepted_wh,
           array_agg(part.price ORDER BY got.order_id, part.period) AS prices,
           array_agg(placed.fee_rp_per_mwh ORDER BY got.order_id, part.period) AS fees
    FROM results_orderresult got
    JOIN orders_order placed ON placed.id = got.order_id
    CROSS JOIN LATERAL unnest(got.periods, got.ordered_wh, got.accepted_wh, got.prices_rp_per_mwh)
        AS part (period, ordered, accepted, price)
    GROUP BY got.result_id, got.node_id
) line
LEFT JOIN (
    SELECT side.result_id, side.node_id,
           array_agg(side.other ORDER BY side.other, part.period) AS nodes,
           array_agg(side.supplies ORDER BY side.other, part.period) AS supplies,
           array_agg(part.period ORDER BY side.other, part.period) AS periods,
           array_agg(part.wh ORDER BY side.other, part.period) AS wh,
           array_agg(part.price ORDER BY side.other, part.period) AS prices,
           array_agg(side.distance_m ORDER BY side.other, part.period) AS distances
    FROM (
        SELECT *, buyer_id AS node_id, seller_id AS other, true AS supplies FROM results_partner
        UNION ALL
        SELECT *, seller_id, buyer_id, false FROM results_partner
    ) side
    CROSS JOIN LATERAL unnest(side.periods, side.energy_wh, side.prices_rp_per_mwh) AS part (period, wh, price)
    GROUP BY side.result_id, side.node_id
) supply USING (result_id, node_id);
"""


def _array(field):
    return django.contrib.postgres.fields.ArrayField(base_field=field, size=None)


def _lengths(of, *names):
    return models.Q(*((f"{name}__len", models.F(f"{of}__len")) for name in sorted(names)))


class Migration(migrations.Migration):
    """What a result means for a node is one row: a book of a million orders is stored in seconds."""

    dependencies = [("results", "0001_initial"), ("orders", "0003_what_became_of_orders")]
    operations = [
        migrations.CreateModel(
            name="NodeResult",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "result_id", "node_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("energy_urp", models.BigIntegerField()),
                ("fee_urp", models.BigIntegerField()),
                ("orders", _array(models.BigIntegerField())),
                ("buys", _array(models.BooleanField())),
                ("periods", _array(models.SmallIntegerField())),
                ("ordered_wh", _array(models.IntegerField())),
                ("accepted_wh", _array(models.IntegerField())),
                ("prices_rp_per_mwh", _array(models.IntegerField())),
                ("fees_rp_per_mwh", _array(models.IntegerField())),
                ("partner_nodes", _array(models.BigIntegerField())),
                ("partner_supplies", _array(models.BooleanField())),
                ("partner_periods", _array(models.SmallIntegerField())),
                ("partner_wh", _array(models.IntegerField())),
                ("partner_prices_rp_per_mwh", _array(models.IntegerField())),
                ("partner_distances_m", _array(models.IntegerField())),
                (
                    "node",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="grid.node",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nodes",
                        to="results.result",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="node_result_lines_of_one_length",
                        condition=_lengths(
                            "orders",
                            "buys",
                            "periods",
                            "ordered_wh",
                            "accepted_wh",
                            "prices_rp_per_mwh",
                            "fees_rp_per_mwh",
                        ),
                    ),
                    models.CheckConstraint(
                        name="node_result_supplies_of_one_length",
                        condition=_lengths(
                            "partner_nodes",
                            "partner_supplies",
                            "partner_periods",
                            "partner_wh",
                            "partner_prices_rp_per_mwh",
                            "partner_distances_m",
                        ),
                    ),
                ],
                "indexes": [models.Index(fields=["node", "result"], name="node_result_by_node")],
            },
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.DeleteModel("OrderResult"),
        migrations.DeleteModel("Partner"),
    ]
