"""What an order may say, and the most it can cost: arithmetic on points, without the database."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared import problems

LARGEST_WH = 2**31 - 1
SHOWN_ERRORS = 20


class InvalidPoints(problems.Problem):
    """Points break a rule of their market; each with its place, and why."""

    def __init__(self, errors):
        problem = problems.invalid(errors)
        super().__init__(problem.status, problem.code, problem.title, problem.detail, problem.errors)


@dataclass(frozen=True, eq=False)
class Points:
    """The points of one or many orders, flat: order i owns first[i]:first[i + 1], by period, then price.

    Limit prices are at the meter. [Rp/MWh, Wh]
    """

    first: np.ndarray
    periods: np.ndarray
    prices_rp_per_mwh: np.ndarray
    quantities_wh: np.ndarray

    @classmethod
    def of_one(cls, periods, prices_rp_per_mwh, quantities_wh):
        """The points of one order."""
        columns = (np.asarray(values, np.int64) for values in (periods, prices_rp_per_mwh, quantities_wh))
        return cls(np.array([0, len(periods)]), *columns)

    @classmethod
    def joined(cls, parts):
        """The points of several, one after the other."""
        counts = np.concatenate([np.diff(each.first) for each in parts])
        columns = ("periods", "prices_rp_per_mwh", "quantities_wh")
        flat = (np.concatenate([getattr(each, name) for each in parts]) for name in columns)
        return cls(np.concatenate([[0], np.cumsum(counts)]), *flat)

    @cached_property
    def order(self):
        """The order that each point belongs to."""
        return np.repeat(np.arange(len(self.first) - 1), self.first[1:] - self.first[:-1])

    @cached_property
    def opens(self):
        """True where a point belongs to another order or period than the point before it."""
        return _differs(self.order, self.periods)


def check(points, *, market, period_count, is_buy, is_linear):
    """Check the points of orders against the rules of a market; sides and curves are given per order.

    :raises InvalidPoints: naming the first offending points and their fields
    """
    if (points.first[1:] <= points.first[:-1]).any():
        raise InvalidPoints([_error("points", "required", "An order needs at least one point.")])
    errors = []
    for field, code, wrong, detail in _rules(points, market, period_count, is_buy, is_linear):
        if not wrong.any():
            continue
        starts = points.first[points.order]
        errors += [
            _error(f"points.{place - starts[place]}.{field}", code, detail)
            for place in np.flatnonzero(wrong)[:SHOWN_ERRORS].tolist()
        ]
    if errors:
        raise InvalidPoints(errors[:SHOWN_ERRORS])


def _rules(points, market, period_count, is_buy, is_linear):
    """Yield each rule as (field, code, where it is broken, what would be right)."""
    periods, prices, quantities = points.periods, points.prices_rp_per_mwh, points.quantities_wh
    floor, cap, tick = market.price_floor_rp_per_mwh, market.price_cap_rp_per_mwh, market.tick_rp_per_mwh
    linear, opens = is_linear[points.order], points.opens
    least = market.min_quantity_wh
    last = period_count - 1
    yield "period", "out-of-range", (periods < 0) | (periods > last), f"The periods are 0 to {last}."
    outside = (prices < floor) | (prices > cap)
    yield "priceRpPerMwh", "out-of-range", outside, f"Prices are {floor} to {cap} Rp/MWh."
    yield "priceRpPerMwh", "off-tick", prices % tick != 0, f"Prices are multiples of {tick} Rp/MWh."
    small = (quantities < np.where(linear, 0, least)) | (quantities > LARGEST_WH)
    yield "quantityWh", "out-of-range", small, f"Quantities are at least {least} Wh."
    inside = ~_differs(points.order)
    earlier = inside & (_rise(periods) < 0)
    yield "period", "not-sorted", earlier, "Points stand in the order of their periods."
    step = _rise(prices)
    yield "priceRpPerMwh", "not-sorted", ~opens & (step < 0), "In a period prices rise."
    yield "priceRpPerMwh", "duplicate-price", ~opens & (step == 0), "This price stands there twice."
    if len(periods) > market.max_points_per_period:
        many = np.arange(len(periods)) - _start_of(opens) >= market.max_points_per_period
        text = f"A period has at most {market.max_points_per_period} points."
        yield "period", "too-many-points", many, text
    if linear.any():
        yield from _rules_of_linear(points, linear, least, is_buy)


def _rules_of_linear(points, linear, least, is_buy):
    quantities, opens = points.quantities_wh, points.opens
    alone = linear & opens & np.append(opens[1:], True)
    yield "period", "too-few-points", alone, "A linear curve needs two points in a period."
    rise = _rise(quantities) * np.where(is_buy[points.order], -1, 1)
    backwards = linear & ~opens & (rise < 0)
    text = "A linear curve asks for less, or offers more, the higher the price."
    yield "quantityWh", "not-monotone", backwards, text
    nothing = linear & opens & (_most_of_group(quantities, opens) < least)
    yield "quantityWh", "out-of-range", nothing, f"Somewhere a curve holds at least {least} Wh."


def most_wh(points, *, is_linear):
    """The most that each order may get in each of its periods, as (order, period, quantity)."""
    opens = points.opens
    starts = np.flatnonzero(opens)
    linear = is_linear[points.order][starts]
    added = np.add.reduceat(points.quantities_wh, starts)
    most = np.maximum.reduceat(points.quantities_wh, starts)
    return points.order[starts], points.periods[starts], np.where(linear, most, added)


def ordered_wh(points, *, is_linear):
    """The most that each order may get over all its periods."""
    order, _, quantity = most_wh(points, is_linear=is_linear)
    return _sums(quantity, order, len(points.first) - 1)


def worst_case_urp(points, *, is_buy, is_linear):
    """The most that each order can cost, at whatever prices its auction clears. [µRp]

    In one period a buyer pays one price for all it gets: the worst case is the largest product of a
    price of its curve and the quantity that it takes there. A seller pays where its limit is negative.
    """
    order, opens = points.order, points.opens
    sign = np.where(is_buy[order], 1, -1)
    prices = points.prices_rp_per_mwh * sign  # what is paid per MWh
    taken = _sums_taken(points.quantities_wh, opens, is_buy[order])
    per_period = _most_of_group(np.maximum(prices * taken, 0), opens)
    costs = _sums(per_period[opens], order[opens], len(points.first) - 1)
    for index in np.flatnonzero(is_linear).tolist():
        costs[index] = _worst_of_linear(points, index, bool(is_buy[index]))
    return costs


def _worst_of_linear(points, index, is_buy):
    """Sum over periods the highest point of price × quantity along a linear curve, in exact integers."""
    curves = {}
    for place in range(points.first[index], points.first[index + 1]):
        price, quantity = int(points.prices_rp_per_mwh[place]), int(points.quantities_wh[place])
        curves.setdefault(int(points.periods[place]), []).append((price if is_buy else -price, quantity))
    return sum(_highest_product(sorted(curve)) for curve in curves.values())


def _highest_product(curve):
    """The most that price × quantity can be on a falling curve, plus one price for a rounded-up Wh."""
    highest = max(price * quantity for price, quantity in curve)
    for (low, more), (high, less) in zip(curve, curve[1:], strict=False):
        rise, fall = high - low, more - less
        if fall == 0:
            continue
        summit = (more * rise + fall * low) // (2 * fall)  # of the parabola, rounded down
        for price in (summit, summit + 1):
            if low < price < high:
                highest = max(highest, price * (more * rise - fall * (price - low)) // rise)
    return highest + max(curve[-1][0], 0) if highest > 0 else 0


def _error(field, code, detail):
    return {"field": field, "code": code, "detail": detail}


def _differs(*columns):
    opens = np.zeros(len(columns[0]), bool)
    opens[:1] = True
    for values in columns:
        opens[1:] |= values[1:] != values[:-1]
    return opens


def _rise(values):
    """By how much each value is above the one before it; the first above nothing."""
    rise = values.copy()
    rise[1:] -= values[:-1]
    return rise


def _start_of(opens):
    """The place at which the group of each point starts."""
    return np.maximum.accumulate(np.where(opens, np.arange(len(opens)), 0))


def _sums_taken(values, opens, from_here):
    """The sum of each group's values up to each, or from each on."""
    to_here = np.cumsum(values)
    starts = np.flatnonzero(opens)
    before = (to_here - values)[starts]
    counts = np.diff(np.append(starts, len(values)))
    to_here -= np.repeat(before, counts)
    total = np.repeat(np.add.reduceat(values, starts), counts)
    return np.where(from_here, total - to_here + values, to_here)


def _sums(values, group, count):
    """The sum of each group's values; groups stand one after the other, each with at least one value."""
    starts = np.flatnonzero(_differs(group))
    sums = np.zeros(count, np.int64)
    sums[group[starts]] = np.add.reduceat(values, starts)
    return sums


def _most_of_group(values, opens):
    starts = np.flatnonzero(opens)
    return np.repeat(np.maximum.reduceat(values, starts), np.diff(np.append(starts, len(values))))
