"""What a strategy sees when it is asked to bid, and what it answers: arrays over nodes and periods."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Nodes of one strategy before one gate. Prices are at the meter [Rp/MWh], energies per period [Wh].

    `wanted_wh[i, p]` is what node i still has to sell (+) or buy (−) to meet its newest forecast; a node
    without readings wants nothing. `utility_takes` and `utility_gives` are what the utility's tariffs come to
    at its meter.
    """

    nodes: np.ndarray
    is_consumer: np.ndarray
    limit_rp_per_mwh: np.ndarray
    utility_takes_rp_per_mwh: np.ndarray
    utility_gives_rp_per_mwh: np.ndarray
    carries_wh: np.ndarray
    wanted_wh: np.ndarray

    def only(self, chosen):
        """The part of it that concerns some of the nodes."""
        return Situation(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Bids:
    """One limit per node and side, quantities per period; a node may buy in one and sell in another."""

    buy_at_rp_per_mwh: np.ndarray
    sell_at_rp_per_mwh: np.ndarray
    bought_wh: np.ndarray
    sold_wh: np.ndarray


def as_wanted(situation, *, buy_at_rp_per_mwh, sell_at_rp_per_mwh):
    """Bid for what is wanted, no more than the connection carries."""
    carries_wh = situation.carries_wh[:, None]
    return Bids(
        buy_at_rp_per_mwh,
        sell_at_rp_per_mwh,
        bought_wh=np.clip(-situation.wanted_wh, 0, carries_wh),
        sold_wh=np.clip(situation.wanted_wh, 0, carries_wh),
    )
