"""The published prices of a day, asked of trading once and then kept for as long as they can be the same."""

import csv
import hashlib
import io
import json
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from webapp.upstream import calls

MARKETS = ("dam", "rtm")
ZONE = ZoneInfo("Europe/Zurich")
QUARTER = timedelta(minutes=15)
QUERY = re.compile(r"(?:market=(?P<market>[a-z]{3})&)?day=(?P<day>\d{4}-\d\d-\d\d)", re.ASCII)
MOST_DAYS = 200
KEPT_S = 600  # a day whose prices are all published; a correction may still come
KEPT_WHILE_OPEN_S = 5


@dataclass(frozen=True)
class DayPrices:
    """The prices of a market on a day of delivery, at the border of the community."""

    auctions: list
    as_json: bytes
    as_csv: bytes
    etag: str
    until: float  # by the monotonic clock


_kept = OrderedDict()  # the least recently asked for first
_lock = Lock()


def of_day(*, market, day, at):
    """The prices of a market on a day, from what is kept or else from trading."""
    found = kept(market, day.isoformat())
    if found is None:
        found = _asked(market, day, at)
        with _lock:
            _kept[market, day.isoformat()] = found
            while len(_kept) > MOST_DAYS:
                _kept.popitem(last=False)
    return found


def is_known(*, market, day):
    """Whether something is kept of a day, fresh or not."""
    return (market, day.isoformat()) in _kept


def kept(market, day):
    """What is kept of a day and still fresh, or None."""
    with _lock:
        found = _kept.get((market, day))
        if found is None or time.monotonic() >= found.until:
            return None
        # So that today stays, however many other days are looked through.
        _kept.move_to_end((market, day))
        return found


def kept_as_asked(query):
    """The same for a plain query as most write it; None for any other, which is then read with care."""
    asked = QUERY.fullmatch(query)
    return kept(asked["market"] or "dam", asked["day"]) if asked else None


def headers(found):
    """What is said of a day's prices beside them."""
    return {"ETag": found.etag, "Cache-Control": "public, max-age=5", "Access-Control-Allow-Origin": "*"}


def exchange_day(*, at):
    """The present day by the exchange's clock."""
    clock = calls.send("GET", "/clock", as_identity=calls.own_identity(), at=at).data
    return datetime.fromisoformat(clock["now"]).astimezone(ZONE).date()


def forget():
    """Keep nothing."""
    _kept.clear()


def periods_of(day):
    """How many quarter hours a day of the market's zone has: 92, 96 or 100."""
    start, end = (
        datetime.combine(each, datetime.min.time(), ZONE) for each in (day, day + timedelta(days=1))
    )
    return int((end.timestamp() - start.timestamp()) / QUARTER.total_seconds())


def _asked(market, day, at):
    query = [("market", market), ("day", day.isoformat())]
    auctions = calls.send("GET", "/prices", as_identity=calls.own_identity(), query=query, at=at).data[
        "items"
    ]
    rows = [row for auction in auctions for row in auction["items"]]
    body = {"marketId": market, "day": day.isoformat(), "currency": "CHF", "items": rows}
    raw = json.dumps(body, separators=(",", ":")).encode()
    return DayPrices(
        auctions=auctions,
        as_json=raw,
        as_csv=_csv(rows),
        etag=f'"{hashlib.sha256(raw).hexdigest()[:32]}"',
        until=time.monotonic() + (KEPT_S if len(rows) == periods_of(day) else KEPT_WHILE_OPEN_S),
    )


def _csv(rows):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["startsAt", "priceRpPerMwh"])
    writer.writerows([row["startsAt"], row["priceRpPerMwh"]] for row in rows)
    return text.getvalue().encode()
