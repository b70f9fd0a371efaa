"""The village's homes that follow a plan, while their year is played: what they plan, and then do."""

from dataclasses import dataclass

import numpy as np

from trading.strategies import acting, courses, forecast, plans, shiftable, shifting, storage

AHEAD_DAYS = 3  # that perfect foresight sees
A_DAY = forecast.QUARTERS_A_DAY


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Rows of the village's meters, per home; `house_wh` is what they would count without what is planned."""

    nodes: np.ndarray
    consumer: np.ndarray
    producer: np.ndarray  # -1 where there is none
    bus: np.ndarray
    fee: np.ndarray
    batteries: storage.Batteries
    house_wh: np.ndarray  # the consumers' rows, then the producers'
    all_power: np.ndarray  # whether all that the battery can give is bid
    shares: np.ndarray  # of the power of all batteries that feed in
    loads: shiftable.Loads
    drawn_wh: np.ndarray  # of the loads, per quarter hour

    def net_wh(self, span):
        """What each home needs from outside without its battery."""
        net_wh = self.house_wh[: len(self.consumer), span].astype(np.int64)
        net_wh[self.producer >= 0] -= self.house_wh[len(self.consumer) :, span]
        return net_wh


def of(village, found, house_wh, loads, drawn_wh):
    """The homes as rows of the village's meters.

    :param found: as `village_meters.battery_homes`
    :param loads: the cars and heat pumps that are planned
    """
    consumer = np.searchsorted(village.meters, [home[0] for home in found])
    producer = np.array(
        [-1 if home[1] is None else np.searchsorted(village.meters, home[1]) for home in found]
    )
    own, feeds_in = village.metered(), producer >= 0
    batteries = storage.Batteries(
        power_wh=np.array([home[2] // 4 for home in found]),
        capacity_wh=np.array([home[3] for home in found]),
        feeds_in=feeds_in,
    )
    return Homes(
        nodes=village.meters[np.concatenate([consumer, producer[feeds_in]])],
        consumer=consumer,
        producer=producer,
        bus=own["bus"][consumer],
        fee=own["fee"][consumer],
        batteries=batteries,
        house_wh=house_wh[np.concatenate([consumer, producer[feeds_in]])],
        all_power=np.zeros(len(consumer), bool),
        shares=courses.shares(batteries),
        loads=loads,
        drawn_wh=drawn_wh,
    )


class Run:
    """The homes over some days in a row; their batteries begin empty."""

    def __init__(self, village, first, count):
        self.homes, self.first, self.offset = village.homes, first, first - village.first
        self.levels_wh = np.zeros((len(self.homes.consumer), count + 1), np.int64)  # before each quarter hour
        loads = self.homes.loads
        self.shifted_wh = np.repeat(loads.begins_at_wh()[:, None], count + 1, axis=1)
        self.foreseen_wh = self.foreseen_shifted_wh = None
        otherwise = np.where(loads.is_car, np.iinfo(np.int32).max, 0)  # a car charges at once
        self.shifted_rp_per_mwh = np.repeat(
            np.broadcast_to(otherwise[:, None], (len(otherwise), shiftable.LEVELS - 1))[None], count, axis=0
        )
        self.worth_rp_per_mwh = np.zeros((count, len(self.homes.consumer), storage.LEVELS - 1), np.int64)
        self.expected_price = np.full((count, len(self.homes.bus)), np.nan)  # day-ahead, at the homes' buses

    def plan(self, stretch, *, quarters, at, utility, real_time):
        """What the homes bid in the auction of some quarter hours."""
        village, homes = stretch.village, self.homes
        known = village.known_at(at)
        now = known.first + known.wh.shape[1] - self.first  # a place among the stretch's quarter hours
        since = known.first - village.first
        wh = homes.house_wh[:, since : since + known.wh.shape[1]]
        until = plans.horizon(self.first + now, quarters)
        prices = self._prices(stretch, now, until - self.first)
        if not real_time:
            auction = quarters - self.first
            self.expected_price[auction] = np.median(prices[:, :, auction - now], axis=0).T
        retail = utility.retail_rp_per_mwh[homes.bus] + homes.fee
        feed_in = utility.feed_in_rp_per_mwh[homes.bus] + homes.fee
        closed = slice(max(now, 0), self._closed_until(now, quarters))
        planned = plans.of(
            plans.Homes(
                consumer=village.meters[homes.consumer],
                producer=np.where(homes.producer >= 0, village.meters[homes.producer], -1),
                batteries=homes.batteries,
                level_wh=self.levels_wh[:, max(now, 0)],
                house=forecast.History(homes.nodes, known.starts_at, wh),
                state=shifting.State(
                    homes.loads,
                    self.shifted_wh[:, max(now, 0)],
                    homes.drawn_wh[:, since : since + known.wh.shape[1]],
                    self.shifted_rp_per_mwh[closed].transpose(1, 0, 2),
                ),
            ),
            until=until,
            quarters=quarters,
            held_wh=self._bought(stretch.scheduled_wh, closed),
            prices=prices,
            fee_rp_per_mwh=homes.fee,
            utility=(retail, feed_in),
            real_time=real_time,
            all_power=homes.all_power & real_time,
            sold_wh=courses.sold_wh(
                village.neighbours_need_wh(known), known, until=until, shares=homes.shares
            ),
        )
        if real_time:
            self.worth_rp_per_mwh[quarters - self.first] = planned.stored_rp_per_mwh.transpose(1, 0, 2)
            self.shifted_rp_per_mwh[quarters - self.first] = planned.shifted_rp_per_mwh.transpose(1, 0, 2)
        return planned

    def _closed_until(self, now, quarters):
        """Up to where nothing can be bought any more: an hour and a half from now, or the auction itself."""
        return min(max(now, 0) + 5, max(int(quarters[0]) - self.first, 0))

    def _prices(self, stretch, now, until):
        """At the homes' buses, as far as the last auctions have told them; the rest as on the days before."""
        since = max(now - (courses.PRICES_BACK_DAYS) * A_DAY, 0)
        prices = np.full((len(self.homes.bus), until - since), np.nan)
        ends = min(until, len(stretch.price))
        known = stretch.price[since:ends, self.homes.bus].T.astype(float)
        prices[:, : ends - since] = np.where(stretch.priced[since:ends], known, np.nan)
        found = courses.of_prices(prices)
        if now >= 0:
            return found[:, :, now - since :]
        # Nothing is known from before the first quarter hour.
        return np.pad(found, ((0, 0), (0, 0), (-now, 0)), constant_values=np.nan)

    def _bought(self, scheduled_wh, span):
        homes = self.homes
        bought = -scheduled_wh[homes.consumer, span]
        feeding = homes.producer >= 0
        bought[feeding] -= scheduled_wh[homes.producer[feeding], span]
        return bought

    def deliver(self, stretch, utility, span):
        """Let the homes do what they will in quarter hours whose last gate is closed."""
        homes, bought_wh = self.homes, self._bought(stretch.scheduled_wh, span)
        net_wh = homes.net_wh(slice(self.offset + span.start, self.offset + span.stop))
        retail, feed_in = utility.retail_rp_per_mwh[homes.bus], utility.feed_in_rp_per_mwh[homes.bus]
        required_wh = shiftable.required_wh(homes.loads, self.first + np.arange(span.start, span.stop))
        for place, quarter in enumerate(range(span.start, span.stop)):
            column = self.offset + quarter
            prices = {"price": stretch.price[quarter, homes.bus], "retail": retail, "feed_in": feed_in}
            deviating = storage.Deviating.expected(**prices, fee=homes.fee)
            known = acting.Known(
                net_wh=net_wh[:, place],
                bought_wh=bought_wh[:, place],
                deviating=deviating,
                shifting=deviating.evenly(**prices),
                stored_rp_per_mwh=self.worth_rp_per_mwh[quarter],
                drawn_wh=homes.drawn_wh[:, column],
                required_wh=required_wh[:, place],
                shifted_rp_per_mwh=self.shifted_rp_per_mwh[quarter],
            )
            done = acting.act(
                homes.batteries,
                homes.loads,
                level_wh=self.levels_wh[:, quarter],
                shifted_wh=self.shifted_wh[:, quarter],
                known=known,
            )
            self.levels_wh[:, quarter + 1], self.shifted_wh[:, quarter + 1] = done.level_wh, done.shifted_wh
            self._meter(stretch.village, column, done.outside_wh)

    def _meter(self, village, column, outside_wh):
        homes, feeding = self.homes, self.homes.producer >= 0
        village.wh[homes.consumer, column] = np.maximum(outside_wh, 0)
        village.wh[homes.producer[feeding], column] = np.maximum(-outside_wh[feeding], 0)

    def price_errors(self, price, span):
        """How far prices were from what was expected day-ahead, and from those of a week ago, on the mean."""
        price = price[:, self.homes.bus]
        week_ago = slice(span.start - 7 * A_DAY, span.stop - 7 * A_DAY)
        if week_ago.start < 0:
            return np.nan, np.nan
        naive, expected = price[week_ago], self.expected_price[span]
        return np.abs(expected - price[span]).mean(), np.abs(naive - price[span]).mean()

    def foresee(self, stretch, span, cost_urp):
        """Put in what the span would have cost, had each home known prices and needs.

        Spans come in order; before the first a battery holds what it does, and what it holds less than that
        after the last is paid for, as cheaply as it could be had on that day.
        """
        if self.foreseen_wh is None:
            self.foreseen_wh = self.levels_wh[:, span.start]
        homes, ends = self.homes, min(span.start + AHEAD_DAYS * A_DAY, len(stretch.price))
        net_wh = homes.net_wh(slice(self.offset + span.start, self.offset + ends))
        prices = stretch.price[span.start : ends, homes.bus].T
        buys_at, sells_at = prices + homes.fee[:, None], prices
        ahead = span.stop - span.start
        net_wh = self._foresee_loads(net_wh, buys_at, sells_at, span, ends)
        planned = storage.plan(
            homes.batteries,
            level_wh=self.foreseen_wh,
            net_wh=net_wh[None],
            buys_at=buys_at[None],
            sells_at=sells_at[None],
            held_wh=net_wh[:, :0],
            ahead=ahead,
        )
        flow_wh = planned.flow_wh
        kept_wh = np.where(flow_wh > 0, flow_wh * storage.ROUND_TRIP_PERCENT / 100, flow_wh).sum(axis=1)
        self.foreseen_wh = np.clip(self.foreseen_wh + kept_wh, 0, homes.batteries.capacity_wh)
        outside_wh = net_wh[:, : flow_wh.shape[1]] + flow_wh
        feeding = homes.producer >= 0
        paid = np.maximum(outside_wh, 0) * buys_at[:, : flow_wh.shape[1]]
        earned = np.maximum(-outside_wh, 0) * sells_at[:, : flow_wh.shape[1]]
        cost_urp[homes.consumer] = (paid - earned).sum(axis=1)
        cost_urp[homes.producer[feeding]] = 0
        if ends == span.stop:
            cheapest = np.where(feeding, sells_at.min(axis=1), buys_at.min(axis=1))
            lacks_wh = (self.levels_wh[:, ends] - self.foreseen_wh) * 100 // storage.ROUND_TRIP_PERCENT
            cost_urp[homes.consumer] += (lacks_wh * cheapest).astype(np.int64)

    def lacks_urp(self, stretch, column, day):
        """What it costs to fill what loads lack before a quarter hour, per meter, at the mean price of a day.

        :returns: as it was traded, with the utility alone, and as it was foreseen
        """
        homes, loads = self.homes, self.homes.loads
        utility = stretch.village.utility[day].retail_rp_per_mwh[homes.bus] + homes.fee
        price = (stretch.price[stretch.span_of(day), homes.bus] + homes.fee).mean(axis=0)
        held_wh = self.shifted_wh[:, column]
        foreseen_wh = held_wh if self.foreseen_shifted_wh is None else self.foreseen_shifted_wh
        found = np.zeros((3, len(stretch.village.meters)), np.int64)
        for row, (wh, at) in enumerate(((held_wh, price), (held_wh, utility), (foreseen_wh, price))):
            lacks_urp = ((loads.begins_at_wh() - wh) * at[loads.home]).astype(np.int64)
            np.add.at(found[row], homes.consumer[loads.home], lacks_urp)
        return found

    def _foresee_loads(self, net_wh, buys_at, sells_at, span, ends):
        """What homes need with their cars and heat pumps, had each known prices and draws."""
        loads = self.homes.loads
        if not len(loads.home):
            return net_wh
        if self.foreseen_shifted_wh is None:
            self.foreseen_shifted_wh = self.shifted_wh[:, span.start]
        drawn_wh = self.homes.drawn_wh[:, self.offset + span.start : self.offset + ends]
        planned = shiftable.plan(
            loads,
            level_wh=self.foreseen_shifted_wh,
            drawn_wh=drawn_wh[None],
            net_wh=net_wh[None, loads.home],
            buys_at=buys_at[None, loads.home],
            sells_at=sells_at[None, loads.home],
            required_wh=shiftable.required_wh(loads, self.first + np.arange(span.start, ends)),
            ahead=ends - span.start,
        )
        net_wh = net_wh.astype(float)
        np.add.at(net_wh, loads.home, planned.taken_wh[0])
        place = span.stop - span.start - 1
        self.foreseen_shifted_wh = planned.level_wh[0, :, place] + planned.taken_wh[0, :, place]
        return net_wh
