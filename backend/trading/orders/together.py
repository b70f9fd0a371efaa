"""Orders that come while others are being entered: they wait for these, and then share one transaction."""

from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock

from django.db import DatabaseError, OperationalError

from trading.grid.access import NodeNotYours
from trading.markets.queries import AuctionNotFound
from trading.orders import entry, operations
from trading.orders.points import InvalidPoints, Points
from trading.orders.said import unsaved

MOMENT_S = 0.008  # in which a process reads some requests
REMEMBERED = 4  # turns


def place(asked, *, waits=True):
    """Place orders; returns for each the order, or the error that refuses it, as if each had come alone.

    :param asked: the name of an auction, and what is said there, for each
    :param waits: for whoever holds an account or an auction; else those who would have to hear `entry.Held`
    """
    outcomes = [None] * len(asked)
    for auction in sorted({auction for auction, _ in asked}):
        places = [place for place, each in enumerate(asked) if each[0] == auction]
        try:
            answers = _of_auction(auction, [asked[place][1] for place in places], waits)
        except Exception as error:  # noqa: BLE001 – each of these raises it; those of other auctions are placed
            answers = [error] * len(places)
        for place, answer in zip(places, answers, strict=True):
            outcomes[place] = answer
    return outcomes


def alone(asked):
    """Place one order, in the transaction that is there if any; what refuses it is raised."""
    (made,) = place([asked])
    return told(made)


def told(answer):
    """An answer, which is raised if it is an error."""
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _of_auction(auction, asked, waits):
    seen = entry.look(nodes=[each.node for each in asked], auction=auction)
    if seen.auction is None:
        return [AuctionNotFound() for _ in asked]
    said = [node and replace(each, node=node) for node, each in zip(seen.nodes, asked, strict=True)]
    entered = _enter_all([each for each in said if each], seen, waits)
    return [
        NodeNotYours() if each is None else entered.get(id(each)) or _by_itself(each, seen, waits)
        for each in said
    ]


def _enter_all(said, seen, waits):
    """Those of several orders that fit beside all the others; where one is unsound, none."""
    if len(said) < 2 or not seen.auction.takes_orders(seen.at):
        return {}
    points = Points.joined([each.points for each in said])
    try:
        orders = unsaved(auction=seen.auction, said=said, points=points, at=seen.at)
        found = entry.enter(orders, points, waits=waits)
    except OperationalError:
        raise  # perhaps they are entered
    except (InvalidPoints, DatabaseError):
        return {}  # alone, each is told what is wrong with it
    every = zip(said, orders, found, strict=True)
    return {id(each): one.saved(order) for each, order, one in every if one.number}


def _by_itself(said, seen, waits):
    try:
        return operations.enter(auction=seen.auction, said=said, at=seen.at, waits=waits)
    except Exception as error:  # noqa: BLE001 – it is raised where the order was asked for
        return error


@dataclass(slots=True, eq=False)
class _Turn:
    asked: object
    woken: Lock = field(default_factory=Lock)
    awaits: bool = False  # others, before it works for all
    answer: object = None
    is_done: bool = False

    def end(self, answer):
        self.answer, self.is_done = answer, True


class Turns:
    """Whoever comes while somebody is at work waits; then the first of them works for all who wait.

    Where many come, as many as lately are awaited for a moment: to work for each alone takes longer.

    :param work: makes of a list of what is asked the list of the answers; an exception among them is raised
    """

    def __init__(self, work):
        self._work, self._lock = work, Lock()
        self._waiting, self._leader = [], None
        self._counts = deque([1], maxlen=REMEMBERED)

    def take(self, asked):
        """Have something done, alone or with what others ask; returns the answer."""
        mine = _Turn(asked)
        mine.woken.acquire()
        with self._lock:
            self._waiting.append(mine)
            leads = self._leader is None
            if leads:
                self._leader = mine
            self._wake_leader_of_enough()
        if not leads:
            mine.woken.acquire()
        if not mine.is_done:
            self._lead(mine)
        return told(mine.answer)

    def _lead(self, mine):
        self._await_others(mine)
        with self._lock:
            turns, self._waiting = self._waiting, []
            self._counts.append(len(turns))
        try:
            answers = self._work([each.asked for each in turns])
        except BaseException as error:  # noqa: BLE001 – each of them raises it
            answers = [error] * len(turns)
        self._hand_over()
        for turn, answer in zip(turns, answers, strict=True):
            turn.end(answer)
            if turn is not mine:
                turn.woken.release()

    def _await_others(self, mine):
        with self._lock:
            mine.awaits = len(self._waiting) < max(self._counts)
        if mine.awaits and not mine.woken.acquire(timeout=MOMENT_S):
            with self._lock:
                mine.awaits = False

    def _wake_leader_of_enough(self):
        leader = self._leader
        if leader.awaits and len(self._waiting) >= max(self._counts):
            leader.awaits = False
            leader.woken.release()

    def _hand_over(self):
        with self._lock:
            self._leader = self._waiting[0] if self._waiting else None
            if self._leader:
                self._leader.woken.release()


turns = Turns(partial(place, waits=False))
