"""`simulate_year`: trades the village's year in memory; prints what is saved and what the guarantee costs."""

import os
import time
from datetime import date
from decimal import Decimal

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from trading.grid import queries as grid
from trading.operations import village_costs, village_year


class Command(BaseCommand):
    """Reads the village and writes nothing; the figures are of energy and its way, without levies and VAT."""

    help = __doc__

    def add_arguments(self, parser):
        """Which year the village is laid onto, how much of it, and on how many processors."""
        parser.add_argument("--year", type=int, default=2026)
        parser.add_argument("--first-day", type=date.fromisoformat, help="instead of the year's first")
        parser.add_argument("--days", type=int, default=0, help="only so many")
        parser.add_argument("--each-month", type=int, default=0, help="only so many days, from the eighth on")
        parser.add_argument("--every-roof", action="store_true", help="with a battery below every roof too")
        parser.add_argument("--shifting", type=int, default=0, help="each so many'th car and heat pump waits")
        parser.add_argument("--processes", type=int, default=os.cpu_count())

    def handle(self, *, year, first_day, days, processes, every_roof, shifting, each_month, **options):
        """Trade every day of it, showing progress, and print the figures."""
        dso = grid.operators().first()
        if dso is None or not 1971 <= year <= 2100:
            raise CommandError("load the village first (load_village); the year is 1971 to 2100")
        first_day = first_day or date(year, 1, 1)
        days = days or (date(first_day.year + 1, 1, 1) - first_day).days
        span = {"first_day": first_day, "days": days, "every_roof": every_roof, "each_month": each_month}
        if shifting:
            self._compare(dso, processes, {"planning": True}, {"planning": True, "shifting": shifting}, span)
        else:
            self._compare(dso, processes, {}, {"planning": True}, span)

    def _compare(self, dso, processes, before, after, span):
        """Print what the village costs in two ways, and whose homes plan in the second alone."""
        found = self._told(village_year.read(dso=dso, **before, **span), processes)
        village = village_year.read(dso=dso, **after, **span)
        if village.homes is None:
            return
        planned = self._told(village, processes)
        for name, households in classes(village):
            both = found.only(households), planned.only(households)
            for line in compared(name, *both, "nothing that waits" if before else "Market Benefit"):
                self.stdout.write(line)
        self.stdout.write(price_forecast(planned))

    def _told(self, village, processes):
        found = self._traded(village, processes)
        for line in lines(found):
            self.stdout.write(line)
        return found

    def _traded(self, village, processes):
        started, traded = time.monotonic(), []
        found = village_costs.add_up(village, self._shown(village_year.days_of(village, processes), traded))
        self.stdout.write(
            f"\n{sum(traded)} auctions on {len(traded)} days, {found.cost_urp.shape[0]} households,"
            f" {village.wh.shape[0]} meters, in {time.monotonic() - started:.0f} s."
        )
        return found

    def _shown(self, days, traded):
        """Pass each day on, telling when a month begins."""
        for day, found in days:
            if day.day == 1:
                self.stdout.write(f"{day:%Y-%m}", ending=" ")
                self.stdout.flush()
            traded.append(found.auctions)
            yield day, found


def lines(year):
    """The figures as sentences."""
    alone, saved, credits_urp = year.utility_cost_urp.sum(), year.saved_urp, year.credits_urp
    given_urp = credits_urp.sum()
    better = year.cost_urp < year.utility_cost_urp
    over_the_year = year.cost_urp.sum(axis=1) < year.utility_cost_urp.sum(axis=1)
    yield f"With the utility alone they would pay {_chf(alone)} CHF; they save {_chf(saved)} CHF."
    yield (
        f"The guarantee costs {_chf(given_urp)} CHF, {_percent(given_urp, saved)} of that,"
        f" for {(credits_urp > 0).any(axis=1).sum()} households"
        f" in {(credits_urp > 0).sum()} of {credits_urp.size} household-months."
    )
    yield (
        f"Before any credit {_percent(over_the_year.sum(), len(over_the_year))} of the households"
        f" are better off over the whole time, {_percent(better.sum(), better.size)} of the household-months."
    )
    by_month = (year.utility_cost_urp - year.cost_urp).sum(axis=0), credits_urp.sum(axis=0)
    yield "By month, saved and credited [CHF]: " + ", ".join(
        f"{_chf(saved_urp)} and {_chf(credit_urp)}" for saved_urp, credit_urp in zip(*by_month, strict=True)
    )


def classes(village):
    """The kinds of households that plan: (name, households), as far as there are any."""
    homes = village.homes
    own, stores, roof = (
        village.households[homes.consumer],
        homes.batteries.capacity_wh > 0,
        homes.producer >= 0,
    )
    waits, has_car = np.zeros((2, len(own)), bool)
    waits[homes.loads.home], has_car[homes.loads.home[homes.loads.is_car]] = True, True
    kinds = {
        "with a battery": stores,
        "with a battery and no roof of their own": stores & ~roof,
        "with a battery and a roof": stores & roof,
    }
    if waits.any():
        kinds = {
            "with a car that may wait and no battery": has_car & ~stores,
            "with a heat pump that may run ahead and no battery": waits & ~has_car & ~stores,
            "with a car or a heat pump, and a battery": waits & stores,
        }
    for name, chosen in kinds.items():
        if chosen.any():
            yield name, own[chosen]


def compared(name, market_benefit, never_lose, was="Market Benefit"):
    """What plans save the homes, beside Market Benefit, as sentences."""
    before, after, limit = (
        int(cost.sum()) for cost in (market_benefit.cost_urp, never_lose.cost_urp, never_lose.foreseen_urp)
    )
    homes = len(never_lose.households)
    yield (
        f"The {homes} households {name}: {_chf(market_benefit.utility_cost_urp.sum())} CHF with"
        f" the utility, {_chf(before)} CHF with {was}, {_chf(after)} CHF with Never Lose,"
        f" {_chf(limit)} CHF with perfect foresight."
    )
    yield (
        f"  Never Lose saves {_chf(before - after)} CHF, {_percent(before - after, before)} of the cost with"
        f" {was}, perfect foresight {_chf(before - limit)} CHF, {_percent(before - limit, before)}:"
        f" {_percent(before - after, before - limit)} of what foresight saves."
    )
    cheaper = never_lose.cost_urp.sum(axis=1) < market_benefit.cost_urp.sum(axis=1)
    yield f"  {cheaper.sum()} of the {homes} pay less over the whole time than with {was}."
    by_month = (each.cost_urp.sum(axis=0) for each in (market_benefit, never_lose))
    months = zip(*by_month, never_lose.foreseen_urp.sum(axis=0), strict=True)
    yield f"  By month, {was}, Never Lose and foresight [CHF]: " + ", ".join(
        " / ".join(_chf(amount) for amount in month) for month in months
    )


def price_forecast(year):
    """How far expected prices were off, as a sentence."""
    # 1 Rp/kWh = 1000 Rp/MWh
    ours, naive = np.nanmean(year.price_errors, axis=0) / 1000
    return (
        f"Prices were {ours:.2f} Rp./kWh off what was expected day-ahead, on the mean;"
        f" {naive:.2f} Rp./kWh off those of a week before."
    )


def _chf(amount_urp):
    # 1 CHF = 10⁸ µRp.
    return f"{Decimal(int(amount_urp)).scaleb(-8):.2f}"


def _percent(part, whole):
    return f"{100 * part / whole:.2f} %" if whole > 0 else "no share"
