"""Turn what was decided into entries of the ledger; `imbalances` does the same with what flowed."""

import numpy as np
from django.db import connection, transaction

from trading.ledger import operations as ledger
from trading.ledger import queries as accounts
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.settlement import queries

KIND, ENTRY = LedgerAccount.Kind, LedgerEntry.Kind

# Everything that a result may touch: the accounts of those who ordered, and the grid operator's own.
LOCK = """
SELECT FROM ledger_ledgeraccount account
WHERE account.dso_id = %(dso)s AND (
    account.customer_id IS NULL OR account.kind = 'trading' AND account.customer_id IN (
        SELECT customer_id FROM grid_node WHERE id = ANY(%(nodes)s)))
ORDER BY account.id FOR NO KEY UPDATE
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


def lock_accounts(*, auction, nodes):
    """Lock every account that a result for these nodes touches, at once: no two auctions wait in a ring."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"dso": auction.market.dso_id, "nodes": nodes.tolist()})


@transaction.atomic(savepoint=False)
def book_trades(*, auction, outcome, at):
    """Book a result: buyers pay the exchange, it pays the sellers and what is the grid operator's.

    An entry is what a node receives or pays for all its orders; the lines behind it are the node's row of
    the result. Afterwards the exchange holds nothing of this auction. Return how many entries were booked.
    """
    account = accounts.accounts_of(node_ids=outcome.nodes, kind=KIND.TRADING)
    own = queries.own_accounts(dso=auction.market.dso)
    exchange, fees, rent = own[KIND.EXCHANGE], own[KIND.GRID_FEES], own[KIND.CONGESTION_RENT]
    count, lines = len(outcome.nodes), len(outcome.buses)
    entries = ledger.Entries(
        debit=np.concatenate([np.full(count, exchange), np.full(count, fees), np.full(2 * lines, exchange)]),
        credit=np.concatenate([account, account, np.full(lines, fees), np.full(lines, rent)]),
        amount_urp=np.concatenate(
            [outcome.energy_urp, outcome.fee_urp, outcome.line_fees_urp, outcome.congestion_rent_urp]
        ),
        kind=[ENTRY.ENERGY] * count
        + [ENTRY.WITHDRAWAL_FEE] * count
        + [ENTRY.LINE_FEE] * lines
        + [ENTRY.CONGESTION_RENT] * lines,
        reference=np.concatenate([outcome.nodes, outcome.nodes, outcome.buses, outcome.buses]),
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
    free_urp = ledger.lock(account_ids=[*account, *supply, exchange, fees, rent])
    account = _able(account, supply, sign * (energy_urp + fee_urp), free_urp)
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
        entries=entries, document_kind="curtailment", document_id=curtailment.auction_id, at=at, correction=1
    )


def _able(account, supply, change_urp, free_urp):
    """Each account, or its customer's supply account where it has less free than it must give."""
    keys, places = np.unique(account, return_inverse=True)
    change = np.zeros(len(keys), np.int64)
    np.add.at(change, places, change_urp)
    short = [
        free_urp[key] is not None and urp < 0 and -urp > free_urp[key]
        for key, urp in zip(keys.tolist(), change.tolist(), strict=True)
    ]
    return np.where(np.array(short, bool)[places], supply, account)


def _columns(sql, values, count):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return np.array(cursor.fetchall(), np.int64).reshape(-1, count).T
