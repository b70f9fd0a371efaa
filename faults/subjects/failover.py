"""The machine of the primary database dies for good, or is taken for dead, as an auction's gate closes."""

import random
import time

from faults import load
from faults.cluster import CLAIM_S, MEMBERS, Cluster
from faults.exchange import Exchange, wait_until
from faults.harness import Runs, row

HOUSEHOLDS, ORDERS_PER_S = 20, 50
SEED = 8


@row("database.failover.worst_s", at_most=30, seconds=900)
def failover(short):
    """The primary's Patroni and PostgreSQL are killed at a gate while orders flow, until the auction ends."""
    exchange, chance, client = prepare("database-failover")
    seconds, ends = [], []
    for _ in range(2 if short else 20):
        auction, at = strike(exchange, chance)
        seconds.append(at - auction.gate_closes_at.timestamp())
        ends.append(exchange.state(auction)[0])
    load.stop(client)
    return verdict(exchange, seconds, {"each auction was cleared in time": set(ends) == {"published"}})


@row("database.two_primaries.worst_s", at_most=30, seconds=900)
def two_primaries(short):
    """The primary's Patroni freezes until the standby leads and a gate has closed, and wakes, amid orders."""
    exchange, chance, client = prepare("database-two-primaries")
    seconds, facts = [], {"both were primaries": True, "each auction has one result": True}
    for _ in range(2 if short else 6):
        auction, at, both = freeze(exchange, chance)
        seconds.append(at - auction.gate_closes_at.timestamp())
        facts["both were primaries"] &= both
        facts["each auction has one result"] &= exchange.results_of(auction) == 1
    load.stop(client)
    return verdict(exchange, seconds, facts)


def prepare(name):
    """An exchange on two databases, its workers, its door, and who orders: (exchange, chance, client)."""
    from bench import load as servers

    exchange = Exchange(name, of=Cluster)
    nodes = exchange.add_households(HOUSEHOLDS)
    exchange.auction(closes_in_s=3_600, orders=False)  # stays open for the orders that flow
    url = servers.server("trading.wsgi", "/health/live")
    for _ in range(2):
        exchange.fork()
    return exchange, random.Random(SEED), load.start(url, nodes, per_s=ORDERS_PER_S, folder=exchange.folder)


def strike(exchange, chance):
    """Kill the primary around a gate, and bring it back as the standby; returns the auction and its end."""
    from django.db import connections

    cluster = exchange.server
    auction = exchange.auction(closes_in_s=1.5)
    wait_until(lambda: exchange.state(auction)[1], 30)
    time.sleep(max(auction.gate_closes_at.timestamp() - time.time() + chance.uniform(-0.3, 0.1), 0))
    dead = cluster.primary()
    connections.close_all()  # ours, which would be broken
    cluster.kill(dead)
    done = wait_until(lambda: exchange.ended(auction), 90)
    cluster.join(dead)
    cluster.wait_until_whole()
    return auction, done


def freeze(exchange, chance):
    """Let both write while a gate closes; returns the auction, its end, and whether both did."""
    from django.db import connections

    cluster = exchange.server
    frozen, other = sorted(MEMBERS, key=cluster.leads, reverse=True)
    auction = exchange.auction(closes_in_s=1.5 * CLAIM_S)
    wait_until(lambda: exchange.state(auction)[1], 30)
    connections.close_all()  # ours, which would wait for an answer
    cluster.freeze(frozen)
    wait_until(lambda: cluster.leads(other), 5 * CLAIM_S)
    time.sleep(max(auction.gate_closes_at.timestamp() - time.time(), 0) + chance.uniform(1, 4))
    both = cluster.writes(frozen) and cluster.writes(other)
    cluster.wake(frozen)
    done = wait_until(lambda: exchange.ended(auction), 90)
    cluster.wait_until_whole()
    connections.close_all()  # it may have been to the one that was ended
    return auction, done, both


def verdict(exchange, seconds, facts):
    """What became of the auctions and of every acknowledged order."""
    from trading.orders.models import Order

    acknowledged = load.acknowledged(exchange.folder)
    kept = set(Order.objects.values_list("public_id", flat=True))
    return Runs(
        values=seconds,
        checks=facts
        | {
            "no acknowledged order is lost": bool(acknowledged) and acknowledged <= kept,
            "every invariant holds": not exchange.broken(),
        },
        notes={"orders acknowledged": len(acknowledged), "a dead primary keeps its claim": f"{CLAIM_S} s"},
    )
