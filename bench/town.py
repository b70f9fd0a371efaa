"""A town for the benchmark of auctions; imported once an exchange has been started."""

import time
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path

import numpy as np
from django.db import connection

from trading import binary_copy
from trading.grid import operations as grid
from trading.grid.models import Bus, Node
from trading.ledger import operations as ledger
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.operations import invariants, life
from trading.operations.management.commands import load_village
from trading.results import operations as results

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIMIT_URP = -(10**15)
SEED = 7
# What a benchmark does not enter one by one has no versions; all else must hold.
ASKED = {each.name for each in invariants.ALL} - {"every-acknowledged-order-exists"}
# Of a million orders only what is asked without joining each of them.
QUICK = {
    "holds-are-open-orders",
    "one-final-result",
    "the-published-hash-is-the-stored-hash",
    "accepted-within-ordered",
    "bought-is-sold",
    "paid-is-received",
    "booked-is-accepted",
    "the-grid-gets-its-fees",
}
STEPS = {
    "results": ["clear", "keep"],
    "schedules": ["write"],
    "notices": ["published"],
    "orders": ["mark_cleared"],
    "settlement": ["lock_accounts", "book_trades"],
    "ledger": ["release_holds"],
}


def build(*, nodes):
    """Set the town up: the village's tree with lines as much stronger as there are more nodes."""
    dso = load_village.load(at=NOW)
    buses = list(Bus.objects.filter(dso=dso, kind="connection").order_by("position"))
    homes = [_home(number, buses[number % len(buses)].name) for number in range(nodes)]
    customers = grid.add_customers(dso=dso, customers=homes)
    ledger.open_accounts(dso=dso, kind="trading", limits_urp=dict.fromkeys(customers, LIMIT_URP))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE grid_line SET capacity_up_w = capacity_up_w * %(more)s,"
            " capacity_down_w = capacity_down_w * %(more)s",
            {"more": max(nodes // 145, 1)},
        )
    markets.schedule(dso=dso, until_day=DAY, at=NOW)
    markets.open_due(at=NOW)
    return Town(dso, [customer.pk for customer in customers])


def _home(number, bus):
    side = "producer" if number % 2 else "consumer"
    return grid.NewCustomer(f"T{number:06}", f"Town {number}", (grid.NewNode(side, bus, 10_000),))


def forget_peak():
    """Begin to look anew for the most memory that this process has."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_bytes():
    """The most memory that this process had since then."""
    status = Path("/proc/self/status").read_text()
    (line,) = (each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


class Town:
    """Its nodes, and one auction that is decided again and again."""

    def __init__(self, dso, customers):
        self.dso = dso
        rows = Node.objects.filter(customer__in=customers).order_by("pk").values_list("pk", "side")
        self.nodes = np.array([key for key, _ in rows], np.int64)
        self.is_buyer = np.array([side == "consumer" for _, side in rows])
        self.seconds = defaultdict(list)
        for room, names in STEPS.items():
            for name in names:
                module = getattr(life, room)
                setattr(module, name, self._watched(f"{room}.{name}", getattr(module, name)))

    def steps(self):
        """How long each step took in the quickest of the runs."""
        return {name: round(min(seconds), 3) for name, seconds in self.seconds.items()}

    def _watched(self, name, step):
        @wraps(step)
        def watched(**said):
            started = time.perf_counter()
            try:
                return step(**said)
            finally:
                self.seconds[name].append(time.perf_counter() - started)

        return watched

    def place(self, count):
        """Let every node order for each quarter hour; returns the auction."""
        auction = Auction.objects.get(code=f"dam-{DAY}")
        random = np.random.default_rng(SEED)
        places = np.arange(count) % len(self.nodes)
        self.periods = ((np.arange(count) // len(self.nodes)) % 96).astype(np.int16)
        self.node_ids, self.is_buy = self.nodes[places], self.is_buyer[places]
        self.prices = random.integers(6_000, 16_000, count).astype(np.int32)
        self.quantities = random.integers(1, 1_000, count).astype(np.int32)
        self.ids = np.arange(1, count + 1)
        self._load(auction)
        return auction

    def _load(self, auction):
        held = np.where(self.is_buy, self.prices.astype(np.int64) * self.quantities, 0)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # no look-up per row
            for side, here in (("buy", self.is_buy), ("sell", ~self.is_buy)):
                binary_copy.write(cursor, "orders_order", self._orders(auction, side, here, held))
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('orders_order', 'id'), %s)",
                [len(self.ids)],
            )
            cursor.execute("SET session_replication_role = DEFAULT")
            self._utility(auction, cursor)
            cursor.execute(
                "INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at)"
                " SELECT auction_id, account.id, sum(placed.held_urp), min(placed.received_at)"
                " FROM orders_order placed JOIN grid_node node ON node.id = placed.node_id"
                " JOIN ledger_ledgeraccount account"
                "   ON account.customer_id = node.customer_id AND account.kind = 'trading'"
                " GROUP BY auction_id, account.id HAVING sum(placed.held_urp) > 0"
            )
            cursor.execute("VACUUM ANALYZE orders_order")
            cursor.execute("ANALYZE")
            cursor.execute("CHECKPOINT")

    def _orders(self, auction, side, here, held):
        count = int(here.sum())

        def all_the(word):
            return np.full(count, word.encode(), f"S{len(word)}")

        received_us = int((NOW - timedelta(hours=1)).timestamp()) * 10**6
        return {
            "id": self.ids[here],
            "public_id": np.char.mod("T%015d", self.ids[here]).astype("S16"),
            "auction_id": np.full(count, auction.pk),
            "node_id": self.node_ids[here],
            "side": all_the(side),
            "curve": all_the("step"),
            "state": all_the("open"),
            "source": all_the("household"),
            "actor": all_the("town"),
            "version": np.ones(count, np.int32),
            "fee_rp_per_mwh": np.zeros(count, np.int32),
            "held_urp": held[here],
            "ordered_wh": self.quantities[here].astype(np.int64),
            "received_at": binary_copy.timestamps(np.full(count, received_us)),
            "periods": self.periods[here][:, None],
            "prices_rp_per_mwh": self.prices[here][:, None],
            "quantities_wh": self.quantities[here][:, None],
        }

    def _utility(self, auction, cursor):
        """It sells at its tariff and buys at what it gives for energy fed in, as much as anyone wants."""
        cursor.execute(
            "INSERT INTO orders_order (public_id, auction_id, node_id, side, curve, state, source, actor,"
            " version, fee_rp_per_mwh, held_urp, ordered_wh, received_at, periods, prices_rp_per_mwh,"
            " quantities_wh)"
            " SELECT 'U' || node.id, %(auction)s, node.id,"
            " CASE node.side WHEN 'producer' THEN 'sell' ELSE 'buy' END,"
            " 'step', 'open', 'last_resort', 'town', 1, 0,"
            " CASE node.side WHEN 'consumer' THEN 96 * 6000 * 10^8 ELSE 0 END, 96 * 10^8, %(at)s,"
            " array(SELECT generate_series(0, 95)),"
            " array_fill(CASE node.side WHEN 'producer' THEN 12110 ELSE 6000 END, ARRAY[96]),"
            " array_fill((10^8)::int, ARRAY[96])"
            " FROM grid_node node JOIN grid_customer customer ON customer.id = node.customer_id"
            " WHERE customer.is_utility AND customer.dso_id = %(dso)s",
            {"auction": auction.pk, "dso": self.dso.pk, "at": NOW - timedelta(hours=1)},
        )

    def freeze(self, auction):
        """Close the gate; returns the auction with its frozen book, and how long that took."""
        started = time.perf_counter()
        life.close(auction=auction, at=auction.gate_closes_at)
        seconds = time.perf_counter() - started
        return Auction.objects.select_related("market__dso").get(pk=auction.pk), seconds

    def publish(self, auction):
        """Clear, book, write, tell: committed when it returns."""
        cleared = results.clear(auction=auction)
        life.publish(auction=auction, cleared=cleared, at=auction.gate_closes_at)

    def broken(self, auction, names):
        """The names of the invariants that do not hold."""
        return [each.name for each in invariants.check(at=NOW, auctions=[auction.pk], names=names)]

    def undo(self, auction):
        """Take the result away, so that the same frozen book can be decided once more."""
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "TRUNCATE results_result, results_periodresult, results_noderesult, orders_acceptance,"
                " schedules_schedule, schedules_acceptance, ledger_ledgerentry, operations_outboxmessage"
                " CASCADE"
            )
            cursor.execute("UPDATE ledger_hold SET released_at = NULL")
            cursor.execute(
                "UPDATE ledger_ledgeraccount SET balance_urp = 0, held_urp = coalesce("
                " (SELECT sum(amount_urp) FROM ledger_hold WHERE account_id = ledger_ledgeraccount.id), 0)"
            )
            cursor.execute(
                "UPDATE markets_auction SET state = 'closed', published_at = NULL WHERE id = %s",
                [auction.pk],
            )
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("CHECKPOINT")
        auction.state = "closed"

    def copy_bare(self, table):
        """Copy as many bare rows in and out."""
        columns = {
            "id": self.ids,
            "node_id": self.node_ids,
            "period": self.periods,
            "is_buy": self.is_buy,
            "price_rp_per_mwh": self.prices,
            "quantity_wh": self.quantities,
        }
        types = {
            "id": "i8",
            "node_id": "i8",
            "period": "i2",
            "is_buy": "b1",
            "price": "i4",
            "quantity": "i4",
        }
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bare")
            cursor.execute(table)
            binary_copy.write(cursor, "bare", columns)
            assert len(binary_copy.read(cursor, "SELECT * FROM bare", types)) == len(self.ids)
