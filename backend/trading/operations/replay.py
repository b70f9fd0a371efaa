"""A household's week as another strategy would have traded it, on the real books of its auctions.

Everybody else's orders, meters and deviations stay as they were; so do capacities, tariffs and gates. What
the household would have bid follows from its own readings, as far as they had been received before each gate.
"""

from dataclasses import dataclass, replace

import numpy as np

from trading.operations import past, stretch, village_year
from trading.orders.queries import Book
from trading.results import decision, solver
from trading.results.models import Result
from trading.settlement import netting
from trading.strategies import forecast


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Household(village_year.Village):
    """One household as if it were the whole village: its meters, and what of them was known when."""

    neighbours_wh: np.ndarray  # per quarter hour: what those without a plan withdrew more than they fed in
    received_at: np.ndarray  # per quarter hour: when its readings and all before it had been received [s]

    def known_at(self, at):
        """What the meters had reported by an instant."""
        ended = forecast.quarter_of(at) - self.first
        until = min(ended, int(np.searchsorted(self.received_at, at.timestamp(), side="right")))
        since = max(until - forecast.HISTORY_DAYS * forecast.QUARTERS_A_DAY, 0)
        return forecast.History(self.meters, forecast.utc(self.first + since), self.wh[:, since:until])

    def neighbours_need_wh(self, known):
        """What the neighbours without a plan withdrew more than they fed in, as far as it is known."""
        since = known.first - self.first
        return self.neighbours_wh[since : since + known.wh.shape[1]]


@dataclass(frozen=True, slots=True, eq=False)
class Auction:
    """A real auction with what it was cleared with: the book, the grid, the bounds.

    `book` is without the household's orders; `own` has their numbers by node and side.
    """

    closes_at: object
    market: object
    day: object
    begins_at: object
    ends_at: object
    book: Book
    own: dict
    tree: object
    bounds: tuple
    with_blocks: bool

    @classmethod
    def of(cls, auction, result, book, tree, without):
        """An auction as it was, but for the orders of some nodes."""
        theirs = np.isin(book.node_ids, without)
        keys = zip(book.node_ids[theirs].tolist(), book.is_buy[theirs].tolist(), strict=True)
        return cls(
            closes_at=auction.gate_closes_at,
            market=auction.market,
            day=auction.delivery_day,
            begins_at=auction.delivery_starts_at,
            ends_at=auction.delivery_ends_at,
            book=book.taken(np.flatnonzero(~theirs)),
            own=dict(zip(keys, book.order_ids[theirs].tolist(), strict=True)),
            tree=tree,
            bounds=decision.bounds_of(auction.market, book),
            with_blocks=result.rung == Result.Rung.FULL,
        )


class Replay(stretch.Stretch):
    """A household's days with one strategy; `play` takes the real auctions in the order of their gates."""

    def __init__(self, household, days, *, before, others, utility_nodes):
        """Begin.

        :param before: prices at the buses, whether there were any, and what was scheduled, in the days before
            the first
        :param others: everybody's real deviations, and the rows of the household's meters in them
        """
        super().__init__(household, days, lead_in=past.LEAD_IN)
        self.start = self.span_of(days[0]).start
        (
            self.price[: self.start],
            self.has_price[: self.start],
            self.scheduled_wh[:, : self.start],
        ) = before
        self.priced[: self.start] = self.has_price[: self.start]
        self.others, self.utility_nodes = others, utility_nodes
        self.from_utility_wh = np.zeros_like(self.scheduled_wh)
        self.netted_wh = np.zeros_like(self.scheduled_wh)

    def play(self, auction):
        """Bid in a real auction, clear it, and let flow what flows."""
        self.auction = auction
        self.trade(auction.closes_at, auction.market, auction.day, auction.begins_at, auction.ends_at)

    def skip(self, market, day, begins_at, ends_at):
        """Let flow what flows where an auction gave no result."""
        span = slice(forecast.quarter_of(begins_at) - self.first, forecast.quarter_of(ends_at) - self.first)
        if self.batteries and market.delivery_minutes is not None:
            self.batteries.deliver(self, self.village.utility[day], span)

    def _decide(self, market, day, quarters, at, span):
        auction, own = (
            self.auction,
            stretch.book_of(self.village, self._proposed(market, day, quarters, at, span)),
        )
        decided = decision.decide(
            book=_together(auction, own),
            tree=auction.tree,
            periods=len(quarters),
            bounds=auction.bounds,
            solve=solver.here,
            with_blocks=auction.with_blocks,
        )
        self._note_supplies(decision.supplies(decided, auction.tree), span)
        return decided

    def _note_supplies(self, supplied, span):
        """Add what the utility supplied, less what it took."""
        for theirs, own, sign in (
            (supplied.seller, supplied.buyer, 1),
            (supplied.buyer, supplied.seller, -1),
        ):
            of_utility = np.isin(theirs, self.utility_nodes) & np.isin(own, self.village.meters)
            rows = np.searchsorted(self.village.meters, own[of_utility])
            places = span.start + supplied.period[of_utility]
            np.add.at(self.from_utility_wh, (rows, places), sign * supplied.energy_wh[of_utility])

    def _netted(self, deviations_wh, span):
        everyone, rows = self.others
        place = slice(span.start - self.start, span.stop - self.start)
        deviations = everyone[:, place].copy()
        deviations[rows] = deviations_wh
        netted_wh = netting.netted_wh(deviations)[rows]
        # Without any price there was nothing to net at.
        netted_wh = np.where(self.has_price[span], netted_wh, 0)
        self.netted_wh[:, span] = netted_wh
        return netted_wh

    def community_wh(self, day):
        """What of a day's metered energy was the community's, per meter, as `settlement.days` counts it."""
        span, metered_wh = self.span_of(day), self.metered_wh(day)
        direction = np.where(self.village.metered()["consumer"], 1, -1)[:, None]
        traded = -(self.scheduled_wh[:, span] + self.from_utility_wh[:, span]) * direction
        met = -self.netted_wh[:, span] * direction
        return np.minimum(metered_wh, traded.clip(0) + met.clip(0)).sum(axis=1)


def _together(auction, own):
    """The book with other orders of the household: with the numbers of its real ones, or after all others.

    Numbers decide where something is left over at the margin.
    """
    book = auction.book
    after = max([int(book.order_ids.max(initial=0)), *auction.own.values()])
    sides = zip(own.node_ids.tolist(), own.is_buy.tolist(), strict=True)
    numbers = [auction.own.get(side, after + 1 + place) for place, side in enumerate(sides)]
    own = replace(own, order_ids=np.array(numbers, np.int64))
    first = np.concatenate([book.first, book.first[-1] + own.first[1:]])
    names = ("order_ids", "node_ids", "buses", "is_buy", "is_linear", "fees_rp_per_mwh")
    names += ("periods", "prices_rp_per_mwh", "quantities_wh")
    joined = {name: np.concatenate([getattr(book, name), getattr(own, name)]) for name in names}
    return Book(first=first, blocks=book.blocks, **joined).sorted()
