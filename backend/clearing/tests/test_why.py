"""Every code and figure says something that the result itself bears out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, SELL, Grid, Orders, why
from clearing.tests.books import BOUNDS, random_book
from clearing.tests.knob import examples
from clearing.tests.oracle import steps_of

SEEDS = st.integers(0, 2**32 - 1)


def explained(rows, grid, bounds=clearing.PRICE_BOUNDS):
    """What each order of a book of one period is told; rows are (order, bus, side, price, quantity)."""
    order, bus, side, price, quantity = zip(*rows, strict=True)
    orders = Orders.from_rows(order, bus, [0] * len(rows), side, price, quantity)
    result = clearing.clear(orders, grid, bounds=bounds)
    reasons = why.explain(orders, grid, result, bounds=bounds)
    return {int(order): _one(reasons, i) for i, order in enumerate(orders.order)}


def _one(reasons, i):
    found = {name: getattr(reasons, name)[i].item() for name in reasons.__slots__}
    return found | {"code": why.CODES[found["code"]]}


class TestCodes:
    def test_accepted_names_the_worst_limit_and_needs_nothing_more(self):
        ada = explained([(1, 0, SELL, 40, 500), (2, 0, BUY, 60, 500)], Grid.from_parents([-1]))[1]
        assert (ada["code"], ada["limit"], ada["out_by"], ada["enough"]) == ("accepted", 40, 0, 49)

    def test_at_the_margin_tells_the_share(self):
        rows = [(1, 0, SELL, 40, 600), (2, 0, SELL, 40, 300), (3, 0, BUY, 60, 300)]
        ada = explained(rows, Grid.from_parents([-1]))[1]
        figures = (ada["code"], ada["at_margin"], ada["at_margin_accepted"], ada["enough"])
        assert figures == ("at-the-margin", 600, 200, 39)

    def test_out_of_the_money_tells_by_how_much(self):
        bo = explained([(1, 0, SELL, 50, 500), (2, 0, BUY, 42, 500)], Grid.from_parents([-1]))[2]
        # Nobody trades: the price is the midpoint of best bid and best offer.
        assert (bo["code"], bo["out_by"], bo["enough"]) == ("out-of-the-money", 4, 47)

    def test_a_later_step_is_what_counts_when_the_first_is_accepted(self):
        rows = [(1, 0, SELL, 40, 100), (1, 0, SELL, 70, 100), (2, 0, SELL, 50, 500), (3, 0, BUY, 60, 300)]
        ada = explained(rows, Grid.from_parents([-1]))[1]
        assert (ada["code"], ada["limit"], ada["out_by"]) == ("out-of-the-money", 70, 20)

    def test_not_needed_stands_at_the_price_alone(self):
        ada = explained([(1, 0, SELL, 40, 500)], Grid.from_parents([-1]))[1]
        assert (ada["code"], ada["at_margin"], ada["at_margin_accepted"]) == ("not-needed", 500, 0)

    def test_a_full_line_is_named_with_the_price_beyond_it(self):
        # Two fees lie between Ada and the plant's price of 90, and her own line has room.
        rows = [(1, 2, SELL, 40, 500), (2, 0, BUY, 90, 900)]
        grid = Grid.from_parents([-1, 0, 1], capacity_up=[0, 200, 900], fee_up=[0, 7, 3])
        found = explained(rows, grid)
        ada, bo = found[1], found[2]
        figures = (ada["code"], ada["line"], ada["upwards"], ada["beyond"])
        assert figures == ("line-full", 1, True, 80)
        assert (bo["code"], bo["line"], bo["upwards"], bo["beyond"]) == ("line-full", 1, True, 50)

    def test_a_full_line_is_no_reason_for_whom_its_far_side_would_not_pay(self):
        rows = [(1, 1, SELL, 40, 500), (2, 1, SELL, 95, 100), (3, 0, BUY, 90, 900)]
        cy = explained(rows, Grid.from_parents([-1, 0], capacity_up=200))[2]
        assert (cy["code"], cy["line"]) == ("out-of-the-money", -1)

    def test_no_limit_within_the_bounds_may_be_enough(self):
        bo = explained([(1, 0, BUY, 60, 500), (2, 0, BUY, 60, 500), (3, 0, SELL, 0, 100)],
                       Grid.from_parents([-1]), bounds=(0, 60))[1]  # fmt: skip
        assert (bo["code"], bo["enough"]) == ("at-the-margin", why.NO_PRICE)


def slow_reasons(orders, grid, result, offer):
    """Next limit, what stands at the price, and what of it got in, step by step."""
    price, left = int(result.price[orders.period[offer], orders.bus[offer]]), int(result.accepted[offer])
    steps = steps_of(orders, offer)
    steps.sort(key=lambda step: -step.price if step.side == BUY else step.price)
    got = []
    for step in steps:
        got.append(min(left, step.quantity))
        left -= got[-1]
    refused = [step.price for step, wh in zip(steps, got, strict=True) if wh < step.quantity]
    at = [(step.quantity, wh) for step, wh in zip(steps, got, strict=True) if step.price == price]
    return refused[0] if refused else None, [sum(column) for column in zip(*at, strict=True)] or [0, 0]


def slow_beyond(orders, grid, result, offer):
    """The best price beyond any full line that energy of the offer's bus, or for it, could reach."""
    period, start, sells = orders.period[offer], int(orders.bus[offer]), orders.side[offer] == SELL
    price, flow = result.price[period], result.flow[period]
    row = {name: getattr(grid, name)[period if len(getattr(grid, name)) > 1 else 0] for name in LINE}
    arcs = []
    for bus, above in enumerate(grid.parent):
        if above >= 0:
            arcs.append(
                (bus, above, row["fee_up"][bus], row["fee_down"][bus], flow[bus], row["capacity_up"][bus])
            )
            arcs.append(
                (above, bus, row["fee_down"][bus], row["fee_up"][bus], -flow[bus], row["capacity_down"][bus])
            )
    # A buyer looks against the direction of the energy.
    arcs = arcs if sells else [(end, begin, *rest) for begin, end, *rest in arcs]
    cost, found, waiting = {start: 0}, [], [start]
    for bus in waiting:
        for near, far, fee, back, flowing, capacity in arcs:
            rise = (price[far] - price[near]) * (1 if sells else -1)
            if near == bus and rise > fee:
                assert flowing == capacity  # such a line is full
                found.append(price[far] + (-fee - cost[bus] if sells else fee + cost[bus]))
            elif near == bus and far not in cost and (flowing < 0 or flowing < capacity):
                cost[far] = cost[bus] + (-back if flowing < 0 else fee)
                waiting.append(far)
    return int(max(found) if sells else min(found)) if found else None


COLUMNS = ("order", "bus", "period", "side", "curve")
LINE = ("capacity_up", "capacity_down", "fee_up", "fee_down")


class TestStatements:
    @given(SEEDS)
    @settings(max_examples=examples(150), deadline=None)
    def test_each_is_borne_out_by_the_result(self, seed):
        orders, grid = random_book(seed, n_periods=2)
        result = clearing.clear(orders, grid, periods=2, bounds=BOUNDS)
        reasons = why.explain(orders, grid, result, bounds=BOUNDS)
        for i in range(len(orders.order)):
            said, limit, sign = _one(reasons, i), None, 1 if orders.side[i] == SELL else -1
            price = int(result.price[orders.period[i], orders.bus[i]])
            limit, at = slow_reasons(orders, grid, result, i)
            assert [said["at_margin"], said["at_margin_accepted"]] == at
            assert (said["code"] == "accepted") == (limit is None)
            if limit is None:
                assert result.accepted[i] == orders.offered[i]
                continue
            beyond = slow_beyond(orders, grid, result, i)
            assert (said["limit"], said["out_by"]) == (limit, (limit - price) * sign)
            assert said["out_by"] >= 0
            assert (said["code"] == "line-full") == (beyond is not None and (beyond - limit) * sign > 0)
            if said["code"] == "line-full":
                assert said["beyond"] == beyond
                assert said["line"] >= 0
            elif said["code"] == "out-of-the-money":
                assert said["out_by"] > 0
            else:
                assert said["out_by"] == 0
                assert (said["code"] == "at-the-margin") == (at[1] > 0)

    @given(SEEDS)
    @settings(max_examples=examples(60), deadline=None)
    def test_enough_is_a_limit_at_which_everybody_there_is_accepted_in_full(self, seed):
        orders, grid = random_book(seed)
        result = clearing.clear(orders, grid, periods=1, bounds=BOUNDS)
        reasons = why.explain(orders, grid, result, bounds=BOUNDS)
        for i in np.flatnonzero(reasons.enough != why.NO_PRICE):
            for j in np.flatnonzero((orders.bus == orders.bus[i]) & (orders.side == orders.side[i])):
                worst = [step.price for step in steps_of(orders, j)]
                if orders.side[i] == SELL and max(worst, default=0) <= reasons.enough[i]:
                    assert result.accepted[j] == orders.offered[j]
                if orders.side[i] == BUY and min(worst, default=0) >= reasons.enough[i]:
                    assert result.accepted[j] == orders.offered[j]

    @given(SEEDS)
    @settings(max_examples=examples(40), deadline=None)
    def test_one_household_alone_hears_the_same(self, seed):
        orders, grid = random_book(seed, n_periods=2)
        result = clearing.clear(orders, grid, periods=2, bounds=BOUNDS)
        together = why.explain(orders, grid, result, bounds=BOUNDS)
        for order in set(orders.order.tolist()):
            mine = orders.order == order
            points = mine[orders.point_offer]
            columns = [getattr(orders, name)[orders.point_offer[points]] for name in COLUMNS]
            alone = Orders.from_rows(*columns[:4], orders.price[points], orders.quantity[points], columns[4])
            part = clearing.Result(*_fields(result, mine))
            reasons = why.explain(alone, grid, part, bounds=BOUNDS)
            for name in reasons.__slots__:
                assert getattr(reasons, name).tolist() == getattr(together, name)[mine].tolist()


def _fields(result, mine):
    kept = {name: getattr(result, name) for name in result.__dataclass_fields__}
    return (kept | {"accepted": result.accepted[mine]}).values()
