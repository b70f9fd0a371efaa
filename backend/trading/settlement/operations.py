"""Turn what was decided and what flowed into entries of the ledger."""

import numpy as np
from django.db import connection, transaction

from trading.grid import queries as grid
from trading.grid.models import Node
from trading.ledger import operations as ledger
from trading.ledger import queries as accounts
from trading.ledger.models import LedgerAccount, LedgerEntry

KIND, ENTRY = LedgerAccount.Kind, LedgerEntry.Kind

TRADES = """
SELECT accepted.order_id, accepted.node_id, (orders.side = 'buy')::int, accepted.energy_urp, accepted.fee_urp
FROM results_orderresult accepted JOIN orders_order orders ON orders.id = accepted.order_id
WHERE accepted.result_id = %s ORDER BY accepted.order_id
"""

# Metered minus scheduled of every node with a reading; a schedule is the sum over all published auctions.
SETTLE = """
WITH scheduled AS (
    SELECT schedule.node_id, period.starts_at, sum(schedule.scheduled_wh[1 + (
               extract(epoch FROM period.starts_at - schedule.starts_at) / %(period_s)s)::int])::int AS wh
    FROM markets_auction auction
    JOIN schedules_schedule schedule ON schedule.auction_id = auction.id
    JOIN generate_series(%(starts_at)s, %(ends_at)s - make_interval(secs => %(period_s)s),
                         make_interval(secs => %(period_s)s)) AS period (starts_at)
      ON auction.delivery_starts_at <= period.starts_at AND period.starts_at < auction.delivery_ends_at
    WHERE auction.delivery_starts_at < %(ends_at)s AND auction.delivery_ends_at > %(starts_at)s
      AND auction.state IN ('published', 'settled')
    GROUP BY schedule.node_id, period.starts_at
), measured AS (
    SELECT node.id AS node_id, reading.starts_at, node.withdrawal_fee_rp_per_mwh AS fee,
           tariff.retail, tariff.feed_in, coalesce(scheduled.wh, 0) AS scheduled_wh,
           CASE node.side WHEN 'producer' THEN reading.metered_wh ELSE -reading.metered_wh END AS metered_wh
    FROM metering_meterreading reading
    JOIN grid_node node ON node.id = reading.node_id
    JOIN unnest(%(buses)s::bigint[], %(retail)s::int[], %(feed_in)s::int[])
         AS tariff (bus_id, retail, feed_in) ON tariff.bus_id = node.bus_id
    LEFT JOIN scheduled ON scheduled.node_id = node.id AND scheduled.starts_at = reading.starts_at
    WHERE reading.starts_at >= %(starts_at)s AND reading.starts_at < %(ends_at)s
)
INSERT INTO settlement_imbalance (node_id, starts_at, scheduled_wh, metered_wh, imbalance_wh,
                                  price_rp_per_mwh, energy_urp, fee_urp, settled_at)
SELECT node_id, starts_at, scheduled_wh, metered_wh, metered_wh - scheduled_wh, price,
       (metered_wh - scheduled_wh)::bigint * price, (metered_wh - scheduled_wh)::bigint * fee, %(at)s
FROM measured
CROSS JOIN LATERAL (
    SELECT CASE WHEN metered_wh < scheduled_wh THEN retail ELSE feed_in END AS price
) AS priced
ORDER BY node_id, starts_at
ON CONFLICT (node_id, starts_at) DO NOTHING
RETURNING node_id, energy_urp, fee_urp
"""


@transaction.atomic
def book_trades(*, auction, result, at):
    """Book a result: buyers pay the exchange, it pays the sellers and what is the grid operator's.

    Afterwards the exchange holds nothing of this auction. Return how many entries were booked.
    """
    with connection.cursor() as cursor:
        cursor.execute(TRADES, [result.pk])
        order, node, buys, energy_urp, fee_urp = np.array(cursor.fetchall(), np.int64).reshape(-1, 5).T
    dso = auction.market.dso
    exchange, fees, rent = (
        accounts.account(kind=kind, dso=dso).pk
        for kind in (KIND.EXCHANGE, KIND.GRID_FEES, KIND.CONGESTION_RENT)
    )
    trading = accounts.accounts_of(node_ids=node, kind=KIND.TRADING)
    sign = np.where(buys == 1, 1, -1)  # what a buyer pays, a seller gets
    count = len(order)
    entries = ledger.Entries(
        debit=np.concatenate([trading, trading, [exchange, exchange]]),
        credit=np.concatenate([np.full(count, exchange), np.full(count, fees), [fees, rent]]),
        amount_urp=np.concatenate(
            [sign * energy_urp, sign * fee_urp, [result.line_fees_urp, result.congestion_rent_urp]]
        ),
        kind=[ENTRY.ENERGY] * count
        + [ENTRY.WITHDRAWAL_FEE] * count
        + [ENTRY.LINE_FEE, ENTRY.CONGESTION_RENT],
        reference=np.concatenate([order, order, [0, 0]]),
    )
    return ledger.book(entries=entries, document_kind="auction", document_id=auction.pk, at=at)


@transaction.atomic
def settle_imbalances(*, auction, at):
    """Settle what meters counted beside the schedule in an auction's periods: at the utility's tariff.

    A period is settled once, whatever auctions sold it; so a repetition changes nothing.
    """
    nodes, energy_urp, fee_urp = _new_imbalances(auction, at)
    if not len(nodes):
        return 0
    utility = Node.objects.filter(bus__dso=auction.market.dso, customer__is_utility=True).first()
    supply = accounts.accounts_of(node_ids=nodes, kind=KIND.SUPPLY)
    of_utility = accounts.account(kind=KIND.SUPPLY, customer=utility.customer).pk
    fees = accounts.account(kind=KIND.GRID_FEES, dso=auction.market.dso).pk
    count = len(nodes)
    entries = ledger.Entries(
        debit=np.concatenate([supply, supply]),
        credit=np.concatenate([np.full(count, of_utility), np.full(count, fees)]),
        amount_urp=-np.concatenate([energy_urp, fee_urp]),
        kind=[ENTRY.IMBALANCE] * count + [ENTRY.WITHDRAWAL_FEE] * count,
        reference=np.concatenate([nodes, nodes]),
    )
    return ledger.book(entries=entries, document_kind="imbalance", document_id=auction.pk, at=at)


def _new_imbalances(auction, at):
    """Store the imbalances of the auction's periods and return their sums per node."""
    market, day = auction.market, auction.delivery_day
    tree = grid.tree(dso=market.dso, period_minutes=market.period_minutes)
    prices = grid.utility_prices(dso=market.dso, day=day)
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            {
                "starts_at": auction.delivery_starts_at,
                "ends_at": auction.delivery_ends_at,
                "period_s": market.period_minutes * 60,
                "buses": tree.bus_ids.tolist(),
                "retail": prices.retail_rp_per_mwh.tolist(),
                "feed_in": prices.feed_in_rp_per_mwh.tolist(),
                "at": at,
            },
        )
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    nodes, places = np.unique(rows[:, 0], return_inverse=True)
    sums = np.zeros((len(nodes), 2), np.int64)
    np.add.at(sums, places, rows[:, 1:])
    return nodes, sums[:, 0], sums[:, 1]
