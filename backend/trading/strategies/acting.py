"""What do homes that follow a plan do in one quarter hour, now that prices and needs are known?"""

from dataclasses import dataclass

import numpy as np

from trading.strategies import shiftable, storage


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of one quarter hour; per home, or per load where it says so. [Wh, Rp/MWh]

    `net_wh` is what a home needs from outside without its battery, car and heat pump, `bought_wh` what it has
    to withdraw by its schedule.
    """

    net_wh: np.ndarray
    bought_wh: np.ndarray
    deviating: storage.Deviating
    shifting: storage.Deviating  # the same for what may wait
    stored_rp_per_mwh: np.ndarray
    drawn_wh: np.ndarray  # per load
    required_wh: np.ndarray  # per load
    shifted_rp_per_mwh: np.ndarray  # per load


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What batteries and loads did, and hold then."""

    outside_wh: np.ndarray
    flow_wh: np.ndarray
    level_wh: np.ndarray
    taken_wh: np.ndarray
    shifted_wh: np.ndarray


def act(batteries, loads, *, level_wh, shifted_wh, known):
    """Let loads take what is best for them, and then batteries.

    :param level_wh: what batteries hold
    :param shifted_wh: what loads hold
    """
    taken_wh, shifted_wh = shiftable.taken(
        loads,
        level_wh=shifted_wh,
        drawn_wh=known.drawn_wh,
        net_wh=known.net_wh[loads.home],
        bought_wh=known.bought_wh[loads.home],
        worth_rp_per_mwh=known.shifted_rp_per_mwh,
        deviating=known.shifting.of(loads.home),
        required_wh=known.required_wh,
    )
    net_wh = known.net_wh.copy()
    np.add.at(net_wh, loads.home, taken_wh)
    flow_wh, level_wh = storage.answer(
        batteries,
        level_wh=level_wh,
        net_wh=net_wh,
        bought_wh=known.bought_wh,
        worth_rp_per_mwh=known.stored_rp_per_mwh,
        deviating=known.deviating,
    )
    return Done(net_wh + flow_wh, flow_wh, level_wh, taken_wh, shifted_wh)
