"""What the databases say: auctions, sums, invariants."""

import json
import time

from rehearsal.engine import docker, ids
from rehearsal.stacks import PROJECT

SUMS = """
SELECT json_build_object(
  'entries', (SELECT count(*) FROM ledger_ledgerentry),
  'entries_urp', (SELECT coalesce(sum(amount_urp), 0) FROM ledger_ledgerentry),
  'balances', (SELECT md5(string_agg(id || ':' || balance_urp, ',' ORDER BY id)) FROM ledger_ledgeraccount),
  'balance_urp', (SELECT coalesce(sum(balance_urp), 0) FROM ledger_ledgeraccount),
  'orders', (SELECT count(*) FROM orders_order),
  'auctions', (SELECT count(*) FROM markets_auction))
"""
SINCE = """
SELECT json_build_object(
  'ended', count(*) FILTER (WHERE state IN ('published', 'settled')),
  'cancelled', count(*) FILTER (WHERE state = 'cancelled'),
  'late', count(*) FILTER (WHERE state IN ('scheduled', 'open', 'closed', 'cleared')))
FROM markets_auction WHERE gate_closes_at > '{since}' AND gate_closes_at <= '{until}'
"""
NOW = """
SELECT coalesce(
  (SELECT shows_at + (clock_timestamp() - real_at) * speed FROM markets_exchangeclock), clock_timestamp())
"""
LET_RUN = """
UPDATE markets_exchangeclock
SET shows_at = shows_at + (now() - real_at) * speed, real_at = now(), speed = {speed}
"""
GATE_WITHIN = """
SELECT gate_closes_at - ({now}) < interval '{minutes} minutes' FROM markets_auction WHERE code = '{auction}'
"""
INVARIANTS = """
import django; django.setup()
from trading.markets import queries as clock
from trading.operations import invariants
print(len(invariants.ALL), [each.name for each in invariants.check(at=clock.now())])
"""


def ask(sql, database="ceex_trading"):
    """Ask one of the databases; the answer as text."""
    [container] = ids(f"{PROJECT}=ceex-database", "com.docker.compose.service=database")
    return docker("exec", container, "psql", "-U", "postgres", "-d", database, "-Atc", sql).strip()


def exchange_time():
    """What the exchange's clock shows."""
    return ask(NOW)


def let_run(speed):
    """Let the exchange's clock run at a speed from now on."""
    ask(LET_RUN.format(speed=speed))


def gate_within(auction, minutes):
    """True if an auction's gate closes within so many minutes of the exchange's clock."""
    return ask(GATE_WITHIN.format(now=NOW, minutes=minutes, auction=auction)) == "t"


def sums():
    """Counts and sums that a restore must bring back."""
    return json.loads(ask(SUMS))


def auctions_between(since, until):
    """How the auctions ended whose gates closed between two readings of the exchange's clock."""
    return json.loads(ask(SINCE.format(since=since, until=until)))


def ended_between(since, until):
    """The same, when every one of them has ended, or its time is over."""
    for _ in range(120):
        found = auctions_between(since, until)
        if not found["late"]:
            break
        time.sleep(1)
    return found


def broken_invariants(server):
    """(how many were asked, the names of those that do not hold)."""
    said = server.execute(
        "trading", "env", "DJANGO_SETTINGS_MODULE=trading.settings", "python", "-", stdin=INVARIANTS
    )
    count, _, names = said.strip().splitlines()[-1].partition(" ")
    return int(count), names
