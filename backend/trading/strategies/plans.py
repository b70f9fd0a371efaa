"""What homes that store or shift energy plan before a gate, as steps to bid: from forecasts and prices."""

from dataclasses import dataclass

import numpy as np

from trading.strategies import courses, forecast, shiftable, shifting, storage

MORE = (0.1, 0.25, 0.5, 1)  # edges of the steps beyond what is needed, as shares of it
STEPS = len(forecast.LEVELS) + len(MORE)
# Quarter hours, from now and after delivery: what is stored serves the next morning.
AHEAD, BEYOND = 36 * 4, 18 * 4


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Homes that plan. `producer` is −1 where there is none; levels and readings are known by now.

    `house` holds what the homes' two meters would have counted without their batteries, cars and heat pumps:
    a row per consumer node, in the order of the homes, then a row per producer node that there is, in the
    same order. Who has no battery has one of no capacity.
    """

    consumer: np.ndarray
    producer: np.ndarray
    batteries: storage.Batteries
    level_wh: np.ndarray
    house: forecast.History
    state: shifting.State | None = None  # of their cars and heat pumps


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What each node of a home bids: (step, node, period) in Wh and Rp/MWh at the meter.

    A consumer's prices fall from step to step, a producer's rise. `stored_rp_per_mwh` is what stored energy
    is worth then, (home, period, level), and `shifted_rp_per_mwh` for each of `loads`: by it the batteries
    and loads act when needs are known.
    """

    nodes: np.ndarray
    wh: np.ndarray
    prices_rp_per_mwh: np.ndarray
    stored_rp_per_mwh: np.ndarray
    loads: np.ndarray
    shifted_rp_per_mwh: np.ndarray


def horizon(now, quarters):
    """The quarter hour before which a plan for some quarter hours ends."""
    return max(now + AHEAD, int(quarters[-1]) + 1 + BEYOND)


def of(
    homes,
    *,
    until,
    quarters,
    held_wh,
    prices,
    fee_rp_per_mwh,
    utility,
    real_time,
    all_power=None,
    sold_wh=None,
):
    """Plan, and say what to bid in the auction of some quarter hours.

    Parameters
    ----------
    homes : Homes
    until : int
        The number of the quarter hour before which the horizon ends.
    quarters : ndarray of int64
        The auction's.
    held_wh : ndarray, shape (n_homes, n_held)
        What the homes withdraw in the quarter hours from now whose gates are closed.
    prices : ndarray, shape (n_courses, n_homes, n_horizon)
        At the homes' buses, from now until the horizon's end. [Rp/MWh]
    fee_rp_per_mwh : ndarray, shape (n_homes,)
        What a home pays for withdrawing.
    utility : (takes, gives)
        What the utility's tariffs come to at the consumer's meter, per home. [Rp/MWh]
    real_time : bool
        Whether all that a battery can take is bid, not only what is planned.
    all_power : ndarray of bool, shape (n_homes,), optional
        Whether all that it can give is bid, too.
    sold_wh : ndarray, shape of `prices`, optional
        The most that each home expects to sell of what it stores.
    """
    now = homes.house.first + homes.house.wh.shape[1]
    (takes, gives), fee = utility, fee_rp_per_mwh[:, None]
    prices = np.where(np.isnan(prices), takes[:, None] - fee, prices)
    net_wh = courses.of_needs(homes, np.arange(now, until))
    expected_wh = _net_bands(homes, expected_bands(homes, quarters))
    state, shifted = homes.state, None
    if state is not None and len(state.loads.home):
        shifted = shifting.of(
            state,
            first=homes.house.first,
            quarters=quarters,
            held_wh=held_wh,
            homes_net_wh=net_wh,
            expected_net_wh=expected_wh[len(forecast.LEVELS) // 2],
            prices=prices,
            fee_rp_per_mwh=fee_rp_per_mwh,
            utility=utility,
            real_time=real_time,
        )
        net_wh[..., : shifted.taken_wh.shape[1]] += shifted.taken_wh
        expected_wh += shifted.own_wh
    planned = storage.plan(
        homes.batteries,
        level_wh=homes.level_wh,
        net_wh=net_wh,
        buys_at=prices + fee,
        sells_at=prices,
        held_wh=held_wh,
        sold_wh=sold_wh,
        ahead=int(quarters[-1]) + 1 - now,
    )
    span = slice(int(quarters[0]) - now, int(quarters[-1]) + 1 - now)
    can = _Can.of(homes, planned, expected_wh, span)
    taken, given = _beyond_need(can, planned.flow_wh[:, span], real_time=real_time, all_power=all_power)
    return _curves(homes, can, taken, given, shifted, short=takes[:, None], spare=gives[:, None], fee=fee)


def _beyond_need(can, flow_wh, *, real_time, all_power):
    """What is bid beyond what homes need or have too much: to take, and to feed in."""
    taken = can.takes_wh if real_time else np.minimum(np.maximum(flow_wh, 0), can.takes_wh)
    given = np.minimum(np.maximum(-flow_wh, 0), can.gives_wh)
    if all_power is not None:
        given = np.where(all_power[:, None], can.gives_wh, given)
    return taken, np.where(can.batteries.feeds_in[:, None], given, 0)


def _curves(homes, can, taken, given, shifted, *, short, spare, fee):
    """The curves of both nodes: a producer's prices are those at its own meter, without the fee."""
    bought, buys = _steps(can.net_wh, taken, lambda wh: can.worth_rp_per_mwh(wh, short, spare))
    sold, sells = _steps(
        -can.net_wh[::-1], given, lambda wh: can.worth_rp_per_mwh(-wh, short - fee, spare - fee)
    )
    feeding = homes.producer >= 0
    wh = np.concatenate([bought, sold[:, feeding]], axis=1)
    prices = np.concatenate([buys, sells[:, feeding]], axis=1)
    loads, shifted_rp_per_mwh = shiftable.none().key, np.zeros((0, wh.shape[2], shiftable.LEVELS - 1))
    if shifted is not None:
        wh, prices = shifting.beside(shifted, len(homes.consumer), wh, prices)
        loads, shifted_rp_per_mwh = shifted.loads.key, shifted.stored_rp_per_mwh
    return Steps(
        nodes=np.concatenate([homes.consumer, homes.producer[feeding]]),
        wh=wh,
        prices_rp_per_mwh=prices,
        stored_rp_per_mwh=np.rint(can.stored_rp_per_mwh).astype(np.int64),
        loads=loads,
        shifted_rp_per_mwh=shifted_rp_per_mwh,
    )


def expected_bands(homes, quarters):
    """What the homes would stay below without their batteries: (level, row of `house`, quarter hour)."""
    producers = np.arange(len(homes.house.wh)) >= len(homes.consumer)
    return forecast.bands(homes.house, producers=producers, quarters=quarters).astype(np.int64)


def _net_bands(homes, bands_wh):
    """What each home may need in the end, as likely in each band: much if its roof has little."""
    count, feeding = len(homes.consumer), homes.producer >= 0
    net_wh = bands_wh[:, :count].copy()
    net_wh[:, feeding] -= bands_wh[::-1, count:]
    return net_wh


@dataclass(frozen=True, slots=True, eq=False)
class _Can:
    """What batteries can do in some quarter hours, and what homes may need of them.

    `net_wh` has a row per band; `takes_wh` and `gives_wh` are the most at the meter.
    """

    batteries: storage.Batteries
    net_wh: np.ndarray
    level_wh: np.ndarray
    takes_wh: np.ndarray
    gives_wh: np.ndarray
    stored_rp_per_mwh: np.ndarray

    @classmethod
    def of(cls, homes, planned, net_wh, span):
        batteries, level_wh = homes.batteries, planned.level_wh[:, span]
        power_wh, room_wh = batteries.power_wh[:, None], batteries.capacity_wh[:, None] - level_wh
        takes_wh = np.minimum(power_wh, room_wh * 100 // storage.ROUND_TRIP_PERCENT).astype(np.int64)
        gives_wh = np.minimum(power_wh, level_wh).astype(np.int64)
        return cls(batteries, net_wh, level_wh, takes_wh, gives_wh, planned.worth_rp_per_mwh[:, span])

    def worth_rp_per_mwh(self, withdrawn_wh, short, spare):
        """What the last Wh is worth that a home withdraws: what its battery saves with it, on average.

        Where more is lacking than the battery can give it is worth what the utility takes (`short`), where
        there is more than it can take, what the utility gives (`spare`).
        """
        flow_wh = withdrawn_wh[:, None] - self.net_wh
        given = np.where(
            self.batteries.feeds_in[:, None], self.gives_wh, np.minimum(self.gives_wh, self.net_wh.clip(0))
        )
        kept = np.where(flow_wh > 0, storage.ROUND_TRIP_PERCENT / 100, 1)
        worth = kept * self._stored_at(self.level_wh + kept * flow_wh)
        worth = np.where(flow_wh > self.takes_wh, spare, np.clip(worth, spare, short))
        return np.where(flow_wh < -given, short, worth).mean(axis=1)

    def _stored_at(self, level_wh):
        by_home = level_wh.transpose(2, 3, 0, 1)  # (home, period, step, band)
        homes, periods = by_home.shape[:2]
        capacity = np.repeat(self.batteries.capacity_wh, periods)
        worth = storage.worth_at(
            capacity,
            self.stored_rp_per_mwh.reshape(homes * periods, -1),
            by_home.reshape(homes * periods, -1),
        )
        return worth.reshape(by_home.shape).transpose(2, 3, 0, 1)


def _steps(needed_wh, more_wh, worth):
    """Quantities up to what is needed in each band and, beyond the last, shares of what more there is."""
    needed = np.maximum(needed_wh, 0)
    beyond = needed[-1] + np.array([np.rint(share * more_wh) for share in MORE])
    edges = np.concatenate([np.zeros_like(needed[:1]), needed, beyond]).astype(np.int64)
    prices = np.rint(worth((edges[1:] + edges[:-1]) / 2)).astype(np.int64)
    return np.diff(edges, axis=0), prices
