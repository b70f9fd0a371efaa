"""Manual: trade the forecast at the household's own limit, wherever it has not placed an order itself.

A consumer's limit is for buying, a producer's for selling. What was traded too much goes back at the
utility's tariffs, since that is what it would cost otherwise.
"""

import numpy as np

from trading.strategies import situation


def bids(of):
    """Bid for the nodes of a situation."""
    return situation.as_wanted(
        of,
        buy_at_rp_per_mwh=np.where(of.is_consumer, of.limit_rp_per_mwh, of.utility_takes_rp_per_mwh),
        sell_at_rp_per_mwh=np.where(of.is_consumer, of.utility_gives_rp_per_mwh, of.limit_rp_per_mwh),
    )
