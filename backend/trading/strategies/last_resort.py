"""Last Resort: the utility sells at retail and buys at the feed-in tariff, as much as anyone wants.

Its producer node sells and its consumer node buys all that their connection carries, in every period of every
auction: so there is always a price, and nobody does worse than with the utility alone.
"""

import numpy as np

from trading.strategies.situation import Bids


def bids(of):
    """Bid for the nodes of a situation."""
    everything_wh = np.broadcast_to(of.carries_wh[:, None], of.wanted_wh.shape)
    return Bids(
        buy_at_rp_per_mwh=of.utility_gives_rp_per_mwh[None],
        sell_at_rp_per_mwh=of.utility_takes_rp_per_mwh[None],
        bought_wh=np.where(of.is_consumer[:, None], everything_wh, 0)[None],
        sold_wh=np.where(of.is_consumer[:, None], 0, everything_wh)[None],
    )
