"""How far the forecast is off on the village's year, beside "the same as a week ago"; pure."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from trading.grid import households, village
from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets.models import Market
from trading.metering import village_series
from trading.strategies import forecast

KNOWN_AT_GATE = timedelta(minutes=1)
A_WEEK = 7 * forecast.QUARTERS_A_DAY
MARKETS = {"day-ahead": Market(**markets.DAY_AHEAD), "real-time": Market(**markets.REAL_TIME)}
SIDES = ("consumers", "producers")


@dataclass(frozen=True, slots=True, eq=False)
class Meters:
    """Every meter of the village over some days of a running year; `wh` starts at quarter hour `first`."""

    first: int
    wh: np.ndarray
    producers: np.ndarray

    def known_at(self, at):
        """What had been reported by an instant."""
        ends = forecast.quarter_of(at - KNOWN_AT_GATE) - self.first
        starts = max(ends - forecast.HISTORY_DAYS * forecast.QUARTERS_A_DAY, 0)
        return forecast.History(
            nodes=np.arange(len(self.wh)),
            starts_at=forecast.utc(self.first + starts),
            wh=self.wh[:, starts:ends],
        )

    def at(self, quarters):
        """What was metered in some quarter hours."""
        return self.wh[:, quarters - self.first]


@dataclass(frozen=True, slots=True)
class Error:
    """Mean absolute errors over nodes and quarter hours [Wh], and what was metered on average [Wh]."""

    market: str
    side: str
    forecast_wh: float
    naive_wh: float
    bias_wh: float
    metered_wh: float
    quarter_hours: int


def village_meters(*, first_day, days):
    """The village's meters from the days that a forecast looks back on until `days` after the first day."""
    homes = tuple(home_of(household) for household in households.of(village.read()))
    withdrawn, injected = village_series.years_of(homes, village.energies())
    injected = injected[[bool(home.producing) for home in homes]]
    starts_at = calendar.delivery_day(first_day - timedelta(days=forecast.HISTORY_DAYS + 1))[0]
    ends_at = calendar.delivery_day(first_day + timedelta(days=days))[0]
    quarters = np.arange(forecast.quarter_of(starts_at), forecast.quarter_of(ends_at))
    wh = np.concatenate([withdrawn, injected])[:, village_series.positions(quarters)]
    producers = np.arange(len(wh)) >= len(withdrawn)
    return Meters(first=int(quarters[0]), wh=wh, producers=producers)


def home_of(household):
    """A household of the village as its series know it; at one the demo adds a battery."""
    added = household.bus == households.ADDED_BATTERY_BUS
    batteries = [asset for asset in household.assets if asset.kind == "battery"]
    return village_series.Home(
        consuming=tuple(a.name for a in household.assets if a.kind in households.CONSUMING),
        producing=tuple(a.name for a in household.assets if a.kind == "pv"),
        battery_w=sum(asset.rated_w for asset in batteries) + added * households.ADDED_BATTERY_W,
        battery_wh=sum(asset.capacity_wh for asset in batteries) + added * households.ADDED_BATTERY_WH,
    )


def gates(market, day):
    """(instant of the bid, quarter hours to forecast) of each of a day's auctions."""
    return [
        (
            calendar.bids_at(market, day, starts_at),
            np.arange(forecast.quarter_of(starts_at), forecast.quarter_of(ends_at)),
        )
        for starts_at, ends_at in calendar.slices(day, market.delivery_minutes)
    ]


def errors(meters, *, market, days):
    """The errors in one market on some days, one `Error` per side."""
    sums = np.zeros((len(SIDES), 5))
    sides = (~meters.producers, meters.producers)
    for day in days:
        for at, quarters in gates(MARKETS[market], day):
            known = meters.known_at(at)
            expected = forecast.of(known, producers=meters.producers, quarters=quarters).astype(np.int64)
            metered, week_ago = meters.at(quarters), meters.at(quarters - A_WEEK)
            sums += [_sums(expected[side], week_ago[side], metered[side]) for side in sides]
    return [
        Error(market, side, *(figures[:4] / figures[4]).tolist(), quarter_hours=int(figures[4]))
        for side, figures in zip(SIDES, sums, strict=True)
    ]


def _sums(expected, week_ago, metered):
    return [
        np.abs(expected - metered).sum(),
        np.abs(week_ago - metered).sum(),
        (expected - metered).sum(),
        metered.sum(),
        metered.size,
    ]


def sampled_days(*, year, every):
    """Every so many days of a year, as dates; 5 or 9 meets all weekdays and seasons alike."""
    count = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return [date(year, 1, 1) + timedelta(days=offset) for offset in range(0, count, every)]


def table(found):
    """The errors as a Markdown table: means, then the same and the bias as shares of what was metered."""
    heads = ("market", "nodes", "metered", "forecast: MAE", "naive: MAE", "forecast", "naive", "bias")
    rows = [heads, ["---"] * len(heads), *(_row(error) for error in found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(error):
    means = (error.metered_wh, error.forecast_wh, error.naive_wh)
    shares = (error.forecast_wh, error.naive_wh, error.bias_wh)
    return (
        error.market,
        error.side,
        *(f"{mean_wh:.1f} Wh" for mean_wh in means),
        *(f"{100 * share_wh / error.metered_wh:.1f} %" for share_wh in shares),
    )
