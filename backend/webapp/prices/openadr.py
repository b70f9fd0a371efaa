"""Prices in the words of OpenADR 3.1: a market is a program, a published auction an event of it."""

from datetime import timedelta

from webapp.prices import queries

NAMES = {"dam": "CEEX day-ahead prices", "rtm": "CEEX real-time prices"}
BEGINNING = "2026-01-01T00:00:00Z"
RP_PER_MWH = 100_000  # one CHF/kWh
DAYS = (-1, 0, 1)  # yesterday, today and tomorrow


def program(market):
    """A market."""
    return {
        "id": market,
        "createdDateTime": BEGINNING,
        "modificationDateTime": BEGINNING,
        "objectType": "PROGRAM",
        "programName": NAMES[market],
        "payloadDescriptors": [DESCRIPTOR],
    }


DESCRIPTOR = {
    "objectType": "EVENT_PAYLOAD_DESCRIPTOR",
    "payloadType": "PRICE",
    "units": "KWH",
    "currency": "CHF",
}


def events(*, markets, today, at):
    """The published auctions of these days, the earliest first."""
    for offset in DAYS:
        for market in markets:
            found = queries.of_day(market=market, day=today + timedelta(days=offset), at=at)
            yield from (_event(market, auction) for auction in found.auctions)


def _event(market, auction):
    return {
        "id": auction["auctionId"],
        "createdDateTime": auction["publishedAt"],
        "modificationDateTime": auction["publishedAt"],
        "objectType": "EVENT",
        "programID": market,
        "eventName": auction["auctionId"],
        "payloadDescriptors": [DESCRIPTOR],
        "intervalPeriod": {"start": auction["items"][0]["startsAt"], "duration": "PT15M"},
        "intervals": [
            {"id": index, "payloads": [{"type": "PRICE", "values": [row["priceRpPerMwh"] / RP_PER_MWH]}]}
            for index, row in enumerate(auction["items"])
        ],
    }
