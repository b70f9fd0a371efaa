"""A node's figures as JSON, of which each month is written once."""

import json
from functools import lru_cache

from shared import numbers
from trading.markets import calendar
from trading.metrics.known import MONTHS


def text(parts):
    """The text that some parts make."""
    return "".join(parts)


def parts(figures):
    """The text of the original's contract for some figures, in parts: the months are those of other texts."""
    own, market = figures.parts, figures.market
    cost_urp, utility_cost_urp = figures.total("cost_urp"), figures.total("utility_cost_urp")
    plain = {
        "averagePrice": chf_per_kwh(figures.price_rp_per_mwh),
        "totalAmount": kwh(figures.total("metered_wh")),
        "amountCommunity": kwh(figures.total("community_wh")),
        "amountNetwork": kwh(figures.total("network_wh")),
        "savingsUrp": utility_cost_urp - cost_urp,
        "utilityName": figures.utility_name,
        "utilityCostUrp": utility_cost_urp,
        "costUrp": cost_urp,
        "feesUrp": figures.total("fees_urp"),
    }
    lists = {
        "personalPriceHistory": [_own_prices(figures.is_consumer, part) for part in own],
        "marketPriceHistory": [_market_prices(part) for part in market],
        "daily": [_daily(part) for part in own],
    }
    found = [_json(plain)[:-1]]
    for name, texts in lists.items():
        found += [f',"{name}":[', *_with_commas(texts), "]"]
    return (*found, "}")


def chf_per_kwh(price_rp_per_mwh):
    """A price for people; None where there is none."""
    # 1 Rp/MWh = 0.01 CHF / 1000 kWh
    return None if price_rp_per_mwh is None else numbers.format_decimal(price_rp_per_mwh, scale=5)


def kwh(energy_wh):
    """An energy for people."""
    return numbers.format_decimal(energy_wh, scale=3)


# The months are remembered as objects that `known` makes once of what the database says.
@lru_cache(MONTHS)
def _own_prices(is_consumer, part):
    sign = 1 if is_consumer else -1
    metered = [day for day in part.days if day.metered_wh]
    return _members([_point(day.day, day.price_rp_per_mwh(sign)) for day in metered])


@lru_cache(MONTHS)
def _market_prices(part):
    return _members([_point(day, price) for day, price in part.days])


@lru_cache(MONTHS)
def _daily(part):
    return _members(
        [
            {
                "timestamp": _milliseconds(day.day),
                "amountCommunityWh": day.community_wh,
                "amountNetworkWh": day.network_wh,
                "costUrp": day.cost_urp,
            }
            for day in part.days
        ]
    )


def _point(day, price_rp_per_mwh):
    return {"timestamp": _milliseconds(day), "price": chf_per_kwh(price_rp_per_mwh)}


@lru_cache(MONTHS)  # each day stands there three times
def _milliseconds(day):
    return int(calendar.delivery_day(day)[0].timestamp()) * 1000


def _members(rows):
    return _json(rows)[1:-1]


def _with_commas(texts):
    for place, each in enumerate(filter(None, texts)):
        yield from (",", each) if place else (each,)


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
