"""A home with a battery trades some days at given prices: what does its plan save, beside foresight?"""

import numpy as np
import pytest

from trading.strategies import courses, forecast, plans, storage

FEE, TAKES, GIVES, A_DAY = 6_450, 22_860, 12_450, 96
FIRST = forecast.quarter_of(forecast.utc(0)) + A_DAY * 20_000
KNOWN_DAYS, DAYS = 37, 2
BATTERY = storage.Batteries(np.array([1_000]), np.array([6_000]), np.array([False]))

DEVIATING = storage.Deviating(np.array([TAKES - FEE]), np.array([GIVES - FEE]), np.array([FEE]))


@pytest.fixture(scope="module")
def world():
    """Needs and prices at the bus: a home that differs from day to day, noons that are mostly cheap."""
    chance = np.random.default_rng(5)
    quarters = (KNOWN_DAYS + DAYS + 2) * A_DAY
    needs = chance.integers(20, 160, quarters) + 150 * (np.arange(quarters) % A_DAY > 70)
    noon = abs(np.arange(quarters) % A_DAY - 50) < 10
    sunny = np.repeat(chance.random(quarters // A_DAY) < 0.7, A_DAY)
    return needs, np.where(noon & sunny, GIVES - FEE, TAKES - FEE)


def traded(needs, prices):
    """Bid every half hour an hour ahead, buy what is accepted, and let the battery make up for the rest."""
    begins = KNOWN_DAYS * A_DAY
    bought_wh, level, cost = np.zeros(len(needs), np.int64), np.zeros(1, np.int64), 0
    worth = np.zeros((len(needs), 1, storage.LEVELS - 1), np.int64)
    for quarter in range(begins, begins + DAYS * A_DAY):
        if quarter % 2 == 0:
            auction = np.arange(quarter + 4, quarter + 6)
            found = bid(needs, prices, quarter, auction, level, bought_wh[quarter : quarter + 4])
            accepted = found.prices_rp_per_mwh[:, 0] >= prices[auction] + FEE
            bought_wh[auction] = (found.wh[:, 0] * accepted).sum(axis=0)
            worth[auction] = found.stored_rp_per_mwh.transpose(1, 0, 2)
        flow, level = storage.answer(
            BATTERY,
            level_wh=level,
            net_wh=needs[[quarter]],
            bought_wh=bought_wh[[quarter]],
            worth_rp_per_mwh=worth[quarter],
            deviating=DEVIATING,
        )
        missing = needs[quarter] + int(flow[0]) - bought_wh[quarter]
        cost += bought_wh[quarter] * (prices[quarter] + FEE) + missing * (TAKES if missing > 0 else GIVES)
    return cost


def bid(needs, prices, now, auction, level, held):
    seen = slice(now - KNOWN_DAYS * A_DAY, now)
    house = forecast.History(
        np.array([7]), forecast.utc(FIRST + seen.start), needs[None, seen].astype(np.int32)
    )
    until = plans.horizon(FIRST + now, FIRST + auction)
    published = np.full((1, 8 * A_DAY + until - FIRST - now), np.nan)
    published[0, : 8 * A_DAY + 4] = prices[now - 8 * A_DAY : now + 4]
    return plans.of(
        plans.Homes(np.array([7]), np.array([-1]), BATTERY, level, house),
        until=until,
        quarters=FIRST + auction,
        held_wh=held[None],
        prices=courses.of_prices(published)[:, :, 8 * A_DAY :],
        fee_rp_per_mwh=np.array([FEE]),
        utility=(np.array([TAKES]), np.array([GIVES])),
        real_time=True,
    )


def foreseen(needs, prices):
    """The same days with needs and prices known."""
    days = slice(KNOWN_DAYS * A_DAY, (KNOWN_DAYS + DAYS) * A_DAY)
    need, price = needs[None, None, days].astype(float), prices[None, None, days]
    found = storage.plan(
        BATTERY,
        level_wh=np.zeros(1),
        net_wh=need,
        buys_at=price + FEE,
        sells_at=price,
        held_wh=np.zeros((1, 0)),
        ahead=DAYS * A_DAY,
    )
    return ((need[0] + found.flow_wh) * (price[0] + FEE)).sum()


def test_never_lose_saves_and_foresight_saves_most(world):
    needs, prices = world
    days = slice(KNOWN_DAYS * A_DAY, (KNOWN_DAYS + DAYS) * A_DAY)
    idle = (needs[days] * (prices[days] + FEE)).sum()
    assert foreseen(*world) < traded(*world) < idle
