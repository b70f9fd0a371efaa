"""`python -m trading load_village`: the demo's grid, people, accounts and markets."""

from datetime import date

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from trading.grid import households, village
from trading.grid import operations as grid
from trading.grid import queries as places
from trading.grid.models import DistributionSystemOperator
from trading.ledger import operations as ledger
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.settlement.models import BankAccount
from trading.strategies import operations as strategies

CHF = 100_000_000  # µRp
NAME, MUNICIPALITY = "Elektra Dorf", "Dorf"
BORDER, BORDER_CAPACITY_W = "GRID", 400_000  # the village's transformer: 400 kVA
TARIFF = {
    "valid_from": date(2016, 1, 1),
    "retail_energy_rp_per_mwh": 12_110,
    "feed_in_rp_per_mwh": 6_000,
    "grid_rp_per_mwh": 10_750,
    "levies_rp_per_mwh": 5_400,
    "vat_permille": 81,
}
WITHDRAWAL_FEE = 10_750 * 600 // 1000  # energy from below the same transformer pays 60 % of the grid tariff
BORDER_FEE = 10_750 - WITHDRAWAL_FEE  # energy from beyond pays all of it
HOUSEHOLD_LIMIT_URP = 500 * CHF
WORST_CASE_HOURS = 8 * 24  # of open auctions
DEAREST_RP_PER_MWH = 12_110 + 10_750
ACCOUNTS = ("exchange", "grid_fees", "congestion_rent", "payments", "levies", "vat", "guarantee")
# What people call what stands at home; the data name the household that was measured.
NAMES = {
    "load": "Home",
    "heat_pump": "Heating",
    "ev_charger": "Garage",
    "pv": "Roof",
    "battery": "Battery",
}
# The example accounts of the Swiss payment standards: nobody's.
BANK = {
    "holder": NAME,
    "street": "Dorfstrasse",
    "house_number": "1",
    "postcode": "8000",
    "town": MUNICIPALITY,
    "iban": "CH9300762011623852957",
    "qr_iban": "CH4431999123000889012",
}


class Command(BaseCommand):
    """Load the village; loading it again changes nothing."""

    help = "Load the village: its grid, customers, nodes, assets, accounts, markets and strategies."

    def handle(self, **options):
        """Load the village unless it is there."""
        if DistributionSystemOperator.objects.filter(name=NAME).exists():
            self.stdout.write(f"{NAME} is there already.")
            return
        dso = load(at=clock.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # small tables are looked at late, and every statement joins them
        nodes = places.nodes(dso=dso)
        self.stdout.write(
            f"{NAME}: {dso.buses.count()} buses, {len(nodes)} nodes, {dso.customers.count()} customers."
        )


@transaction.atomic
def load(*, at):
    """Load the village and return its grid operator."""
    homes = households.of(village.read())
    dso = grid.create_operator(name=NAME, municipality=MUNICIPALITY, **TARIFF)
    _add_grid(dso, village.read())
    *customers, utility = grid.add_customers(dso=dso, customers=[*map(_customer, homes), _utility()])
    limits = {customer: _limit_urp(home) for customer, home in zip(customers, homes, strict=True)}
    ledger.open_accounts(dso=dso, kind="trading", limits_urp={**limits, utility: None})
    ledger.open_accounts(dso=dso, kind="supply", limits_urp=dict.fromkeys([*customers, utility]))
    for kind in ACCOUNTS:
        ledger.open_account(dso=dso, kind=kind)
    BankAccount.objects.create(dso=dso, **BANK)
    markets.create_markets(dso=dso)
    strategies.choose_default(nodes=places.nodes(dso=dso), at=at)
    return dso


def _add_grid(dso, data):
    buses = [(bus.name, bus.kind, bus.longitude, bus.latitude) for bus in data.buses]
    substation = next(bus for bus in data.buses if bus.name == data.substation)
    # The border stands at the transformer: what lies beyond it has no place of its own.
    grid.add_buses(dso=dso, buses=[*buses, (BORDER, "border", substation.longitude, substation.latitude)])
    tie = grid.NewLine(
        substation.name, BORDER, 0, BORDER_CAPACITY_W, BORDER_CAPACITY_W, fee_down_rp_per_mwh=BORDER_FEE
    )
    lines = [
        grid.NewLine(line.bus, line.towards, line.length_m, line.capacity_w, line.capacity_w)
        for line in data.lines
    ]
    grid.add_lines(dso=dso, lines=[tie, *lines])


def _customer(home):
    looks = {"display_name": home.display_name, "shared": home.shared}
    assets = {"consumer": [], "producer": []}
    for asset in home.assets:
        assets["producer" if asset.kind == "pv" else "consumer"].append(_asset(asset))
    if home.bus == households.ADDED_BATTERY_BUS:
        watts, watt_hours = households.ADDED_BATTERY_W, households.ADDED_BATTERY_WH
        assets["producer"].append(grid.NewAsset("battery", NAMES["battery"], watts, watt_hours))
    nodes = [
        grid.NewNode(
            "consumer",
            home.bus,
            home.consumer_capacity_w,
            WITHDRAWAL_FEE,
            **looks,
            assets=tuple(assets["consumer"]),
        )
    ]
    if home.producer_capacity_w:
        nodes.append(
            grid.NewNode(
                "producer", home.bus, home.producer_capacity_w, **looks, assets=tuple(assets["producer"])
            )
        )
    return grid.NewCustomer(home.number, home.display_name, tuple(nodes))


def _asset(asset):
    # Batteries have no measured series.
    profile = "" if asset.kind == "battery" else asset.name
    name = "Business" if asset.profile.startswith("G") else NAMES[asset.kind]
    capacity_wh = {
        "ev_charger": households.CAR_WH,
        "heat_pump": asset.rated_w * households.HEATS_AHEAD_H,
    }.get(asset.kind, asset.capacity_wh)
    minutes = households.CAR_AT_HOME if asset.kind == "ev_charger" else (None, None)
    return grid.NewAsset(asset.kind, name, asset.rated_w, capacity_wh, profile, minutes)


def _utility():
    """The supplier of last resort: at the border, with room for twice what the transformer carries."""
    looks = {"display_name": NAME, "shared": True}
    sides = ("consumer", "producer")
    nodes = tuple(grid.NewNode(side, BORDER, 2 * BORDER_CAPACITY_W, **looks) for side in sides)
    return grid.NewCustomer("U0000", NAME, nodes, is_utility=True)


def _limit_urp(home):
    """How far an account may fall: 500 CHF, or what the connection can cost in all open auctions."""
    worst_wh = home.consumer_capacity_w * WORST_CASE_HOURS
    is_small = home.consumer_capacity_w <= households.CONNECTIONS_W[0]
    return -HOUSEHOLD_LIMIT_URP if is_small else -worst_wh * DEAREST_RP_PER_MWH
