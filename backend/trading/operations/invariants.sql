-- What must be true of the books, whatever happened. Each query finds the rows that contradict its sentence.
-- {chosen} stands for the auctions that are looked at: all of them, or those that the caller named. What cannot be
-- asked of an auction alone is marked `everything`.

-- balances-are-sums (everything)
-- Every account's balance is what entries brought to it less what they took.
SELECT account.id, account.balance_urp, coalesce(sum(moved.amount), 0) AS entries_urp
FROM ledger_ledgeraccount account
LEFT JOIN (
    SELECT credit_id AS account, sum(amount_urp) AS amount FROM ledger_ledgerentry GROUP BY credit_id
    UNION ALL
    SELECT debit_id, -sum(amount_urp) FROM ledger_ledgerentry GROUP BY debit_id
) moved ON moved.account = account.id
GROUP BY account.id HAVING account.balance_urp <> coalesce(sum(moved.amount), 0);

-- debits-are-credits (everything)
-- The balances of all accounts of a grid operator add up to zero.
SELECT dso_id, sum(balance_urp) AS sum_urp FROM ledger_ledgeraccount
GROUP BY dso_id HAVING sum(balance_urp) <> 0;

-- no-account-below-its-limit (everything)
-- No account is below its limit once open holds are taken off.
SELECT id, balance_urp, held_urp, limit_urp FROM ledger_ledgeraccount
WHERE balance_urp - held_urp < limit_urp;

-- the-exchange-keeps-nothing (everything)
-- The account between buyers and sellers is empty.
SELECT id, balance_urp FROM ledger_ledgeraccount WHERE kind = 'exchange' AND balance_urp <> 0;

-- held-is-the-sum-of-holds (everything)
-- What an account holds back is the sum of its open holds.
SELECT account.id, account.held_urp, coalesce(sum(hold.amount_urp), 0) AS holds_urp
FROM ledger_ledgeraccount account
LEFT JOIN ledger_hold hold ON hold.account_id = account.id AND hold.released_at IS NULL
GROUP BY account.id HAVING account.held_urp <> coalesce(sum(hold.amount_urp), 0);

-- every-hold-has-an-order (everything)
-- Every open hold belongs to an order that is open or frozen.
SELECT hold.id, hold.order_number, orders.state FROM ledger_hold hold
LEFT JOIN orders_order orders ON orders.id = hold.order_number
WHERE hold.released_at IS NULL AND (orders.id IS NULL OR orders.state NOT IN ('open', 'frozen'));

-- every-open-order-is-held
-- Every open or frozen order has its worst-case cost on hold, and no other order has any.
SELECT orders.id, orders.state, orders.held_urp, hold.amount_urp
FROM orders_order orders JOIN {chosen} auction ON auction.id = orders.auction_id
LEFT JOIN ledger_hold hold ON hold.order_number = orders.id AND hold.released_at IS NULL
WHERE CASE WHEN orders.state IN ('open', 'frozen')
           THEN coalesce(hold.amount_urp, 0) <> orders.held_urp ELSE hold.id IS NOT NULL END;

-- one-final-result
-- A published auction has exactly one final result; one that has not cleared has none.
SELECT auction.code, auction.state, count(result.id) AS results
FROM {chosen} auction LEFT JOIN results_result result ON result.auction_id = auction.id AND result.final
GROUP BY auction.id, auction.code, auction.state
HAVING count(result.id) <> CASE WHEN auction.state IN ('cleared', 'published', 'settled') THEN 1 ELSE 0 END;

-- the-published-hash-is-the-stored-hash
-- A result was made from the book that was frozen at gate closure.
SELECT auction.code, auction.book_hash, result.book_hash AS hash_of_result
FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id
WHERE auction.book_hash <> result.book_hash;

-- accepted-from-the-book
-- Only orders received before gate closure and not cancelled are in a result, each in its own auction's.
SELECT orders.id, orders.state, orders.received_at, auction.code
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id
JOIN results_orderresult accepted ON accepted.result_id = result.id
JOIN orders_order orders ON orders.id = accepted.order_id
WHERE orders.auction_id <> auction.id OR orders.node_id <> accepted.node_id
   OR orders.received_at >= auction.gate_closes_at OR orders.state <> 'cleared';

-- accepted-within-ordered
-- Nothing is accepted beyond what was ordered, and the sums of money are quantity times price.
SELECT accepted.order_id, part.period, part.ordered, part.accepted
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id
JOIN results_orderresult accepted ON accepted.result_id = result.id
CROSS JOIN LATERAL (
    SELECT min(period) AS period, min(ordered) AS ordered, min(accepted) AS accepted,
           bool_and(accepted BETWEEN 0 AND ordered) AS within,
           sum(accepted::bigint * price) AS urp
    FROM unnest(accepted.periods, accepted.ordered_wh, accepted.accepted_wh, accepted.prices_rp_per_mwh)
         AS each (period, ordered, accepted, price)
) part
WHERE NOT part.within OR part.urp <> accepted.energy_urp;

-- price-within-limit
-- No order is accepted at a price worse than its limit, and of each step only what its price allows.
SELECT accepted.order_id, broken.period, broken.accepted, broken.price
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id
JOIN results_orderresult accepted ON accepted.result_id = result.id
JOIN orders_order orders ON orders.id = accepted.order_id
CROSS JOIN LATERAL (
    SELECT got.period, got.accepted, got.price
    FROM unnest(accepted.periods, accepted.accepted_wh, accepted.prices_rp_per_mwh)
         AS got (period, accepted, price)
    LEFT JOIN unnest(orders.periods, orders.prices_rp_per_mwh, orders.quantities_wh)
         AS point (period, price, quantity)
      ON point.period = got.period AND (orders.curve <> 'step' OR CASE orders.side
            WHEN 'buy' THEN point.price - orders.fee_rp_per_mwh >= got.price
            ELSE point.price - orders.fee_rp_per_mwh <= got.price END)
    WHERE got.accepted > 0
    GROUP BY got.period, got.accepted, got.price
    HAVING got.accepted > coalesce(
        CASE orders.curve WHEN 'step' THEN sum(point.quantity) ELSE max(point.quantity) END, 0)
) broken;

-- bought-is-sold
-- In each period of a result as much is bought as is sold, in Wh, and that is what was published as traded.
WITH traded AS MATERIALIZED (
    SELECT accepted.result_id, each.period,
           coalesce(sum(each.wh) FILTER (WHERE orders.side = 'buy'), 0) AS bought,
           coalesce(sum(each.wh) FILTER (WHERE orders.side = 'sell'), 0) AS sold
    FROM {chosen} auction
    JOIN results_result result ON result.auction_id = auction.id
    JOIN results_orderresult accepted ON accepted.result_id = result.id
    JOIN orders_order orders ON orders.id = accepted.order_id
    CROSS JOIN LATERAL unnest(accepted.periods, accepted.accepted_wh) AS each (period, wh)
    GROUP BY accepted.result_id, each.period
)
SELECT result_id, period, max(published) AS traded_wh, max(bought) AS bought_wh, max(sold) AS sold_wh
FROM (
    SELECT result_id, period, 0 AS published, bought, sold FROM traded
    UNION ALL
    SELECT period.result_id, period.period, period.traded_wh, 0, 0
    FROM {chosen} auction
    JOIN results_result result ON result.auction_id = auction.id
    JOIN results_periodresult period ON period.result_id = result.id
) both_sides
GROUP BY result_id, period
HAVING max(bought) <> max(published) OR max(sold) <> max(published);

-- paid-is-received
-- In each auction buyers paid what sellers received plus line fees and congestion rent, in µRp.
SELECT auction.code, result.line_fees_urp, result.congestion_rent_urp, booked.exchange_urp
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id AND result.final
JOIN (
    SELECT entry.document_id,
           sum(CASE WHEN credit.kind = 'exchange' THEN amount_urp ELSE 0 END
             - CASE WHEN debit.kind = 'exchange' THEN amount_urp ELSE 0 END) AS exchange_urp
    FROM ledger_ledgerentry entry
    JOIN ledger_ledgeraccount credit ON credit.id = entry.credit_id
    JOIN ledger_ledgeraccount debit ON debit.id = entry.debit_id
    WHERE entry.document_kind = 'auction'
      AND entry.document_id IN (SELECT id FROM {chosen} of_entry)
    GROUP BY entry.document_id
) booked ON booked.document_id = auction.id
WHERE booked.exchange_urp <> 0;

-- booked-is-accepted
-- Each accepted order is booked exactly once: its energy and its withdrawal fee as the result says.
SELECT expected.auction_id, expected.kind, expected.order_id, expected.urp, booked.urp AS booked_urp
FROM (
    SELECT auction.id AS auction_id, 'energy' AS kind, accepted.order_id, abs(accepted.energy_urp) AS urp
    FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_orderresult accepted ON accepted.result_id = result.id AND accepted.energy_urp <> 0
    UNION ALL
    SELECT auction.id, 'withdrawal_fee', accepted.order_id, abs(accepted.fee_urp)
    FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_orderresult accepted ON accepted.result_id = result.id AND accepted.fee_urp <> 0
) expected
FULL JOIN (
    SELECT document_id, kind, reference, sum(amount_urp) AS urp FROM ledger_ledgerentry
    WHERE document_kind = 'auction' AND kind IN ('energy', 'withdrawal_fee')
      AND document_id IN (SELECT id FROM {chosen} of_entry)
    GROUP BY document_id, kind, reference
) booked ON booked.document_id = expected.auction_id AND booked.kind = expected.kind
        AND booked.reference = expected.order_id
WHERE expected.urp IS DISTINCT FROM booked.urp;

-- scheduled-is-accepted
-- A node's schedule from an auction adds up to what was accepted of its orders less what was curtailed, injection positive.
SELECT coalesce(accepted.auction_id, scheduled.auction_id) AS auction_id,
       coalesce(accepted.node_id, scheduled.node_id) AS node_id, accepted.wh, scheduled.wh AS scheduled_wh
FROM (
    SELECT auction_id, node_id, period, sum(wh) AS wh
    FROM (
        SELECT auction.id AS auction_id, got.node_id, each.period,
               CASE orders.side WHEN 'sell' THEN each.wh ELSE -each.wh END AS wh
        FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id AND result.final
        JOIN results_orderresult got ON got.result_id = result.id
        JOIN orders_order orders ON orders.id = got.order_id
        CROSS JOIN LATERAL unnest(got.periods, got.accepted_wh) AS each (period, wh)
        UNION ALL
        SELECT auction.id, cut.node_id, each.period, CASE orders.side WHEN 'sell' THEN -each.wh ELSE each.wh END
        FROM {chosen} auction JOIN schedules_curtailment curtailment ON curtailment.auction_id = auction.id
        JOIN schedules_curtailedorder cut ON cut.curtailment_id = curtailment.id
        JOIN orders_order orders ON orders.id = cut.order_id
        CROSS JOIN LATERAL unnest(cut.periods, cut.cut_wh) AS each (period, wh)
    ) parts
    GROUP BY auction_id, node_id, period
) accepted
FULL JOIN (
    SELECT schedule.auction_id, schedule.node_id, (each.place - 1)::int AS period, each.wh
    FROM {chosen} auction JOIN schedules_schedule schedule ON schedule.auction_id = auction.id
    CROSS JOIN LATERAL unnest(schedule.scheduled_wh) WITH ORDINALITY AS each (wh, place)
) scheduled ON scheduled.auction_id = accepted.auction_id AND scheduled.node_id = accepted.node_id
           AND scheduled.period = accepted.period
WHERE coalesce(accepted.wh, 0) <> coalesce(scheduled.wh, 0);

-- curtailed-within-accepted
-- Of each order no more is curtailed than was accepted, as much is taken off sellers as off buyers.
SELECT curtailment.auction_id, min(cut.order_id) AS order_id, sum(each.wh * sign.of_side) AS more_wh
FROM {chosen} auction JOIN schedules_curtailment curtailment ON curtailment.auction_id = auction.id
JOIN results_result result ON result.auction_id = auction.id AND result.final
JOIN schedules_curtailedorder cut ON cut.curtailment_id = curtailment.id
JOIN orders_order orders ON orders.id = cut.order_id
JOIN results_orderresult got ON got.result_id = result.id AND got.order_id = cut.order_id
CROSS JOIN LATERAL (SELECT CASE orders.side WHEN 'sell' THEN 1 ELSE -1 END AS of_side) sign
CROSS JOIN LATERAL unnest(cut.periods, cut.cut_wh) AS each (period, wh)
LEFT JOIN LATERAL unnest(got.periods, got.accepted_wh) AS had (period, wh) ON had.period = each.period
GROUP BY curtailment.auction_id, each.period
HAVING sum(each.wh * sign.of_side) <> 0 OR bool_or(each.wh > coalesce(had.wh, 0) OR each.wh <= 0);

-- curtailed-is-unwound
-- What was curtailed is booked back: each order's energy and fee once, and the exchange keeps nothing of it.
SELECT curtailment.id, curtailment.auction_id, booked.orders_urp, cut.urp AS expected_urp, booked.exchange_urp
FROM {chosen} auction JOIN schedules_curtailment curtailment ON curtailment.auction_id = auction.id
LEFT JOIN LATERAL (
    SELECT sum(abs(energy_urp) + abs(fee_urp)) AS urp FROM schedules_curtailedorder
    WHERE curtailment_id = curtailment.id
) cut ON true
LEFT JOIN LATERAL (
    SELECT sum(amount_urp) FILTER (WHERE entry.kind IN ('energy', 'withdrawal_fee')) AS orders_urp,
           sum(CASE WHEN credit.kind = 'exchange' THEN amount_urp ELSE 0 END
             - CASE WHEN debit.kind = 'exchange' THEN amount_urp ELSE 0 END) AS exchange_urp
    FROM ledger_ledgerentry entry
    JOIN ledger_ledgeraccount credit ON credit.id = entry.credit_id
    JOIN ledger_ledgeraccount debit ON debit.id = entry.debit_id
    WHERE entry.document_kind = 'curtailment' AND entry.document_id = curtailment.id
) booked ON true
WHERE coalesce(cut.urp, 0) <> coalesce(booked.orders_urp, 0) OR coalesce(booked.exchange_urp, 0) <> 0;

-- flows-within-capacities
-- No line carries more in a result than it was allowed when the gate closed.
SELECT auction.code, period.period, line.place - 1 AS bus, line.flow AS flow_wh
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id
JOIN results_periodresult period ON period.result_id = result.id
JOIN capacities_frozencapacities kept ON kept.auction_id = auction.id
CROSS JOIN LATERAL unnest(period.flows_wh) WITH ORDINALITY AS line (flow, place)
CROSS JOIN LATERAL (SELECT cardinality(period.flows_wh) AS buses) size
WHERE line.flow > kept.up_wh[line.place + CASE WHEN cardinality(kept.up_wh) > buses THEN period.period * buses ELSE 0 END]
   OR -line.flow > kept.down_wh[line.place
                   + CASE WHEN cardinality(kept.down_wh) > buses THEN period.period * buses ELSE 0 END];

-- nothing-before-closure
-- Nothing is decided before the gate closes, and no order is entered or changed after it.
SELECT auction.code, 'result' AS what, result.id FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id AND result.cleared_at < auction.gate_closes_at
UNION ALL
SELECT auction.code, 'version', version.id FROM {chosen} auction
JOIN orders_order orders ON orders.auction_id = auction.id
JOIN orders_orderversion version ON version.order_id = orders.id AND version.at >= auction.gate_closes_at;

-- every-acknowledged-order-exists
-- Every version that was acknowledged is kept, from the first on, and says who placed it.
SELECT orders.id, orders.version, count(version.id) AS versions
FROM {chosen} auction JOIN orders_order orders ON orders.auction_id = auction.id
LEFT JOIN orders_orderversion version ON version.order_id = orders.id
GROUP BY orders.id, orders.version
HAVING count(version.id) <> orders.version OR max(version.version) <> orders.version
    OR count(*) FILTER (WHERE version.actor = '') > 0;

-- no-auction-without-an-end
-- Every auction whose delivery has begun is cleared or cancelled.
SELECT code, state, gate_closes_at FROM {chosen} auction
WHERE state IN ('scheduled', 'open', 'closed', 'cleared') AND delivery_starts_at <= %(at)s;

-- imbalances-are-booked
-- What each imbalance costs or earns, corrections included, is booked on its household's supply account.
SELECT expected.auction_id, expected.node_id, expected.netting, booked.netting AS booked_netting,
       expected.energy, booked.energy AS booked_energy, expected.fee, booked.fee AS booked_fee
FROM (
    SELECT auction.id AS auction_id, imbalance.node_id, sum(imbalance.netting_urp) AS netting,
           sum(imbalance.energy_urp) AS energy, sum(imbalance.fee_urp) AS fee
    FROM {chosen} auction
    JOIN markets_market market ON market.id = auction.market_id AND market.delivery_minutes IS NOT NULL
    CROSS JOIN LATERAL generate_series(
        auction.delivery_starts_at, auction.delivery_ends_at - make_interval(mins => market.period_minutes),
        make_interval(mins => market.period_minutes)) AS period (starts_at)
    JOIN settlement_imbalance imbalance ON imbalance.starts_at = period.starts_at
    GROUP BY auction.id, imbalance.node_id
) expected
FULL JOIN (
    SELECT entry.document_id, entry.reference,
           coalesce(sum(signed.urp) FILTER (WHERE entry.kind = 'netting'), 0) AS netting,
           coalesce(sum(signed.urp) FILTER (WHERE entry.kind = 'imbalance'), 0) AS energy,
           coalesce(sum(signed.urp) FILTER (WHERE entry.kind = 'withdrawal_fee'), 0) AS fee
    FROM ledger_ledgerentry entry
    JOIN ledger_ledgeraccount credit ON credit.id = entry.credit_id
    JOIN ledger_ledgeraccount debit ON debit.id = entry.debit_id
    JOIN grid_node node ON node.id = entry.reference
    CROSS JOIN LATERAL (
        SELECT CASE WHEN credit.customer_id = node.customer_id AND credit.kind = 'supply'
                    THEN entry.amount_urp ELSE -entry.amount_urp END AS urp
    ) AS signed
    WHERE entry.document_kind = 'imbalance' AND entry.kind <> 'congestion_rent'
      AND entry.document_id IN (SELECT id FROM {chosen} of_entry)
    GROUP BY entry.document_id, entry.reference
) booked ON booked.document_id = expected.auction_id AND booked.reference = expected.node_id
WHERE coalesce(expected.netting, 0) <> coalesce(booked.netting, 0)
   OR coalesce(expected.energy, 0) <> coalesce(booked.energy, 0)
   OR coalesce(expected.fee, 0) <> coalesce(booked.fee, 0);

-- netting-is-balanced
-- In each quarter hour the neighbours' deviations that met each other add up to nothing, in Wh.
SELECT auction.code, imbalance.starts_at, sum(imbalance.netted_wh) AS netted_wh
FROM {chosen} auction
JOIN markets_market market ON market.id = auction.market_id AND market.delivery_minutes IS NOT NULL
JOIN settlement_imbalance imbalance ON imbalance.starts_at >= auction.delivery_starts_at
 AND imbalance.starts_at < auction.delivery_ends_at
JOIN grid_node node ON node.id = imbalance.node_id
JOIN grid_bus bus ON bus.id = node.bus_id AND bus.dso_id = market.dso_id
GROUP BY auction.code, imbalance.starts_at HAVING sum(imbalance.netted_wh) <> 0;
