"""An exchange to strike: the street on a database of its own, its workers, and who takes its messages."""

import contextlib
import os
import signal
import time
import traceback
from datetime import timedelta
from pathlib import Path

from faults.door import Door, die_with_parent

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUARTER = 15 * MINUTE
FIRST_NUMBER = 1_000  # of the auctions that are made here, beside those of the timetable


class Exchange:
    """The street with its real-time market; auctions close when a test wants them to."""

    def __init__(self, name, *, timetable=False, of=None):
        from bench import exchange

        self.door = Door()
        self.server = exchange.start(name, of=of)
        self.folder = Path(os.environ["CEEX_STATE_DIR"])
        self.trap = self.folder / "trap"
        from django.conf import settings

        from trading.operations import crashpoint
        from trading.tests import cast

        settings.WEBAPP_URL = self.door.url
        crashpoint.trap = self.trap
        self.cast, self.street = cast, cast.build_street()
        self.workers, self.count, self.timetable = {}, 0, timetable
        self._prepare()

    def _prepare(self):
        from clearing import decide  # noqa: F401 – what workers share when they are forked
        from trading.markets.models import Market
        from trading.results import clearer
        from trading.strategies import operations as strategies

        clearer.warm_up()
        utility = [self.street.utility_sells, self.street.utility_buys]
        strategies.choose_default(nodes=utility, at=self.now())
        self.market = Market.objects.select_related("dso").get(code="rtm")

    def now(self):
        """The exchange's time."""
        from trading.markets import queries

        return queries.now()

    def auction(self, *, closes_in_s, orders=True):
        """Make an open auction whose gate closes so soon, with what Ada offers and Bo needs."""
        from trading.markets.models import Auction

        now = self.now()
        gate = now + closes_in_s * SECOND
        starts = _quarter_after(gate + 60 * MINUTE)
        self.count += 1
        number = FIRST_NUMBER + self.count
        auction = Auction.objects.create(
            market=self.market, code=f"rtm-fault-{number}", delivery_day=starts.date(), number=number,
            gate_opens_at=now - 240 * MINUTE, gate_closes_at=gate, delivery_starts_at=starts,
            delivery_ends_at=starts + 2 * QUARTER, state="open",
        )  # fmt: skip
        if orders:
            at = min(now, gate - SECOND)
            self.place(auction, self.street.ada, "sell", (0, 8_000, 100), at=at)
            self.place(auction, self.street.bo, "buy", (0, 26_450, 60), at=at)
        return auction

    def place(self, auction, node, side, *rows, at):
        """Place a household's order."""
        from trading.orders import operations as orders

        points = self.cast.points(*rows)
        return orders.place(
            auction=auction, node=node, side=side, curve="step", points=points, actor="a-user", at=at
        )

    def fork(self, *, apart=False, before=None):
        """Start one more worker as a process of its own, which first does `before`; returns its number."""
        from django.db import connections

        connections.close_all()  # no session may be shared with it
        number = os.fork()
        if number == 0:
            if before is not None:
                before()
            _work(self.folder / "workers.log", apart=apart, timetable=self.timetable)
        self.workers[number] = None
        return number

    def arm(self, deed, place):
        """Let the first worker that reaches a place of `crashpoint` be killed or stopped there."""
        self.trap.with_suffix(".sprung").unlink(missing_ok=True)
        waiting = self.trap.with_suffix(".new")
        waiting.write_text(f"{deed} {place}")
        waiting.rename(self.trap)

    def struck(self, seconds=30):
        """Wait until it happened; returns which worker it was, and when."""
        sprung = self.trap.with_suffix(".sprung")
        wait_until(lambda: sprung.exists() and sprung.read_text().isdigit(), seconds)
        return int(sprung.read_text()), sprung.stat().st_mtime

    def bury(self, number):
        """Take a worker that was killed off the list."""
        os.waitpid(number, 0)
        del self.workers[number]

    def end_workers(self):
        """Kill every worker."""
        for number in list(self.workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
            self.bury(number)

    def state(self, auction):
        """How an auction stands: (state, whether strategies have bid)."""
        from trading.markets.models import Auction

        return Auction.objects.values_list("state", "strategies_bid_at").get(pk=auction.pk)

    def ended(self, auction, *, settled=False):
        """Whether an auction has its end; False while the database is away."""
        ends = ("settled",) if settled else ("published", "settled", "cancelled")
        return self.asked(lambda: self.state(auction)[0] in ends)

    def asked(self, question):
        """The answer to a question, False if the database is away."""
        from django.db import DatabaseError, InterfaceError, connection

        try:
            return question()
        except (DatabaseError, InterfaceError):
            connection.close()
            return False

    def jump(self, shows_at, *, speed=1):
        """Let the exchange's clock show a later time, and go on from there."""
        from trading.markets import operations as markets
        from trading.markets import queries

        moment = queries.moment()
        markets.set_clock(speed=speed, shows_at=max(shows_at, moment.at), real_at=moment.real_at)

    def jump_past_deliveries(self):
        """Let the clock show a time from which on new auctions deliver after all others."""
        from trading.markets.models import Auction

        latest = Auction.objects.order_by("-delivery_ends_at").values_list("delivery_ends_at", flat=True)
        for ends_at in latest[:1]:
            self.jump(ends_at - 60 * MINUTE)

    def schedule(self, until_day):
        """Make the auctions of the timetable."""
        from trading.markets import operations as markets

        markets.schedule(dso=self.street.dso, until_day=until_day, at=self.now())

    def read_meters(self, auction):
        """Let every meter report what it counted while an auction was delivered."""
        import numpy as np

        from trading.metering import operations as metering
        from trading.metering import queries

        nodes = queries.metered_nodes(dso=self.street.dso)
        start = np.datetime64(auction.delivery_starts_at.replace(tzinfo=None), "s")
        starts = np.tile(start + np.arange(2) * np.timedelta64(15, "m"), len(nodes))
        readings = metering.Readings(nodes.repeat(2), starts, np.full(len(starts), 50))
        metering.record(readings=readings, at=self.now(), dso=self.street.dso)

    def add_households(self, count):
        """More households beside Ada and Bo; returns all their nodes."""
        from trading.grid import operations as grid
        from trading.grid.models import Node
        from trading.ledger import operations as ledger

        fee = {"withdrawal_fee_rp_per_mwh": self.cast.WITHDRAWAL_FEE}
        new = [
            grid.NewCustomer(
                f"H{number:04}", f"Household {number}",
                (grid.NewNode("consumer", "N002", 10_000, **fee), grid.NewNode("producer", "N001", 10_000)),
            )
            for number in range(count)
        ]  # fmt: skip
        customers = grid.add_customers(dso=self.street.dso, customers=new)
        limits = dict.fromkeys(customers, -500 * self.cast.CHF)
        ledger.open_accounts(dso=self.street.dso, kind="trading", limits_urp=limits)
        ledger.open_accounts(dso=self.street.dso, kind="supply", limits_urp=dict.fromkeys(customers))
        return list(Node.objects.filter(customer__in=customers))

    def drop_sessions(self):
        """End every session but our own."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def broken(self, since=None):
        """The names of the invariants that do not hold."""
        from trading.operations import invariants

        return [each.name for each in invariants.check(at=self.now(), since=since)]

    def results_of(self, auction):
        """How many results an auction has."""
        from trading.results.models import Result

        return Result.objects.filter(auction=auction).count()

    def ends_told(self, auction):
        """How many different messages tell that an auction was published or cancelled."""
        from trading.operations.models import OutboxMessage

        kinds = ("auction-published", "auction-cancelled")
        return OutboxMessage.objects.filter(kind__in=kinds, payload__auctionId=auction.code).count()


def _work(log, *, apart, timetable):
    """Be a worker until the end of this process."""
    import threading

    from trading.operations import operations, pulse, worker
    from trading.results import solver

    try:
        die_with_parent()
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        if not timetable:
            worker.Worker._schedule = lambda self, moment: None  # only what is made here
        name = f"fault-{os.getpid()}"
        solve = solver.here
        if apart:
            solve = solver.Apart()
            solve.warm()
        beating = pulse.Pulse(worker=name, lease_s=operations.LEASE_S)
        beating.start()
        worker.Worker(name=name, stopping=threading.Event(), solve=solve, beating=beating).run_beside()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _quarter_after(instant):
    past = timedelta(minutes=instant.minute % 15, seconds=instant.second, microseconds=instant.microsecond)
    return instant - past + QUARTER


def wait_until(fact, seconds):
    """Ask again and again until something is true; returns when that was."""
    until = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > until:
            raise TimeoutError(f"it did not happen within {seconds} s")
        time.sleep(0.02)
    return time.time()
