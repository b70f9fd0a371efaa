"""Three real Italian day-ahead auctions (GME, MGP), to their published prices."""

import os
import sys
from pathlib import Path

import numpy as np

from bench.harness import Pair, Skipped, row

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("CEEX_ITALY_DATA", ROOT.parent / "shared" / "data" / "italy"))


@row("clear.italy", n=72, versus="HiGHS", at_most=0.05, seconds=120)
def three_days():
    """Three days, seven zones, 72 hours, beside HiGHS hour by hour (interior point, presolve off)."""
    if not FOLDER.is_dir():
        raise Skipped("the Italian order books are not here: set CEEX_ITALY_DATA to their folder")
    os.environ["CEEX_ITALY_DATA"] = str(FOLDER)
    sys.path.insert(0, str(ROOT / "backend"))
    from bench.solver import Program
    from clearing import clear
    from clearing.tests.test_italy import ZONES, Days

    days = Days()
    orders, grid = days.orders(), days.grid()
    programs = [Program(orders, grid, [hour]) for hour in range(len(days.hour))]
    result = clear(orders, grid)
    published = [[days.prices[day, period, zone] for zone in ZONES] for day, period in days.hour]
    exact = int((result.price == np.array(published)).sum())
    worth = sum(program.solve() for program in programs)
    return Pair(
        lambda: clear(orders, grid),
        lambda: [program.solve() for program in programs],
        runs=5,
        warm_up=0,
        checks={
            f"{exact} of {result.price.size} published prices exact": exact == result.price.size == 504,
            "the welfare is that of HiGHS": abs(result.welfare - worth) < 1e-6 * worth,
        },
    )
