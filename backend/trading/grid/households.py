"""Who lives in the village: made up, but the same at every load. The grid data know connections only."""

from dataclasses import dataclass

# The fuses of a connection (three phases, 400 V): 25, 40, 63 and 80 A.
CONNECTIONS_W = (17_250, 27_600, 43_470, 55_200)
PLACES = (
    "Ahorn", "Akazie", "Apfelbaum", "Arve", "Birke", "Buche", "Eberesche", "Efeu", "Eibe", "Eiche",
    "Enzian", "Erle", "Esche", "Farn", "Fichte", "Flieder", "Ginster", "Hasel", "Holunder", "Kastanie",
    "Kiefer", "Kirschbaum", "Linde", "Lärche", "Lavendel", "Malve", "Nussbaum", "Pappel", "Ulme", "Weide",
)  # fmt: skip
CONSUMING = ("load", "heat_pump", "ev_charger")
# The data tell when cars charge and heat pumps run, not what they hold: a car comes home at 10:00 at the
# earliest and leaves at 7:00, and a house can be heated two hours ahead.
CAR_WH, CAR_AT_HOME, HEATS_AHEAD_H = 40_000, (10 * 60, 7 * 60), 2
# The demo adds one thing to the data, where no home has both: the PV home with a heat pump gets a battery.
ADDED_BATTERY_BUS, ADDED_BATTERY_W, ADDED_BATTERY_WH = "N070", 5_000, 10_000


@dataclass(frozen=True, slots=True)
class Household:
    """One connection: a customer of the grid operator, and what stands at it."""

    bus: str
    number: str
    display_name: str
    shared: bool
    consumer_capacity_w: int
    producer_capacity_w: int | None
    assets: tuple


def of(village):
    """Every connection of the village as a household, by the name of its bus."""
    connections = sorted(bus.name for bus in village.buses if bus.kind == "connection")
    return [_household(bus, index, village) for index, bus in enumerate(connections)]


def customer_number(digits):
    """The number on a customer's bill: its digits and a check digit (Luhn) that betrays a typing error.

    >>> customer_number("001")
    'C0018'
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"C{digits}{-total % 10}"


def _household(bus, index, village):
    assets = tuple(asset for asset in village.assets if asset.bus == bus)
    consuming_w = sum(asset.rated_w for asset in assets if asset.kind in CONSUMING)
    producing_w = sum(asset.rated_w for asset in assets if asset.kind == "pv")
    return Household(
        bus=bus,
        number=customer_number(bus.removeprefix("N")),
        display_name=f"{PLACES[index % len(PLACES)]} {index // len(PLACES) + 1}",
        shared=index % 3 != 2,
        consumer_capacity_w=_connection_w(consuming_w),
        producer_capacity_w=_connection_w(producing_w) if producing_w else None,
        assets=assets,
    )


def _connection_w(rated_w):
    return next((capacity for capacity in CONNECTIONS_W if capacity >= rated_w), rated_w)
