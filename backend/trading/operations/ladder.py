"""From a frozen book to a proven outcome, in the time there is: one rung after the other."""

import time
from dataclasses import dataclass

import numpy as np
import structlog

from trading.operations import crashpoint
from trading.orders import queries as orders
from trading.results import operations as results
from trading.results.models import Result

log = structlog.get_logger(__name__)

FAILURES = (results.SolverFailed, results.CertificateRefused)
FULL, WITHOUT_BLOCKS = Result.Rung.FULL, Result.Rung.WITHOUT_BLOCKS
TRIAL_S = 5  # for a part of the book, when a culprit is looked for
WRITING_S = 10  # before the deadline, for what comes after the decision
MOST_ASIDE, MOST_SHARE = 8, 4  # orders of one book, and one in so many; beyond that something else is wrong
LEAST_S = 1


class Patience:
    """How much real time is left to an auction, by the limits of its market."""

    def __init__(self, *, auction, at, speed, last_at):
        self.market = auction.market
        self.since_gate_s = max((at - auction.gate_closes_at).total_seconds() / speed, 0)
        self.end_s = (last_at - auction.gate_closes_at).total_seconds() / speed - WRITING_S
        self.began = time.monotonic()

    def limit_s(self, rung):
        """How long a rung may take now; None if its time is over."""
        passed_s = self.since_gate_s + time.monotonic() - self.began
        if rung == FULL:
            left_s = self.market.fallback_after_s - passed_s
            return min(self.market.solver_limit_s, left_s) if left_s > 0 else None
        return min(self.market.solver_limit_s, max(self.end_s - passed_s, LEAST_S))

    @property
    def over(self):
        """Whether it is time to stop looking for anything better."""
        return self.since_gate_s + time.monotonic() - self.began >= self.end_s


@dataclass(frozen=True, slots=True)
class Descent:
    """What came of it: a proven decision or None, why higher rungs failed, and the orders in the way."""

    cleared: results.Cleared | None
    refused: str
    culprits: list


def descend(*, auction, patience, solve, first=FULL):
    """Clear by the first rung whose outcome proves itself; after two failures without the orders to blame."""
    refused = "" if first == FULL else "Earlier attempts failed."
    failures = 0
    for rung in (FULL, WITHOUT_BLOCKS):
        limit_s = patience.limit_s(rung)
        if limit_s is None or (rung == FULL and first != FULL):
            refused = refused or "Its time was over."
            continue
        try:
            cleared = results.clear(auction=auction, rung=rung, solve=solve, limit_s=limit_s)
        except FAILURES as error:
            log.warning("rung_failed", auction=auction.code, rung=rung, error=str(error))
            refused, failures = str(error) or type(error).__name__, failures + 1
            continue
        crashpoint.reach("proven")
        return Descent(cleared, refused, [])
    if failures < 2 and first == FULL:
        return Descent(None, refused, [])
    return _without_culprits(auction, patience, solve, refused)


def _without_culprits(auction, patience, solve, refused):
    book = orders.book_of(auction=auction)

    def fails(places):
        if patience.over:
            raise TimeoutError
        limit_s = min(TRIAL_S, auction.market.solver_limit_s)
        try:
            results.clear(auction=auction, solve=solve, limit_s=limit_s, book=book.taken(places))
        except FAILURES:
            return True
        return False

    try:
        found = culprits(len(book.order_ids), fails)
        if not found:
            return Descent(None, refused, [])
        rest = book.taken(np.setdiff1d(np.arange(len(book.order_ids)), found))
        limit_s = patience.limit_s(WITHOUT_BLOCKS)
        cleared = results.clear(auction=auction, rung=WITHOUT_BLOCKS, solve=solve, limit_s=limit_s, book=rest)
    except (*FAILURES, TimeoutError) as error:
        return Descent(None, str(error) or refused, [])
    return Descent(cleared, refused, book.order_ids[found].tolist())


def culprits(count, fails):
    """The places, of so many, without which the rest does not fail; found by halving, [] if they are not.

    :param fails: whether what stands at these places fails; a part of what clears is taken to clear
    """
    rest, found, most = np.arange(count), [], min(MOST_ASIDE, max(count // MOST_SHARE, 1))
    if fails(rest[:0]):
        return []  # nothing can be cleared: no order is to blame
    while fails(rest):
        one = _one_of(rest, fails)
        if one is None or len(found) == most:
            return []
        found.append(int(one))
        rest = rest[rest != one]
    return sorted(found)


def _one_of(some, fails):
    """One place that fails by itself, None if it takes several together."""
    while len(some) > 1:
        half = len(some) // 2
        if fails(some[:half]):
            some = some[:half]
        elif fails(some[half:]):
            some = some[half:]
        else:
            return None
    return some[0]
