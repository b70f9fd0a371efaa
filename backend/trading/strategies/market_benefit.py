"""Market Benefit: trade the forecast as far as it is worth it, with the utility's tariffs as limits.

What a household buys and does not use comes back at the feed-in tariff; what it uses and has not bought
costs what the utility takes. So the first quantities, which it will surely use, are worth nearly the
utility's price to it, and the last ones, which it hardly ever uses, little more than the feed-in tariff:
with probability c that the meter stays below a quantity, that quantity is worth *takes − c × (takes −
gives)*. A producer's is worth *gives + c × (takes − gives)*: what it sold and does not have it must buy.
Each band of the forecast is a step at that price, so that on average nobody pays more or earns less than
with the utility alone (the newsvendor's rule: Arrow, Harris & Marschak, Econometrica 19, 1951).

In the real-time market what is missing is bought at the same worth, and what is too much is given back at it.
"""

import numpy as np

from trading.strategies.forecast import LEVELS
from trading.strategies.situation import Bids

# A step is worth what its middle is; above the last band lies the rest.
_EDGES = np.array([0.0, *LEVELS, 1.0])
SURENESS = (_EDGES[:-1] + _EDGES[1:]) / 2


def bids(of):
    """Bid for the nodes of a situation."""
    worth = worth_rp_per_mwh(of)
    lower, upper = _steps(of)
    missing_wh = np.clip(upper - np.maximum(lower, of.has_wh), 0, None)
    missing_wh[-1] = 0  # beyond the last band nothing is expected
    too_much_wh = np.clip(np.minimum(upper, of.has_wh) - lower, 0, None)
    lacks, has_more = of.wanted_wh < 0, of.wanted_wh > 0
    consumes = of.is_consumer[:, None]
    bought = np.where(lacks & consumes, missing_wh, np.where(lacks & ~consumes, _unsure(too_much_wh), 0))
    sold = np.where(has_more & ~consumes, missing_wh, np.where(has_more & consumes, _unsure(too_much_wh), 0))
    return Bids(worth, worth, bought_wh=bought, sold_wh=sold)


def worth_rp_per_mwh(of):
    """What each step is worth to each node at its meter, shape (n_steps, n_nodes). [Rp/MWh]"""
    takes, gives = of.utility_takes_rp_per_mwh, of.utility_gives_rp_per_mwh
    sureness = SURENESS[:, None]
    of_consumers, of_producers = takes - sureness * (takes - gives), gives + sureness * (takes - gives)
    return np.rint(np.where(of.is_consumer, of_consumers, of_producers)).astype(np.int64)


def _steps(of):
    """Lower and upper end of each step, no more than the connection carries. [Wh]"""
    upper = np.minimum(of.bands_wh, of.carries_wh[:, None])
    nothing, everything = np.zeros_like(upper[:1]), np.broadcast_to(of.carries_wh[:, None], upper[:1].shape)
    return np.concatenate([nothing, upper]), np.concatenate([upper, everything])


def _unsure(too_much_wh):
    """Give back only what is more likely too much than not."""
    return np.where((SURENESS >= 0.5)[:, None, None], too_much_wh, 0)
