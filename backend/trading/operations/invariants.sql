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

-- holds-are-open-orders
-- What an account has set aside for an auction is the worst-case cost of its open orders there, no more, no less.
SELECT coalesce(ordered.auction_id, hold.auction_number) AS auction_id,
       coalesce(ordered.account_id, hold.account_id) AS account_id, ordered.urp, hold.amount_urp
FROM (
    SELECT auction.id AS auction_id, account.id AS account_id, sum(orders.held_urp) AS urp
    FROM {chosen} auction JOIN orders_order orders ON orders.auction_id = auction.id AND orders.state = 'open'
    JOIN grid_node node ON node.id = orders.node_id
    JOIN ledger_ledgeraccount account ON account.customer_id = node.customer_id AND account.kind = 'trading'
    WHERE auction.state IN ('scheduled', 'open', 'closed', 'cleared')
    GROUP BY auction.id, account.id
) ordered
FULL JOIN (
    SELECT auction_number, account_id, amount_urp FROM ledger_hold
    WHERE released_at IS NULL AND auction_number IN (SELECT id FROM {chosen} of_hold)
) hold ON hold.auction_number = ordered.auction_id AND hold.account_id = ordered.account_id
WHERE coalesce(ordered.urp, 0) <> coalesce(hold.amount_urp, 0);

-- offers-are-open-orders
-- What is kept added up of a node's orders in an auction is what its open ones may get, period by period.
SELECT coalesce(ordered.auction_id, kept.auction_id) AS auction_id, coalesce(ordered.node_id, kept.node_id) AS node_id,
       coalesce(ordered.period, kept.period) AS period, ordered.wh, kept.wh AS kept_wh
FROM (
    SELECT auction.id AS auction_id, placed.node_id, placed.side = 'buy' AS is_buy, most.period, sum(most.wh) AS wh
    FROM {chosen} auction
    JOIN orders_order placed ON placed.auction_id = auction.id
     AND placed.state = 'open' AND placed.exclusive_group = ''
    CROSS JOIN LATERAL (
        SELECT point.period, CASE placed.curve WHEN 'linear' THEN max(point.wh) ELSE sum(point.wh) END AS wh
        FROM unnest(placed.periods, placed.quantities_wh) AS point (period, wh) GROUP BY point.period
    ) most
    WHERE auction.state IN ('scheduled', 'open', 'closed', 'cleared')
    GROUP BY auction.id, placed.node_id, placed.side, most.period
) ordered
FULL JOIN (
    SELECT offered.auction_id, offered.node_id, offered.is_buy, point.period, point.wh
    FROM {chosen} auction
    JOIN orders_offered offered ON offered.auction_id = auction.id
    CROSS JOIN LATERAL unnest(offered.periods, offered.wh) AS point (period, wh)
    WHERE auction.state IN ('scheduled', 'open', 'closed', 'cleared')
) kept ON kept.auction_id = ordered.auction_id AND kept.node_id = ordered.node_id
      AND kept.is_buy = ordered.is_buy AND kept.period = ordered.period
WHERE coalesce(ordered.wh, 0) <> coalesce(kept.wh, 0);

-- every-hold-has-an-auction (everything)
-- Money is set aside for auctions that are still to be decided, and for nothing else.
SELECT hold.auction_number, hold.account_id, auction.state FROM ledger_hold hold
LEFT JOIN markets_auction auction ON auction.id = hold.auction_number
WHERE hold.released_at IS NULL
  AND (auction.id IS NULL OR auction.state NOT IN ('scheduled', 'open', 'closed', 'cleared'));

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
-- A result has exactly the orders that were received before gate closure, not cancelled and not set aside, each with its node.
SELECT line.result_id, line.node_id, line.number, orders.id, orders.state, orders.received_at
FROM (
    SELECT DISTINCT result.id AS result_id, result.auction_id, got.node_id, part.number
    FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id
    JOIN results_noderesult got ON got.result_id = result.id
    CROSS JOIN LATERAL unnest(got.orders) AS part (number)
) line
FULL JOIN (
    SELECT placed.*, auction.gate_closes_at FROM {chosen} auction
    JOIN orders_order placed ON placed.auction_id = auction.id AND placed.state = 'open'
    WHERE auction.state IN ('cleared', 'published', 'settled')
      AND NOT EXISTS (SELECT FROM orders_quarantinedorder aside WHERE aside.order_id = placed.id)
) orders ON orders.id = line.number AND orders.auction_id = line.auction_id AND orders.node_id = line.node_id
WHERE line.number IS NULL OR orders.id IS NULL OR orders.received_at >= orders.gate_closes_at;

-- accepted-within-ordered
-- Nothing is accepted beyond what was ordered, and the sums of money are quantity times price and fee.
SELECT got.result_id, got.node_id, part.ordered, part.accepted, part.energy_urp, part.fee_urp
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id
JOIN results_noderesult got ON got.result_id = result.id
CROSS JOIN LATERAL (
    SELECT sum(ordered) AS ordered, sum(accepted) AS accepted, bool_and(accepted BETWEEN 0 AND ordered) AS within,
           sum(CASE WHEN buys THEN -accepted ELSE accepted END::bigint * price) AS energy_urp,
           sum(CASE WHEN buys THEN -accepted ELSE accepted END::bigint * fee) AS fee_urp
    FROM unnest(got.buys, got.ordered_wh, got.accepted_wh, got.prices_rp_per_mwh, got.fees_rp_per_mwh)
         AS each (buys, ordered, accepted, price, fee)
) part
WHERE NOT part.within OR part.energy_urp <> got.energy_urp OR part.fee_urp <> got.fee_urp;

-- noted-is-accepted
-- What is noted of each order is what the result accepted of it over all periods.
SELECT coalesce(noted.number, decided.number) AS order_id, noted.wh AS noted_wh, decided.wh AS accepted_wh
FROM (
    SELECT part.number, part.wh FROM {chosen} auction
    JOIN orders_acceptance acceptance ON acceptance.auction_id = auction.id
    CROSS JOIN LATERAL unnest(acceptance.orders, acceptance.accepted_wh) AS part (number, wh)
) noted
FULL JOIN (
    SELECT part.number, sum(part.wh) AS wh FROM {chosen} auction
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult got ON got.result_id = result.id
    CROSS JOIN LATERAL unnest(got.orders, got.accepted_wh) AS part (number, wh)
    GROUP BY part.number
) decided ON decided.number = noted.number
WHERE noted.wh IS DISTINCT FROM decided.wh;

-- price-within-limit
-- No curve order is accepted at a price worse than its limit, and of each step only what its price allows.
SELECT got.number, got.period, got.accepted, got.price
FROM (
    SELECT part.* FROM {chosen} auction
    JOIN results_result result ON result.auction_id = auction.id
    JOIN results_noderesult decided ON decided.result_id = result.id
    CROSS JOIN LATERAL unnest(decided.orders, decided.periods, decided.accepted_wh, decided.prices_rp_per_mwh)
         AS part (number, period, accepted, price)
    WHERE part.accepted > 0
) got
JOIN orders_order orders ON orders.id = got.number AND orders.kind = 'curve'
CROSS JOIN LATERAL (
    SELECT CASE orders.curve WHEN 'step' THEN sum(quantity) ELSE max(quantity) END AS wh
    FROM unnest(orders.periods, orders.prices_rp_per_mwh, orders.quantities_wh) AS point (period, price, quantity)
    WHERE point.period = got.period AND (orders.curve <> 'step' OR CASE orders.side
            WHEN 'buy' THEN point.price - orders.fee_rp_per_mwh >= got.price
            ELSE point.price - orders.fee_rp_per_mwh <= got.price END)
) allowed
WHERE got.accepted > coalesce(allowed.wh, 0);

-- no-block-at-a-loss
-- No block order is accepted at a loss by its limit, together with what is linked to it.
WITH RECURSIVE got AS MATERIALIZED (
    SELECT orders.id, orders.parent_id, sum(part.accepted) AS accepted,
           sum(part.accepted::bigint * CASE orders.side WHEN 'sell' THEN 1 ELSE -1 END
               * (part.price - orders.prices_rp_per_mwh[1] + orders.fee_rp_per_mwh)) AS gain_urp
    FROM {chosen} auction
    JOIN orders_order orders ON orders.auction_id = auction.id AND orders.kind = 'block' AND orders.state = 'open'
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult decided ON decided.result_id = result.id AND decided.node_id = orders.node_id
    CROSS JOIN LATERAL unnest(decided.orders, decided.accepted_wh, decided.prices_rp_per_mwh)
         AS part (number, accepted, price)
    WHERE part.number = orders.id
    GROUP BY orders.id, orders.parent_id
), family AS (
    SELECT id AS head, id, gain_urp FROM got WHERE accepted > 0
    UNION ALL
    SELECT family.head, got.id, got.gain_urp FROM family JOIN got ON got.parent_id = family.id AND got.accepted > 0
)
SELECT head AS order_id, sum(gain_urp) AS gain_urp FROM family GROUP BY head HAVING sum(gain_urp) < 0;

-- blocks-keep-their-word
-- A block order gets its least ratio or nothing, no more than its parent, and with its exclusive group the whole at most.
WITH got AS MATERIALIZED (
    SELECT orders.id, orders.auction_id, orders.node_id, orders.parent_id, orders.exclusive_group,
           orders.min_ratio_permille, max(part.accepted)::numeric / max(part.ordered) AS ratio
    FROM {chosen} auction
    JOIN orders_order orders ON orders.auction_id = auction.id AND orders.kind = 'block' AND orders.state = 'open'
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult decided ON decided.result_id = result.id AND decided.node_id = orders.node_id
    CROSS JOIN LATERAL unnest(decided.orders, decided.ordered_wh, decided.accepted_wh)
         AS part (number, ordered, accepted)
    WHERE part.number = orders.id
    GROUP BY orders.id
)
SELECT got.auction_id, got.id AS order_id, got.ratio, parent.ratio AS most
FROM got LEFT JOIN got parent ON parent.id = got.parent_id AND parent.node_id = got.node_id
WHERE got.ratio > 0 AND got.ratio < got.min_ratio_permille / 1000.0
   OR got.ratio > 0 AND got.parent_id IS NOT NULL AND got.ratio > coalesce(parent.ratio, 0) + 1e-9
UNION ALL
SELECT auction_id, min(id), sum(ratio), 1 FROM got WHERE exclusive_group <> ''
GROUP BY auction_id, node_id, exclusive_group HAVING sum(ratio) > 1 + 1e-9;

-- bought-is-sold
-- In each period of a result as much is bought as is sold, in Wh, and that is what was published as traded.
WITH traded AS MATERIALIZED (
    SELECT got.result_id, each.period,
           coalesce(sum(each.wh) FILTER (WHERE each.buys), 0) AS bought,
           coalesce(sum(each.wh) FILTER (WHERE NOT each.buys), 0) AS sold
    FROM {chosen} auction
    JOIN results_result result ON result.auction_id = auction.id
    JOIN results_noderesult got ON got.result_id = result.id
    CROSS JOIN LATERAL unnest(got.buys, got.periods, got.accepted_wh) AS each (buys, period, wh)
    GROUP BY got.result_id, each.period
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

-- supplied-at-both-ends
-- Each supply stands at both of its ends: with the node that supplied and with the one that was supplied.
SELECT supply.result_id, supply.seller, supply.buyer, supply.period, supply.wh
FROM (
    SELECT got.result_id, part.period, CASE WHEN part.supplies THEN part.node ELSE got.node_id END AS seller,
           CASE WHEN part.supplies THEN got.node_id ELSE part.node END AS buyer,
           sum(CASE WHEN part.supplies THEN part.wh ELSE -part.wh END) AS wh
    FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id
    JOIN results_noderesult got ON got.result_id = result.id
    CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh)
        AS part (node, supplies, period, wh)
    GROUP BY 1, 2, 3, 4
) supply
WHERE supply.wh <> 0;

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
-- What an auction books with each account is what the result says of the account's nodes: energy and withdrawal fee.
SELECT expected.auction_id, expected.account_id, expected.kind, expected.urp, booked.urp AS booked_urp
FROM (
    SELECT auction.id AS auction_id, account.id AS account_id, part.kind, sum(part.urp) AS urp
    FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult got ON got.result_id = result.id
    JOIN grid_node node ON node.id = got.node_id
    JOIN ledger_ledgeraccount account ON account.customer_id = node.customer_id AND account.kind = 'trading'
    CROSS JOIN LATERAL (VALUES ('energy', got.energy_urp), ('withdrawal_fee', got.fee_urp)) AS part (kind, urp)
    GROUP BY auction.id, account.id, part.kind
) expected
FULL JOIN (
    SELECT entry.document_id, part.account_id, entry.kind, sum(part.urp) AS urp
    FROM ledger_ledgerentry entry
    CROSS JOIN LATERAL (VALUES (entry.credit_id, entry.amount_urp), (entry.debit_id, -entry.amount_urp))
        AS part (account_id, urp)
    JOIN ledger_ledgeraccount account ON account.id = part.account_id AND account.kind = 'trading'
    WHERE entry.document_kind = 'auction' AND entry.kind IN ('energy', 'withdrawal_fee')
      AND entry.document_id IN (SELECT id FROM {chosen} of_entry)
    GROUP BY entry.document_id, part.account_id, entry.kind
) booked ON booked.document_id = expected.auction_id AND booked.account_id = expected.account_id
        AND booked.kind = expected.kind
WHERE coalesce(expected.urp, 0) <> coalesce(booked.urp, 0);

-- the-grid-gets-its-fees
-- Line fees and congestion rent reach the grid operator's accounts as the result says, and nothing else does.
SELECT auction.code, result.line_fees_urp, booked.fees_urp, result.congestion_rent_urp, booked.rent_urp
FROM {chosen} auction
JOIN results_result result ON result.auction_id = auction.id AND result.final
LEFT JOIN (
    SELECT entry.document_id,
           sum(CASE credit.kind WHEN 'exchange' THEN -amount_urp ELSE amount_urp END)
               FILTER (WHERE entry.kind = 'line_fee') AS fees_urp,
           sum(CASE credit.kind WHEN 'exchange' THEN -amount_urp ELSE amount_urp END)
               FILTER (WHERE entry.kind = 'congestion_rent') AS rent_urp
    FROM ledger_ledgerentry entry JOIN ledger_ledgeraccount credit ON credit.id = entry.credit_id
    WHERE entry.document_kind = 'auction' AND entry.document_id IN (SELECT id FROM {chosen} of_entry)
    GROUP BY entry.document_id
) booked ON booked.document_id = auction.id
WHERE result.line_fees_urp <> coalesce(booked.fees_urp, 0)
   OR result.congestion_rent_urp <> coalesce(booked.rent_urp, 0);

-- scheduled-is-accepted
-- A node's schedule from an auction adds up to what was accepted of its orders less what was curtailed, injection positive.
SELECT coalesce(accepted.auction_id, scheduled.auction_id) AS auction_id,
       coalesce(accepted.node_id, scheduled.node_id) AS node_id, accepted.wh, scheduled.wh AS scheduled_wh
FROM (
    SELECT auction_id, node_id, period, sum(wh) AS wh
    FROM (
        SELECT auction.id AS auction_id, got.node_id, each.period,
               CASE WHEN each.buys THEN -each.wh ELSE each.wh END AS wh
        FROM {chosen} auction JOIN results_result result ON result.auction_id = auction.id AND result.final
        JOIN results_noderesult got ON got.result_id = result.id
        CROSS JOIN LATERAL unnest(got.buys, got.periods, got.accepted_wh) AS each (buys, period, wh)
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
JOIN results_noderesult got ON got.result_id = result.id AND got.node_id = cut.node_id
CROSS JOIN LATERAL (SELECT CASE orders.side WHEN 'sell' THEN 1 ELSE -1 END AS of_side) sign
CROSS JOIN LATERAL unnest(cut.periods, cut.cut_wh) AS each (period, wh)
LEFT JOIN LATERAL unnest(got.orders, got.periods, got.accepted_wh) AS had (number, period, wh)
       ON had.number = cut.order_id AND had.period = each.period
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
    WHERE entry.document_kind = 'curtailment' AND entry.document_id = curtailment.auction_id
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

-- days-are-sums
-- A node's day as it was added up is what its meter counted, and what its trades and imbalances came to.
SELECT expected.day, expected.node_id, summary.metered_wh, expected.wh, summary.cost_urp, expected.cost_urp AS cost
FROM (
    SELECT whole.delivery_day AS day, imbalance.node_id, sum(abs(imbalance.metered_wh)) AS wh,
           -sum(imbalance.netting_urp + imbalance.energy_urp + imbalance.fee_urp)
           - coalesce((SELECT sum(node.energy_urp + node.fee_urp)
                       FROM markets_auction auction
                       JOIN results_result result ON result.auction_id = auction.id AND result.final
                       JOIN results_noderesult node ON node.result_id = result.id
                        AND node.node_id = imbalance.node_id
                       JOIN markets_market of_auction ON of_auction.id = auction.market_id
                        AND of_auction.dso_id = market.dso_id
                       WHERE auction.delivery_day = whole.delivery_day
                         AND auction.state IN ('published', 'settled')), 0)
           - coalesce((SELECT sum(CASE orders.side WHEN 'buy' THEN 1 ELSE -1 END
                                  * (cut.energy_urp + cut.fee_urp))
                       FROM schedules_curtailedorder cut
                       JOIN orders_order orders ON orders.id = cut.order_id
                       JOIN schedules_curtailment curtailment ON curtailment.id = cut.curtailment_id
                       JOIN markets_auction auction ON auction.id = curtailment.auction_id
                       WHERE cut.node_id = imbalance.node_id
                         AND auction.delivery_day = whole.delivery_day), 0) AS cost_urp
    FROM {chosen} whole
    JOIN markets_market market ON market.id = whole.market_id AND market.delivery_minutes IS NULL
    JOIN settlement_imbalance imbalance ON imbalance.starts_at >= whole.delivery_starts_at
     AND imbalance.starts_at < whole.delivery_ends_at
    JOIN grid_node of_grid ON of_grid.id = imbalance.node_id
    JOIN grid_bus bus ON bus.id = of_grid.bus_id AND bus.dso_id = market.dso_id
    WHERE whole.settled_at IS NOT NULL
    GROUP BY whole.delivery_day, market.dso_id, imbalance.node_id
) expected
LEFT JOIN settlement_nodeday summary ON summary.node_id = expected.node_id AND summary.day = expected.day
WHERE (summary.metered_wh, summary.cost_urp) IS DISTINCT FROM (expected.wh::bigint, expected.cost_urp::bigint);
