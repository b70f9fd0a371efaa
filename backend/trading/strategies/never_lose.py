"""Never Lose: let battery, car and heat pump take energy when it is cheap, and the battery give it back.

Before each gate the plan of `storage` says what a Wh in the battery is worth by then, for each level of it.
That is what one Wh more is worth to the home that it buys, or keeps instead of selling: the utility's price
where the home would lack it even with its battery, what stored energy is worth less what is lost on the way
where the battery would take it, the feed-in tariff where the battery is full. How much the home will need is
not sure; each band of the forecast is as likely, so their mean is what is bid, as a curve, for the need and,
in the real-time market, for all that the battery could take. So the clearing itself decides whether the
battery takes, gives or rests, and nobody pays more or earns less than with the utility. Day-ahead only the
planned part is bid for the battery: a cheap noon would fill it many times over. In the real-time market the
plan is made anew from the newest readings and published prices, and the difference to what is bought already
is bid; within the quarter hour the battery makes up for what the home uses more or less than it bought.

A car and a heat pump are planned first (`shiftable`, `shifting`): what one Wh more is worth to each is bid
beside the curve of the home, as much as their power takes, and the utility's price for what cannot wait. A
car is full when it leaves, heat is never missing; within the quarter hour they take what is then worth it,
and the battery makes up for them too.

A node without any of the three bids as with Market Benefit.
"""

import numpy as np

from trading.strategies import market_benefit
from trading.strategies.situation import Bids


def bids(of):
    """Bid for the nodes of a situation."""
    anyway = market_benefit.bids(of)
    if not of.has_plan.any():
        return anyway
    worth, bought, sold = _of_plans(of)
    plans, padding = of.has_plan[None, :, None], ((0, len(worth) - len(anyway.bought_wh)), (0, 0), (0, 0))
    price = np.where(plans, worth, np.pad(anyway.buy_at_rp_per_mwh[:, :, None], padding))
    return Bids(
        price,
        price,
        bought_wh=np.where(plans, bought, np.pad(anyway.bought_wh, padding)),
        sold_wh=np.where(plans, sold, np.pad(anyway.sold_wh, padding)),
    )


def _of_plans(of):
    """Prices, and what is bought and sold at them: what lacks of each step, and what is there beyond it."""
    prices = of.plan_prices_rp_per_mwh
    upper = np.minimum(of.plan_wh.cumsum(axis=0), of.carries_wh[:, None])
    everything = np.broadcast_to(of.carries_wh[:, None], upper[:1].shape)
    lower, upper = np.concatenate([np.zeros_like(upper[:1]), upper]), np.concatenate([upper, everything])
    missing_wh = np.clip(upper - np.maximum(lower, of.has_wh), 0, None)
    missing_wh[-1] = (
        0  # beyond the plan nothing is wanted, and what is there is worth as much as the last step
    )
    too_much_wh = np.clip(np.minimum(upper, of.has_wh) - lower, 0, None)
    consumes = of.is_consumer[None, :, None]
    bought = np.where(consumes, missing_wh, too_much_wh)
    return np.concatenate([prices, prices[-1:]]), bought, np.where(consumes, too_much_wh, missing_wh)
