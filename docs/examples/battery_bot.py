"""A battery that trades by itself: buys the cheapest quarter hours of tomorrow, sells the dearest ones.

    CEEX_KEY=ceex_… python docs/examples/battery_bot.py https://ceex.example

It bids into the open day-ahead auction through the member API: the lowest prices of the last published day
tell when to charge, the highest ones when to discharge. Needs Python alone. A second run changes nothing:
the idempotency key is the auction's name.
"""

import json
import os
import sys
import urllib.request
from datetime import UTC, datetime, timedelta

POWER_MW, QUARTERS = 0.003, 4  # 3 kW for an hour
MARGIN = 10.0  # CHF/MWh that a full cycle must earn at least


def ask(method, url, body=None, key=None):
    headers = {"Authorization": f"Bearer {os.environ['CEEX_KEY']}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if key else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def open_auction(api, now):
    """The day-ahead auction that closes next."""
    start, stop = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (now, now + timedelta(days=2)))
    span = f"closeBiddingFrom={start}&closeBiddingTo={stop}"
    found = [each for each in ask("GET", f"{api}/auctions?{span}") if each["state"] == "Open"]
    day_ahead = next(each for each in found if each["name"].startswith("DAM"))
    return ask("GET", f"{api}/auctions/{day_ahead['id']}")


def orders(auction, prices):
    """What to buy at home and sell from the roof: the cheapest and the dearest quarter hours."""
    contracts = [each["id"] for each in auction["contracts"][0]["contracts"]]
    ranked = sorted(range(min(len(contracts), len(prices))), key=prices.__getitem__)
    cheap, dear = ranked[:QUARTERS], ranked[-QUARTERS:]
    middle = (prices[cheap[-1]] + prices[dear[0]]) / 2
    for sign, periods, limit in ((-1, cheap, middle - MARGIN / 2), (1, dear, middle + MARGIN / 2)):
        points = [{"price": round(limit, 2), "volume": sign * POWER_MW}]
        yield [{"contractId": contracts[period], "curvePoints": points} for period in periods]


def main(server):
    api = f"{server}/api/member/v1"
    now = datetime.fromisoformat(ask("GET", f"{server}/api/trading/clock")["now"]).astimezone(UTC)
    auction = open_auction(api, now)
    day = ask("GET", f"{server}/api/prices?market=dam&day={now:%Y-%m-%d}")["items"]
    prices = [each["priceRpPerMwh"] / 100 for each in day] or [100 + abs(k - 48) for k in range(96)]
    wanted = zip(("buy", "sell"), auction["portfolios"], orders(auction, prices), strict=True)
    for side, portfolio, curves in wanted:
        order = {"auctionId": auction["id"], "portfolio": portfolio["id"], "curves": curves}
        order["areaCode"] = portfolio["areas"][0]["code"]
        placed = ask("POST", f"{api}/curveorders", order, key=f"{auction['id']}-{side}")
        print(f"{side}: order {placed['orderId']} is {placed['state'].lower()}")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
