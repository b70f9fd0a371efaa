"""Metered minus scheduled, settled: neighbours' deviations of opposite sign first, the rest at tariff.

In each quarter hour the deviations of all nodes are looked at together. What some have too much and others
too little nets within the community: the smaller side wholly, the larger in proportion (whole watt-hours by
largest remainder, then by key), each node at the last real-time price of its bus. Where those prices differ,
what is left over is congestion rent, as in an auction. The rest is the utility's, at its tariff.

A corrected reading moves its neighbours' shares too, so its quarter hour is computed anew as a whole; what is
then other than before is booked as the difference, and the old rows are kept under their number.
"""

from itertools import groupby

import numpy as np
from django.db import connection, transaction
from django.db.models import Max

from trading.grid import queries as grid
from trading.ledger import operations as ledger
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.markets import calendar
from trading.markets.models import Auction
from trading.metering import queries as metering
from trading.metering.models import CorrectedQuarter
from trading.settlement import queries

KIND, ENTRY = LedgerAccount.Kind, LedgerEntry.Kind
DOCUMENT = "imbalance"

# What each node's imbalance in some quarter hours is by now, from readings, schedules and prices alone.
NOW = """
WITH period AS (
    SELECT starts_at FROM unnest(%(periods)s::timestamptz[]) AS each (starts_at)
), priced AS MATERIALIZED (  -- once a period, however few rows the planner believes in
    SELECT period.starts_at, last.prices_rp_per_mwh AS prices
    FROM period LEFT JOIN LATERAL (
        SELECT found.prices_rp_per_mwh
        FROM results_periodresult found
        JOIN results_result result ON result.id = found.result_id AND result.final
        JOIN markets_auction auction ON auction.id = result.auction_id
        JOIN markets_market market ON market.id = auction.market_id
        WHERE found.starts_at <= period.starts_at AND found.starts_at > period.starts_at - interval '2 days'
          AND market.dso_id = %(dso)s AND market.delivery_minutes IS NOT NULL
          AND auction.state IN ('published', 'settled')
        ORDER BY found.starts_at DESC LIMIT 1
    ) last ON true
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
           tariff.retail, tariff.feed_in, priced.prices[bus.position + 1] AS local,
           coalesce(scheduled.wh, 0) AS scheduled_wh,
           CASE node.side WHEN 'producer' THEN reading.metered_wh ELSE -reading.metered_wh END AS metered_wh
    FROM grid_bus bus
    JOIN unnest(%(retail)s::int[], %(feed_in)s::int[]) WITH ORDINALITY
         AS tariff (retail, feed_in, place) ON tariff.place = bus.position + 1
    JOIN grid_node node ON node.bus_id = bus.id
    CROSS JOIN priced
    JOIN metering_meterreading reading ON reading.node_id = node.id AND reading.starts_at = priced.starts_at
    LEFT JOIN scheduled ON scheduled.node_id = node.id AND scheduled.starts_at = priced.starts_at
    WHERE bus.dso_id = %(dso)s
), deviating AS (
    SELECT measured.*, (metered_wh - scheduled_wh)::bigint AS wh,
           abs(metered_wh - scheduled_wh)::bigint AS size,
           sum(abs(metered_wh - scheduled_wh)::bigint) OVER same_side AS side,
           least(sum(greatest(metered_wh - scheduled_wh, 0)::bigint) OVER same_time,
                 sum(greatest(scheduled_wh - metered_wh, 0)::bigint) OVER same_time)
           * (local IS NOT NULL)::int AS nets
    FROM measured
    WINDOW same_time AS (PARTITION BY starts_at),
           same_side AS (PARTITION BY starts_at, sign(metered_wh - scheduled_wh))
), shared AS (
    SELECT deviating.*, div(size * nets, greatest(side, 1))::bigint AS share,
           row_number() OVER (PARTITION BY starts_at, sign(wh)
                              ORDER BY (size * nets) %% greatest(side, 1) DESC, node_id) AS turn,
           nets - sum(div(size * nets, greatest(side, 1)))
               OVER (PARTITION BY starts_at, sign(wh)) AS left_over
    FROM deviating
)
SELECT node_id, starts_at, scheduled_wh, metered_wh, wh::int AS imbalance_wh,
       (sign(wh) * (share + (turn <= left_over AND wh <> 0)::int))::int AS netted_wh,
       coalesce(local, 0) AS netting_price_rp_per_mwh,
       CASE WHEN wh < 0 THEN retail ELSE feed_in END AS price_rp_per_mwh, fee
FROM shared
"""

# Beside what is stored: only what is new or other is written, and answered as differences.
SETTLE = f"""
WITH now AS ({NOW}), found AS (
    SELECT now.*, netted_wh::bigint * netting_price_rp_per_mwh AS netting_urp,
           (imbalance_wh - netted_wh)::bigint * price_rp_per_mwh AS energy_urp,
           imbalance_wh::bigint * fee AS fee_urp
    FROM now
), changed AS (
    SELECT found.*, coalesce(known.number, 0) AS known_number,
           found.netting_urp - coalesce(known.netting_urp, 0) AS netting_more,
           found.energy_urp - coalesce(known.energy_urp, 0) AS energy_more,
           found.fee_urp - coalesce(known.fee_urp, 0) AS fee_more
    FROM found LEFT JOIN settlement_imbalance known USING (node_id, starts_at)
    WHERE known.node_id IS NULL OR (
        known.scheduled_wh, known.metered_wh, known.netted_wh,
        known.netting_urp, known.energy_urp, known.fee_urp
    ) IS DISTINCT FROM (
        found.scheduled_wh, found.metered_wh, found.netted_wh,
        found.netting_urp, found.energy_urp, found.fee_urp
    )
), kept AS (
    INSERT INTO settlement_replacedimbalance
        (node_id, starts_at, number, metered_wh, scheduled_wh, netted_wh, netting_urp, energy_urp, fee_urp,
         settled_at, replaced_at)
    SELECT known.node_id, known.starts_at, known.number, known.metered_wh, known.scheduled_wh,
           known.netted_wh, known.netting_urp, known.energy_urp, known.fee_urp, known.settled_at, %(at)s
    FROM settlement_imbalance known JOIN changed USING (node_id, starts_at)
), stored AS (
    INSERT INTO settlement_imbalance (node_id, starts_at, number, scheduled_wh, metered_wh, imbalance_wh,
                                      netted_wh, netting_price_rp_per_mwh, price_rp_per_mwh, netting_urp,
                                      energy_urp, fee_urp, settled_at)
    SELECT node_id, starts_at, 1, scheduled_wh, metered_wh, imbalance_wh, netted_wh, netting_price_rp_per_mwh,
           price_rp_per_mwh, netting_urp, energy_urp, fee_urp, %(at)s
    FROM changed ORDER BY node_id, starts_at
    ON CONFLICT (node_id, starts_at) DO UPDATE SET
        (number, scheduled_wh, metered_wh, imbalance_wh, netted_wh, netting_price_rp_per_mwh,
         price_rp_per_mwh, netting_urp, energy_urp, fee_urp, settled_at)
        = (settlement_imbalance.number + 1, excluded.scheduled_wh, excluded.metered_wh, excluded.imbalance_wh,
           excluded.netted_wh, excluded.netting_price_rp_per_mwh, excluded.price_rp_per_mwh,
           excluded.netting_urp, excluded.energy_urp, excluded.fee_urp, excluded.settled_at)
)
SELECT changed.node_id, account.id, sum(netting_more)::bigint, sum(energy_more)::bigint, sum(fee_more)::bigint
FROM changed
JOIN grid_node node ON node.id = changed.node_id
JOIN ledger_ledgeraccount account ON account.customer_id = node.customer_id AND account.kind = 'supply'
GROUP BY changed.node_id, account.id ORDER BY changed.node_id
"""  # nosec B608: one statement of ours within another


@transaction.atomic(savepoint=False)
def settle(*, auction, at):
    """Settle a delivered auction's quarter hours from what is known now; how many entries that booked.

    Doing it again books only what has become other since, so a repetition changes nothing.
    """
    nodes, supply, netting_urp, energy_urp, fee_urp = _changes(auction, at)
    own, count = queries.own_accounts(dso=auction.market.dso), len(nodes)
    if not count:
        return 0
    exchange = own[KIND.EXCHANGE]
    others = (
        np.full(count, exchange),
        np.full(count, own[queries.UTILITY]),
        np.full(count, own[KIND.GRID_FEES]),
    )
    paid_urp = -np.concatenate([netting_urp, energy_urp, fee_urp])
    entries = ledger.Entries(
        debit=np.concatenate([np.tile(supply, 3), [exchange]]),
        credit=np.concatenate([*others, [own[KIND.CONGESTION_RENT]]]),
        # What the neighbours paid each other and nobody received is congestion rent.
        amount_urp=np.append(paid_urp, -netting_urp.sum()),
        kind=[ENTRY.NETTING] * count
        + [ENTRY.IMBALANCE] * count
        + [ENTRY.WITHDRAWAL_FEE] * count
        + [ENTRY.CONGESTION_RENT],
        reference=np.append(np.tile(nodes, 3), 0),
    )
    correction = _next_correction(auction)
    return ledger.book(
        entries=entries, document_kind=DOCUMENT, document_id=auction.pk, at=at, correction=correction
    )


@transaction.atomic
def correct(*, dso, quarters, at):
    """Settle some quarter hours anew after their readings were corrected; returns the settled auctions."""
    waiting = CorrectedQuarter.objects.select_for_update().filter(dso=dso, starts_at__in=quarters)
    corrected = list(waiting.values_list("starts_at", flat=True))
    if not corrected:
        return []
    # Every account that several settlements may touch, at once: no two of us then wait in a ring.
    touched = LedgerAccount.objects.filter(dso=dso).exclude(kind=KIND.TRADING)
    ledger.lock(account_ids=list(touched.values_list("pk", flat=True)))
    settled = Auction.objects.filter(
        market__dso=dso,
        market__delivery_minutes__isnull=False,
        settled_at__isnull=False,
        delivery_starts_at__lte=max(corrected),
        delivery_ends_at__gt=min(corrected),
    ).select_related("market__dso")
    found = [auction for auction in settled if _delivers_any(auction, corrected)]
    for auction in found:
        settle(auction=auction, at=at)
    CorrectedQuarter.objects.filter(dso=dso, starts_at__in=corrected).delete()
    return found


def _delivers_any(auction, quarters):
    return any(auction.delivery_starts_at <= each < auction.delivery_ends_at for each in quarters)


def by_day(*, dso):
    """The corrected quarter hours that wait, those of one local day together."""
    waiting = metering.corrected_quarters(dso=dso)
    return [list(of) for _, of in groupby(waiting, key=calendar.day_of)]


def _changes(auction, at):
    """Store what the auction's quarter hours come to by now; per node what is other than before."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, asked(auction) | {"at": at})
        return np.array(cursor.fetchall(), np.int64).reshape(-1, 5).T


def asked(auction):
    """What the statements want to know of an auction."""
    market = auction.market
    prices = grid.utility_prices(dso=market.dso, day=auction.delivery_day)
    length = (auction.delivery_ends_at - auction.delivery_starts_at) / auction.period_count
    return {
        "dso": market.dso_id,
        "periods": [auction.delivery_starts_at + k * length for k in range(auction.period_count)],
        "starts_at": auction.delivery_starts_at,
        "ends_at": auction.delivery_ends_at,
        "period_s": market.period_minutes * 60,
        "retail": prices.retail_rp_per_mwh.tolist(),
        "feed_in": prices.feed_in_rp_per_mwh.tolist(),
    }


def _next_correction(auction):
    """0 while the auction is being settled; what is booked after that has a number from 1."""
    booked = LedgerEntry.objects.filter(document_kind=DOCUMENT, document_id=auction.pk)
    last = booked.aggregate(last=Max("correction"))["last"]
    return 0 if last is None and auction.settled_at is None else (last or 0) + 1
