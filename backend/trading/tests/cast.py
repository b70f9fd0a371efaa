"""The cast of every test: Ada sells at N001, Bo buys at N002, Cy has no rights; and the street they live in.

GRID ─ N000 (substation) ─┬─ N001 Ada
                          └─ N003 (junction) ─ N002 Bo
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest

from shared import environment, identity
from trading.grid import operations as grid
from trading.grid.models import DistributionSystemOperator, Node
from trading.ledger import operations as ledger
from trading.ledger import queries as accounts
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.orders.points import Points

CHF = 100_000_000  # µRp
DAY = date(2026, 11, 23)  # the delivery day of most stories; 96 quarter hours
NOON_BEFORE = datetime(2026, 11, 22, 9, tzinfo=UTC)  # 10:00 in Zurich, an hour before the day-ahead gate
WITHDRAWAL_FEE = 6_450
TARIFF = {
    "retail_energy_rp_per_mwh": 12_110,
    "feed_in_rp_per_mwh": 6_000,
    "grid_rp_per_mwh": 10_750,
    "levies_rp_per_mwh": 5_400,
    "vat_permille": 81,
}


@dataclass(frozen=True)
class Street:
    """A small grid with its people and their accounts."""

    dso: DistributionSystemOperator
    ada: Node  # producer at N001, 10 kW
    ada_at_home: Node  # consumer at N001
    bo: Node  # consumer at N002, 10 kW
    utility_sells: Node
    utility_buys: Node

    def account(self, node, kind="trading"):
        """The account of a node's customer, as it is now."""
        return accounts.account(customer=node.customer, kind=kind)

    def operator_account(self, kind):
        """The account of the operator itself, as it is now."""
        return accounts.account(dso=self.dso, kind=kind)


def build_street(name="Elektra Probe"):
    """Build the street in the database."""
    dso = grid.create_operator(name=name, municipality="Probe", valid_from=date(2026, 1, 1), **TARIFF)
    buses = [("GRID", "border"), ("N000", "substation"), ("N001", "connection"), ("N002", "connection")]
    buses.append(("N003", "junction"))
    grid.add_buses(dso=dso, buses=[(name, kind, 8.5, 47.4) for name, kind in buses])
    grid.add_lines(
        dso=dso,
        lines=[
            grid.NewLine("N000", "GRID", 0, 400_000, 400_000, fee_down_rp_per_mwh=4_300),
            grid.NewLine("N001", "N000", 120, 100_000, 100_000),
            grid.NewLine("N003", "N000", 80, 100_000, 100_000),
            grid.NewLine("N002", "N003", 40, 100_000, 100_000),
        ],
    )
    ada, bo, utility = grid.add_customers(dso=dso, customers=_people())
    _open_accounts(dso, (ada, bo), utility)
    markets.create_markets(dso=dso)

    def node(customer, side):
        return Node.objects.select_related("bus", "customer__dso").get(customer=customer, side=side)

    return Street(
        dso=dso,
        ada=node(ada, "producer"),
        ada_at_home=node(ada, "consumer"),
        bo=node(bo, "consumer"),
        utility_sells=node(utility, "producer"),
        utility_buys=node(utility, "consumer"),
    )


def _people():
    home = {"withdrawal_fee_rp_per_mwh": WITHDRAWAL_FEE}
    roof = (grid.NewAsset("pv", "Roof", 9_000),)
    load = (grid.NewAsset("load", "Home", 3_000),)
    return [
        grid.NewCustomer(
            "C0018",
            "Ada",
            (
                grid.NewNode("consumer", "N001", 10_000, **home, display_name="Ahorn 1", assets=load),
                grid.NewNode("producer", "N001", 10_000, display_name="Ahorn 1", shared=True, assets=roof),
            ),
        ),
        grid.NewCustomer("C0026", "Bo", (grid.NewNode("consumer", "N002", 10_000, **home, assets=load),)),
        grid.NewCustomer(
            "U0000",
            "Elektra Probe",
            (grid.NewNode("consumer", "GRID", 800_000), grid.NewNode("producer", "GRID", 800_000)),
            is_utility=True,
        ),
    ]


def _open_accounts(dso, households, utility):
    ledger.open_accounts(dso=dso, kind="trading", limits_urp=dict.fromkeys(households, -500 * CHF))
    ledger.open_accounts(dso=dso, kind="trading", limits_urp={utility: None})
    ledger.open_accounts(dso=dso, kind="supply", limits_urp=dict.fromkeys([*households, utility]))
    for kind in ("exchange", "grid_fees", "congestion_rent", "payments", "levies", "vat", "guarantee"):
        ledger.open_account(dso=dso, kind=kind)


def open_auctions(street, at=NOON_BEFORE, day=DAY):
    """Schedule the street's auctions up to a day and open those whose time has come."""
    markets.schedule(dso=street.dso, until_day=day, at=at)
    markets.open_due(at=at)


def auction(code=f"dam-{DAY}"):
    """An auction as it is now, with its market."""
    return Auction.objects.select_related("market__dso").get(code=code)


def points(*rows):
    """The points of one order, from rows of (period, price at the meter, quantity)."""
    return Points.of_one(*np.array(rows, np.int64).reshape(-1, 3).T)


def signed(*nodes, role=identity.HOUSEHOLD, subject="a-user"):
    """Headers of a request that the public door signed for these nodes."""
    token = identity.sign(
        environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE"),
        issuer="webapp",
        audience="trading",
        subject=subject,
        role=role,
        nodes=[node.public_id for node in nodes],
        at=identity.real_time(),
    )
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def street(db):
    """The street, ready for orders: markets created, nothing scheduled yet."""
    return build_street()


@pytest.fixture
def dam(street):
    """The open day-ahead auction of `DAY`."""
    open_auctions(street)
    return auction()


@pytest.fixture
def rtm(street):
    """The open real-time auction 25 of `DAY`: delivery from noon in Zurich."""
    open_auctions(street, at=datetime(2026, 11, 22, 11, tzinfo=UTC))
    return auction(f"rtm-{DAY}-25")


__all__ = ["dam", "rtm", "street"]
