"""pymarket: one of the auctions that come with it."""

import sys

import pymarket
from clock import columns, serve

prices, quantities, sides = columns()


def market():
    waiting = pymarket.Market()
    for number, (price, quantity, buys) in enumerate(zip(prices, quantities, sides, strict=True)):
        waiting.accept_bid(quantity, price, number, bool(buys))
    return waiting


def clear(waiting):
    transactions, _ = waiting.run(sys.argv[2])
    rows = transactions.get_df()
    return None, float(rows["quantity"].sum() / 2)


serve(market, clear)
