"""Curve orders: read from the dialect, and told in it."""

from shared import problems
from webapp.member import names, units
from webapp.member.exchange import PERIOD_MINUTES
from webapp.member.orders import STATES, head

STEP, LINEAR = "Step", "Linear"


def read(curves, *, auction, curve_type):
    """The side and the points that the curves of an order stand for.

    :raises Problem: 400 for an unknown contract, one twice, buying beside selling, an inexact number
    """
    points, sides, seen = [], set(), set()
    for index, curve in enumerate(curves):
        field = f"curves.{index}"
        period = names.period(curve["contractId"], auction=auction, field=f"{field}.contractId")
        if period in seen:
            raise problems.field_error(
                f"{field}.contractId", "duplicate-key", "This contract stands there twice."
            )
        seen.add(period)
        for price, wh in _points(curve["curvePoints"], field):
            sides |= {"sell"} if wh > 0 else {"buy"} if wh < 0 else set()
            if wh or curve_type == LINEAR:
                points.append({"period": period, "priceRpPerMwh": price, "quantityWh": abs(wh)})
    if len(sides) != 1:
        text = "An order sells (all volumes positive) or buys (all negative); write one order for each."
        raise problems.field_error("curves", "mixed-sides" if sides else "required", text)
    return sides.pop(), sorted(points, key=lambda each: (each["period"], each["priceRpPerMwh"]))


def _points(rows, field):
    for index, row in enumerate(rows):
        place = f"{field}.curvePoints.{index}"
        price = units.to_rp_per_mwh(row["price"], field=f"{place}.price")
        yield price, units.to_wh(row["volume"], period_minutes=PERIOD_MINUTES, field=f"{place}.volume")


def described(order, *, portfolio, points=None):
    """An order in the dialect; `points` of an earlier version, if not the present ones."""
    said = points or order
    told = head(
        order_id=order["orderId"],
        auction_id=order["auctionId"],
        portfolio=portfolio,
        modified=said.get("at") or order["cancelledAt"] or order["receivedAt"],
        version=said["version"],
    )
    return told | {
        "state": STATES[order["state"]],
        "curveType": said["curve"].capitalize(),
        "curves": _curves(order, said["points"]),
    }


def _curves(order, points):
    sign = 1 if order["side"] == "sell" else -1
    by_period = {}
    for point in points:
        volume = units.from_wh(sign * point["quantityWh"], period_minutes=PERIOD_MINUTES)
        price = units.from_rp_per_mwh(point["priceRpPerMwh"])
        by_period.setdefault(point["period"], []).append({"price": price, "volume": volume})
    return [
        {"contractId": names.contract(order["auctionId"], period), "curvePoints": rows}
        for period, rows in sorted(by_period.items())
    ]
