"""Block orders in five areas over a day: how long the search takes, and how far from the best it may be."""

import numpy as np

from bench.harness import RUNS, Skipped, Value, row, timed

PERIODS, AREAS, ORDERS, BLOCKS = 96, 5, 100_000, 500
MOST_SECONDS = 60


def curve_orders(rng):
    """10⁵ step orders over five areas and a day: prices around a level that rises and falls with the day."""
    from clearing import BUY, Orders

    n = np.arange(ORDERS)
    period, bus, side = n % PERIODS, rng.integers(0, AREAS, ORDERS), rng.integers(0, 2, ORDERS)
    level = 8_000 + 3_000 * np.sin(period / PERIODS * 4 * np.pi) + 500 * bus
    price = (level + rng.normal(0, 2_500, ORDERS) + np.where(side == BUY, 500, -500)).astype(np.int64)
    return Orders.from_rows(n, bus, period, side, price, rng.integers(100, 2_000, ORDERS))


def block_orders(rng):
    """500 blocks of 4 to 24 periods, whole or in part: a fifth linked, a fifth in groups of four."""
    from clearing import BUY, Blocks

    rows = []
    for block in range(BLOCKS):
        start, length = rng.integers(0, PERIODS - 24), rng.integers(4, 25)
        # A child hangs on an older block of its own side; a group stands in one area.
        parent = int(rng.integers(0, block // 2)) * 2 + block % 2 if block > 20 and rng.random() < 0.2 else -1
        group = block // 4 if parent < 0 and block % 20 < 4 else -1
        bus = group % AREAS if group >= 0 else int(rng.integers(0, AREAS))
        side, least = block % 2, int(rng.choice([1_000_000, 500_000, 250_000]))
        limit = int(8_000 + 500 * bus + rng.normal(0, 1_500) + (300 if side == BUY else -300))
        quantity = int(rng.integers(500, 8_000))
        rows += [
            (block, bus, period, side, limit, quantity, least, parent, group)
            for period in range(start, start + length)
        ]
    return Blocks.from_rows(*np.array(rows).T)


@row("clear.blocks", n=ORDERS, at_most=MOST_SECONDS, seconds=150)
def a_day_with_blocks():
    """96 periods, 10⁵ step orders, 500 blocks, linked and exclusive ones among them, five areas in a row."""
    import clearing

    if not hasattr(clearing, "Blocks"):
        raise Skipped("this clearing knows no block orders")
    rng = np.random.default_rng(11)
    orders, blocks = curve_orders(rng), block_orders(rng)
    capacity = rng.integers(20_000, 60_000, (PERIODS, AREAS))
    grid = clearing.Grid.from_parents([-1, 0, 1, 2, 3], capacity_up=capacity, capacity_down=capacity)
    found = []

    def clear():
        found.append(clearing.clear(orders, grid, blocks=blocks))

    seconds = [timed(clear)]
    if seconds[0] < MOST_SECONDS / 10:
        seconds = [timed(clear) for _ in range(RUNS)]  # the first one compiled
    refusals = clearing.certificate.check(orders, grid, found[-1], blocks=blocks)
    outcome = found[-1].blocks
    return Value(
        seconds,
        checks={"the result proves itself": refusals == []},
        notes={
            "gap [µRp]": outcome.gap,
            "welfare [µRp]": found[-1].welfare,
            "clearings tried": outcome.clearings,
        },
    )
