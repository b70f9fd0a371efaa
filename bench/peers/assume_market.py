"""assume-framework: its market role `pay_as_clear`, on its own order books."""

import sys
from datetime import datetime, timedelta

from assume.common.market_objects import MarketConfig, MarketProduct
from assume.markets.clearing_algorithms import clearing_mechanisms
from clock import columns, serve
from dateutil.relativedelta import relativedelta
from dateutil.rrule import HOURLY, rrule

# The package compares with times without a zone.
START = datetime(2026, 1, 1)  # noqa: DTZ001
END = START + timedelta(hours=1)
prices, quantities, sides = columns()
market = MarketConfig(
    opening_hours=rrule(HOURLY, dtstart=START, until=END),
    market_products=[MarketProduct(relativedelta(hours=1), 1)],
    maximum_bid_volume=None,
    maximum_bid_price=None,
)
role = clearing_mechanisms[sys.argv[2]](market)


def book():
    rows = enumerate(zip(prices, quantities, sides, strict=True))
    return [
        {
            "bid_id": str(number),
            "start_time": START,
            "end_time": END,
            "only_hours": None,
            "agent_addr": "a",
            "node": "n",
            "price": price,
            "volume": -quantity if buys else quantity,
        }
        for number, (price, quantity, buys) in rows
    ]


def clear(orders):
    accepted, _, meta, _ = role.clear(orders, [(START, END, None)])
    return float(accepted[0]["accepted_price"]), float(meta[0]["supply_volume"])


serve(book, clear)
