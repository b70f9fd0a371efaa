"""What a strategy sees when it is asked to bid, and what it answers: arrays over nodes and periods."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Nodes of one strategy before one gate. Prices are at the meter [Rp/MWh], energies per period [Wh].

    `wanted_wh[i, p]` is what node i still has to sell (+) or buy (−) to meet its newest forecast; a node
    without readings wants nothing. `bands_wh[k, i, p]` is what it stays below with probability
    `forecast.LEVELS[k]`, `has_wh[i, p]` what it has bought or sold of that already. `utility_takes` and
    `utility_gives` are what the utility's tariffs come to at its meter. Where `has_plan`, the steps of
    `plans.Steps` are `plan_wh[s, i, p]` and `plan_prices_rp_per_mwh[s, i, p]`.
    """

    nodes: np.ndarray
    is_consumer: np.ndarray
    limit_rp_per_mwh: np.ndarray
    utility_takes_rp_per_mwh: np.ndarray
    utility_gives_rp_per_mwh: np.ndarray
    carries_wh: np.ndarray
    wanted_wh: np.ndarray
    bands_wh: np.ndarray
    has_wh: np.ndarray
    has_plan: np.ndarray
    plan_wh: np.ndarray
    plan_prices_rp_per_mwh: np.ndarray

    def only(self, chosen):
        """The part of it that concerns some of the nodes."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        # Nodes are the last axis but one where there are steps or bands before them.
        return Situation(
            **{name: part[:, chosen] if part.ndim == 3 else part[chosen] for name, part in parts.items()}
        )


@dataclass(frozen=True, slots=True, eq=False)
class Bids:
    """Steps per node and side: quantities (n_steps, n_nodes, n_periods), prices too, or one for all."""

    buy_at_rp_per_mwh: np.ndarray
    sell_at_rp_per_mwh: np.ndarray
    bought_wh: np.ndarray
    sold_wh: np.ndarray


def as_wanted(situation, *, buy_at_rp_per_mwh, sell_at_rp_per_mwh):
    """Bid in one step for what is wanted, no more than the connection carries."""
    carries_wh = situation.carries_wh[:, None]
    return Bids(
        buy_at_rp_per_mwh[None],
        sell_at_rp_per_mwh[None],
        bought_wh=np.clip(-situation.wanted_wh, 0, carries_wh)[None],
        sold_wh=np.clip(situation.wanted_wh, 0, carries_wh)[None],
    )
