"""What do cars and heat pumps bid, besides what their homes need? From forecasts and published prices."""

from dataclasses import dataclass

import numpy as np

from trading.strategies import courses, shiftable, storage

SHARES = (0.25, 0.5, 0.75, 1)  # edges of the steps, of what a load may take in a quarter hour


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The loads of homes that plan: what they hold, and what was drawn in the quarter hours of a history.

    `closed_rp_per_mwh` is what energy is worth to them in those whose gates are closed, from now on.
    """

    loads: shiftable.Loads
    level_wh: np.ndarray
    drawn_wh: np.ndarray
    closed_rp_per_mwh: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Bids:
    """What loads take on the mean, and bid in the quarter hours of an auction.

    `taken_wh` is by home, for all quarter hours of the plan; `own_wh` what of it comes from the home's own
    roof in those of the auction. `wh` and `prices_rp_per_mwh` are (step, load, quarter hour), for what comes
    from outside; `stored_rp_per_mwh` is (load, quarter hour, level).
    """

    loads: shiftable.Loads
    taken_wh: np.ndarray
    own_wh: np.ndarray
    wh: np.ndarray
    prices_rp_per_mwh: np.ndarray
    stored_rp_per_mwh: np.ndarray


def of(
    state,
    *,
    first,
    quarters,
    held_wh,
    homes_net_wh,
    expected_net_wh,
    prices,
    fee_rp_per_mwh,
    utility,
    real_time,
):
    """Plan, and say what to bid.

    Parameters
    ----------
    state : State
    first : int
        The number of the first quarter hour of the history.
    quarters : ndarray of int64
        The auction's.
    homes_net_wh : ndarray, shape (n_courses, n_homes, n_horizon)
        What homes need from outside, from now on.
    expected_net_wh : ndarray, shape (n_homes, n_quarters)
        The same in the auction's quarter hours, as likely more as less.
    held_wh, prices, fee_rp_per_mwh, utility, real_time
        As in `plans.of`.
    """
    loads, now = state.loads, first + state.drawn_wh.shape[1]
    horizon = now + np.arange(homes_net_wh.shape[2])
    required = shiftable.required_wh(loads, horizon)
    ahead = int(quarters[-1]) + 1 - now
    net_wh, buys_at, sells_at = (
        each[:, loads.home] for each in _closed(held_wh, homes_net_wh, prices, fee_rp_per_mwh, utility)
    )
    planned = shiftable.plan(
        loads,
        level_wh=state.level_wh,
        drawn_wh=courses.of_draws(state.drawn_wh, first, horizon),
        net_wh=net_wh,
        buys_at=buys_at,
        sells_at=sells_at,
        required_wh=required,
        ahead=ahead,
        closed=state.closed_rp_per_mwh,
    )
    span = slice(int(quarters[0]) - now, ahead)
    mean_wh = planned.taken_wh.mean(axis=0)
    own_wh = _from_own_roof(loads, mean_wh[:, span], expected_net_wh)
    most_wh = np.broadcast_to(loads.power_wh[:, None], own_wh.shape) if real_time else mean_wh[:, span]
    short, spare = (each[loads.home, None] for each in utility)
    edges = np.rint([own_wh + share * (most_wh - own_wh) for share in (0, *SHARES)])
    middles = (edges[1:] + edges[:-1]) / 2
    worth = shiftable.worth_of(loads, planned, middles, span, required[:, span], short=short, spare=spare)
    return Bids(
        loads=loads,
        taken_wh=_by_home(loads, mean_wh, homes_net_wh.shape[1]),
        own_wh=_by_home(loads, own_wh, homes_net_wh.shape[1]),
        # What finds no room in any course is not worth an order.
        wh=np.where(worth > spare, np.diff(edges, axis=0), 0).astype(np.int64),
        prices_rp_per_mwh=np.rint(worth).astype(np.int64),
        stored_rp_per_mwh=np.rint(planned.worth_rp_per_mwh[:, span]).astype(np.int64),
    )


def _closed(held_wh, net_wh, prices, fee_rp_per_mwh, utility):
    """What homes need, and what a Wh costs and earns them: where gates are closed, beside what is bought.

    There it is what deviates that costs and brings (`storage.Deviating`).
    """
    count, fee = held_wh.shape[1], fee_rp_per_mwh[:, None]
    takes, gives = (each[:, None] for each in utility)
    net_wh, buys_at, sells_at = net_wh.copy(), prices + fee, prices.copy()
    net_wh[..., :count] -= held_wh
    closed = {"price": prices[..., :count], "retail": takes - fee, "feed_in": gives - fee}
    deviating = storage.Deviating.expected(**closed, fee=fee).evenly(**closed)
    buys_at[..., :count] = deviating.short + fee
    sells_at[..., :count] = deviating.long + fee
    return net_wh, buys_at, sells_at


def beside(bids, count, wh, prices_rp_per_mwh):
    """Put the loads' steps among those of the nodes, of which the first `count` are the homes' consumers.

    A consumer's prices still fall from step to step; a producer's steps stay as they are.
    """
    rank = _ranks(bids.loads.home)
    steps = len(SHARES) * (int(rank.max(initial=-1)) + 1)
    more_wh = np.zeros((steps, *wh.shape[1:]), np.int64)
    more_prices = np.repeat(prices_rp_per_mwh[-1:], steps, axis=0)
    for step in range(len(SHARES)):
        more_wh[rank * len(SHARES) + step, bids.loads.home] = bids.wh[step]
        more_prices[rank * len(SHARES) + step, bids.loads.home] = bids.prices_rp_per_mwh[step]
    wh, prices = np.concatenate([wh, more_wh]), np.concatenate([prices_rp_per_mwh, more_prices])
    order = np.broadcast_to(np.arange(len(wh))[:, None, None], wh.shape).copy()
    order[:, :count] = np.argsort(-prices[:, :count], axis=0, kind="stable")
    return np.take_along_axis(wh, order, axis=0), np.take_along_axis(prices, order, axis=0)


def _from_own_roof(loads, taken_wh, net_wh):
    """What of it the home's own surplus gives, shared by what each of its loads takes."""
    together = _by_home(loads, taken_wh, len(net_wh))
    share = np.minimum(np.maximum(-net_wh, 0) / np.maximum(together, 1), 1)
    return taken_wh * share[loads.home]


def _by_home(loads, wh, count):
    sums = np.zeros((count, wh.shape[1]))
    np.add.at(sums, loads.home, wh)
    return np.rint(sums).astype(np.int64)


def _ranks(homes):
    """Which of its home's loads each one is, counted from 0."""
    return np.array([int((homes[:place] == home).sum()) for place, home in enumerate(homes)], np.int64)
