"""What machines do to workers: replies never come, clocks jump, solvers hang, disks fill."""

import atexit
import contextlib
import os
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from faults.exchange import FIRST_NUMBER, Exchange, wait_until
from faults.harness import Runs, Skipped, row
from faults.subjects.database import again
from faults.subjects.takeover import keep_two
from faults.swallower import Swallower

SEED, HOUR_S = 6, 3600
DISK = "640m"
ENDS = ("published", "settled", "cancelled")


@row("commit.swallowed.wrong", at_most=0, seconds=300, counting=True)
def swallowed(short):
    """Every third reply to a COMMIT never comes; each auction must have one end, and be told of once."""
    exchange = Exchange("swallowed")
    proxy = Swallower(exchange.folder / "proxy", exchange.server.socket_dir, one_in=3, seed=SEED)
    for _ in range(2):
        exchange.fork(before=lambda: _use(proxy.folder))
    auctions = []
    for _ in range(3 if short else 20):
        auctions.append(exchange.auction(closes_in_s=1.5))
        wait_until(lambda: exchange.ended(auctions[-1]), 60)
    wrong = [each for each in auctions if exchange.results_of(each) != 1 or exchange.ends_told(each) != 1]
    return Runs(
        values=[float(each in wrong) for each in auctions],
        unit="wrong",
        checks={"replies were swallowed": proxy.swallowed() > 0, **_books(exchange)},
        notes={"replies swallowed": proxy.swallowed()},
    )


@row("clock.jump.worst_s", at_most=5, seconds=240)
def clocks(short):
    """One worker's own clock is an hour ahead, the other's an hour behind: server time decides the gates."""
    exchange = Exchange("clock-jump")
    for hours in (1, -1):
        exchange.fork(before=lambda hours=hours: _shift(hours * HOUR_S))
    seconds, early = [], 0
    for _ in range(3 if short else 20):
        auction = exchange.auction(closes_in_s=2)
        gate = auction.gate_closes_at.timestamp()
        time.sleep(max(gate - time.time() - 0.2, 0))
        early += exchange.state(auction)[0] != "open"
        seconds.append(wait_until(lambda auction=auction: exchange.ended(auction), 30) - gate)
    return Runs(values=seconds, checks={"none is closed before its gate": not early, **_books(exchange)})


@row("solver.crash.worst_s", at_most=15, seconds=300)
def crash(short):
    """Every worker's clearing process is killed shortly before the gate, until the auction is published."""
    return _strike_solvers("solver-crash", signal.SIGKILL, 2 if short else 20)


@row("solver.hang.worst_s", at_most=45, seconds=540)
def hang(short):
    """Every worker's clearing process hangs at the gate: its limit (20 s) ends it, the next rung follows."""
    return _strike_solvers("solver-hang", signal.SIGSTOP, 1 if short else 5)


@row("disk.full.unended", at_most=0, seconds=300, counting=True)
def full_disk(short):
    """The database's disk is full while gates close; each auction ends once there is room, none half done."""
    from bench import exchange as places

    folder = places.ROOT / ".state" / "bench" / "disk-full"
    if not _mounted(folder):
        raise Skipped("a small disk cannot be mounted here")
    exchange, refused, ended_itself = Exchange("disk-full"), 0, 0
    from trading.markets.models import Auction

    for _ in range(2):
        exchange.fork()
    for _ in range(1 if short else 5):
        exchange.auction(closes_in_s=3)
        filler = _fill(Path(exchange.folder))
        refused += not exchange.asked(_write_much)
        time.sleep(5)
        filler.unlink()
        if exchange.server.process.poll() is not None:  # without room for its log PostgreSQL ends itself
            ended_itself += 1
            again(exchange.server, "kill -9")
        made = Auction.objects.filter(number__gt=FIRST_NUMBER)
        wait_until(lambda made=made: exchange.asked(lambda: not made.exclude(state__in=ENDS).exists()), 60)
    doubled = [each for each in made if exchange.results_of(each) > 1]
    return Runs(
        values=[float(len(doubled))],
        unit="auctions",
        checks={"there was no room each time": refused == made.count(), **_books(exchange)},
        notes={"auctions": made.count(), "refused": refused, "PostgreSQL ended itself": ended_itself},
    )  # fmt: skip


def _books(exchange):
    return {"every invariant holds": not exchange.broken()}


def _use(folder):
    from django.db import connections

    connections["default"].settings_dict["HOST"] = str(folder)


def _shift(seconds):
    """Let this process's clock show another time, wherever it is asked."""
    from shared import identity

    real, told = time.time, identity.real_time
    time.time = lambda: real() + seconds
    identity.real_time = lambda: told() + timedelta(seconds=seconds)


def _strike_solvers(name, number, turns):
    exchange = Exchange(name)
    keep_two(exchange)
    seconds, auctions = [], []
    for _ in range(turns):
        auction = exchange.auction(closes_in_s=1.5)
        auctions.append(auction)
        wait_until(lambda auction=auction: exchange.state(auction)[1], 20)
        gate = auction.gate_closes_at.timestamp()
        time.sleep(max(gate - time.time() - 0.1, 0))
        for worker in exchange.workers:
            for child in _children(worker):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, number)
        seconds.append(wait_until(lambda auction=auction: exchange.ended(auction), 120) - gate)
        time.sleep(3)  # their clearing's processes begin anew
    published = all(exchange.state(each)[0] == "published" for each in auctions)
    once = all(exchange.results_of(each) == 1 for each in auctions)
    checks = {"each auction is published": published, "each has one result": once}
    return Runs(values=seconds, checks=checks | _books(exchange))


def _children(number):
    found = Path(f"/proc/{number}/task").glob("*/children")
    return [int(child) for file in found for child in file.read_text().split()]


def _mounted(folder):
    folder.mkdir(parents=True, exist_ok=True)
    leave = ["umount", "-l", str(folder)]
    subprocess.run(leave, capture_output=True)  # what an earlier run left
    atexit.register(subprocess.run, leave, capture_output=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "ceex-faults", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def _write_much():
    """Ask the database for more room than there is; nothing of it stays."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 1000000)")
        cursor.execute("DROP TABLE filler")
    return True


def _fill(folder):
    """Take all the room that is left."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb") as file:
        while True:
            file.write(bytes(1 << 20))
    return filler
