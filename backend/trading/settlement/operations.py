"""Turn what was decided and what flowed into entries of the ledger."""

import numpy as np
from django.db import connection, transaction

from trading.grid import queries as grid
from trading.ledger import operations as ledger
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.settlement import queries

KIND, ENTRY = LedgerAccount.Kind, LedgerEntry.Kind

# Everything that a result may touch: the accounts of those who ordered, and the grid operator's own.
LOCK = """
SELECT account.id FROM ledger_ledgeraccount account
WHERE account.dso_id = %(dso)s AND (
    account.customer_id IS NULL OR account.kind = 'trading' AND account.customer_id IN (
        SELECT node.customer_id FROM orders_order orders JOIN grid_node node ON node.id = orders.node_id
        WHERE orders.auction_id = %(auction)s))
ORDER BY account.id FOR NO KEY UPDATE
"""

TRADES = """
SELECT accepted.order_id, account.id, CASE orders.side WHEN 'buy' THEN 1 ELSE -1 END,
       accepted.energy_urp, accepted.fee_urp
FROM results_orderresult accepted
JOIN orders_order orders ON orders.id = accepted.order_id
JOIN grid_node node ON node.id = accepted.node_id
JOIN ledger_ledgeraccount account ON account.customer_id = node.customer_id AND account.kind = 'trading'
WHERE accepted.result_id = %s ORDER BY accepted.order_id
"""

# What of each order may not flow, who traded it (+1 bought it), and the accounts that can pay it.
CURTAILED = """
SELECT cut.order_id, trading.id, supply.id, CASE orders.side WHEN 'buy' THEN 1 ELSE -1 END,
       cut.energy_urp, cut.fee_urp
FROM schedules_curtailedorder cut
JOIN orders_order orders ON orders.id = cut.order_id
JOIN grid_node node ON node.id = cut.node_id
JOIN ledger_ledgeraccount trading ON trading.customer_id = node.customer_id AND trading.kind = 'trading'
JOIN ledger_ledgeraccount supply ON supply.customer_id = node.customer_id AND supply.kind = 'supply'
WHERE cut.curtailment_id = %s ORDER BY cut.order_id
"""

# Metered minus scheduled of every node with a reading; a schedule is the sum over all published auctions.
# What is stored now is answered as sums per node; periods that were settled before are not stored again.
SETTLE = """
WITH period AS (
    SELECT starts_at FROM generate_series(%(starts_at)s, %(ends_at)s - make_interval(secs => %(period_s)s),
                                          make_interval(secs => %(period_s)s)) AS each (starts_at)
), scheduled AS (
    SELECT schedule.node_id, period.starts_at, sum(schedule.scheduled_wh[1 + (
               extract(epoch FROM period.starts_at - schedule.starts_at) / %(period_s)s)::int])::int AS wh
    FROM markets_auction auction
    JOIN markets_market market ON market.id = auction.market_id AND market.dso_id = %(dso)s
    JOIN schedules_schedule schedule ON schedule.auction_id = auction.id
    JOIN period ON auction.delivery_starts_at <= period.starts_at
               AND period.starts_at < auction.delivery_ends_at
    WHERE auction.delivery_starts_at < %(ends_at)s AND auction.delivery_ends_at > %(starts_at)s
      AND auction.state IN ('published', 'settled')
    GROUP BY schedule.node_id, period.starts_at
), measured AS (
    SELECT node.id AS node_id, reading.starts_at, node.withdrawal_fee_rp_per_mwh AS fee,
           tariff.retail, tariff.feed_in, coalesce(scheduled.wh, 0) AS scheduled_wh,
           CASE node.side WHEN 'producer' THEN reading.metered_wh ELSE -reading.metered_wh END AS metered_wh
    FROM grid_bus bus
    JOIN unnest(%(retail)s::int[], %(feed_in)s::int[]) WITH ORDINALITY
         AS tariff (retail, feed_in, place) ON tariff.place = bus.position + 1
    JOIN grid_node node ON node.bus_id = bus.id
    CROSS JOIN period
    JOIN metering_meterreading reading ON reading.node_id = node.id AND reading.starts_at = period.starts_at
    LEFT JOIN scheduled ON scheduled.node_id = node.id AND scheduled.starts_at = period.starts_at
    WHERE bus.dso_id = %(dso)s
), stored AS (
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
)
SELECT stored.node_id, account.id, sum(stored.energy_urp)::bigint, sum(stored.fee_urp)::bigint
FROM stored
JOIN grid_node node ON node.id = stored.node_id
JOIN ledger_ledgeraccount account ON account.customer_id = node.customer_id AND account.kind = 'supply'
GROUP BY stored.node_id, account.id ORDER BY stored.node_id
"""


def lock_accounts(*, auction):
    """Lock every account that a result may touch, at once: no two auctions then wait in a ring."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"dso": auction.market.dso_id, "auction": auction.pk})


@transaction.atomic(savepoint=False)
def book_trades(*, auction, result, at):
    """Book a result: buyers pay the exchange, it pays the sellers and what is the grid operator's.

    Afterwards the exchange holds nothing of this auction. Return how many entries were booked.
    """
    order, account, sign, energy_urp, fee_urp = _columns(TRADES, [result.pk], 5)
    own = queries.own_accounts(dso=auction.market.dso)
    exchange, fees, rent = own[KIND.EXCHANGE], own[KIND.GRID_FEES], own[KIND.CONGESTION_RENT]
    count = len(order)
    entries = ledger.Entries(
        debit=np.concatenate([account, account, [exchange, exchange]]),
        credit=np.concatenate([np.full(count, exchange), np.full(count, fees), [fees, rent]]),
        # A sign of -1: what a buyer pays, a seller gets.
        amount_urp=np.concatenate(
            [sign * energy_urp, sign * fee_urp, [result.line_fees_urp, result.congestion_rent_urp]]
        ),
        kind=[ENTRY.ENERGY] * count
        + [ENTRY.WITHDRAWAL_FEE] * count
        + [ENTRY.LINE_FEE, ENTRY.CONGESTION_RENT],
        reference=np.concatenate([order, order, [0, 0]]),
    )
    return ledger.book(entries=entries, document_kind="auction", document_id=auction.pk, at=at)


@transaction.atomic(savepoint=False)
def book_curtailment(*, curtailment, at):
    """Unwind what may not flow at the prices it was traded at: its entries, the other way round.

    Afterwards the exchange holds nothing of it. What an account cannot give back out of what it has free is
    taken from its customer's account with the utility. Return how many entries were booked.
    """
    order, account, supply, sign, energy_urp, fee_urp = _columns(CURTAILED, [curtailment.pk], 6)
    own, count = queries.own_accounts(dso=curtailment.auction.market.dso), len(order)
    exchange, fees, rent = own[KIND.EXCHANGE], own[KIND.GRID_FEES], own[KIND.CONGESTION_RENT]
    account = _able(account, supply, sign * (energy_urp + fee_urp))
    entries = ledger.Entries(
        debit=np.concatenate([np.full(count, exchange), np.full(count, fees), [fees, rent]]),
        credit=np.concatenate([account, account, [exchange, exchange]]),
        amount_urp=np.concatenate(
            [sign * energy_urp, sign * fee_urp, [curtailment.line_fees_urp, curtailment.congestion_rent_urp]]
        ),
        kind=[ENTRY.ENERGY] * count
        + [ENTRY.WITHDRAWAL_FEE] * count
        + [ENTRY.LINE_FEE, ENTRY.CONGESTION_RENT],
        reference=np.concatenate([order, order, [0, 0]]),
    )
    return ledger.book(
        entries=entries, document_kind="curtailment", document_id=curtailment.pk, at=at, correction=1
    )


def _able(account, supply, change_urp):
    """Each account, or its customer's supply account where it has less free than it must give."""
    free_urp = ledger.lock(account_ids=account)
    keys, places = np.unique(account, return_inverse=True)
    change = np.zeros(len(keys), np.int64)
    np.add.at(change, places, change_urp)
    short = [
        free_urp[key] is not None and urp < 0 and -urp > free_urp[key]
        for key, urp in zip(keys.tolist(), change.tolist(), strict=True)
    ]
    return np.where(np.array(short, bool)[places], supply, account)


@transaction.atomic(savepoint=False)
def settle_imbalances(*, auction, at):
    """Settle what meters counted beside the schedule in an auction's periods: at the utility's tariff.

    A period is settled once, whatever auctions sold it; so a repetition changes nothing.
    """
    dso = auction.market.dso
    nodes, supply, energy_urp, fee_urp = _new_imbalances(auction, at)
    if not len(nodes):
        return 0
    own, count = queries.own_accounts(dso=dso), len(nodes)
    entries = ledger.Entries(
        debit=np.concatenate([supply, supply]),
        credit=np.concatenate([np.full(count, own[queries.UTILITY]), np.full(count, own[KIND.GRID_FEES])]),
        amount_urp=-np.concatenate([energy_urp, fee_urp]),
        kind=[ENTRY.IMBALANCE] * count + [ENTRY.WITHDRAWAL_FEE] * count,
        reference=np.concatenate([nodes, nodes]),
    )
    return ledger.book(entries=entries, document_kind="imbalance", document_id=auction.pk, at=at)


def _new_imbalances(auction, at):
    """Store the imbalances of the auction's periods; per node its supply account, energy and fee."""
    market = auction.market
    prices = grid.utility_prices(dso=market.dso, day=auction.delivery_day)
    values = {
        "dso": market.dso_id,
        "starts_at": auction.delivery_starts_at,
        "ends_at": auction.delivery_ends_at,
        "period_s": market.period_minutes * 60,
        "retail": prices.retail_rp_per_mwh.tolist(),
        "feed_in": prices.feed_in_rp_per_mwh.tolist(),
        "at": at,
    }
    return _columns(SETTLE, values, 4)


def _columns(sql, values, count):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return np.array(cursor.fetchall(), np.int64).reshape(-1, count).T
