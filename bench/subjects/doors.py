"""Orders in and prices out, over HTTP, as in production: gunicorn gthread 2 × 4 and wrk share both cores."""

import json

from bench.harness import Measured, row

CONNECTIONS = 32
ROUNDS = 5
HOUSEHOLDS = 256
PER_REQUEST = 1_000


def _order(auction, period=48, price=20_000, quantity=1):
    points = [{"period": period, "priceRpPerMwh": price, "quantityWh": quantity}]
    return {"auctionId": auction, "side": "buy", "curve": "step", "points": points}


def _in_turn(*loads):
    """Run each load once per round; returns the runs of each."""
    rounds = [[load() for load in loads] for _ in range(ROUNDS)]
    return list(zip(*rounds, strict=True))


def _rates(runs):
    return [each.per_second for each in runs]


def _none_failed(*runs):
    return all(each.failed == 0 for some in runs for each in some)


@row("intake.single", n=1, versus="a bare Django view that inserts one row", at_least=0.5, seconds=300)
def single():
    """Orders of 256 households, fully checked: identity, node, gate, points, connection, hold, version.

    Those that come together share a transaction (docs/decisions/0015-orders-that-come-together.md).
    """
    from bench import crowd, load

    found = crowd.gather("intake_single", households=HOUSEHOLDS)
    exchange = load.server("trading.wsgi", "/health/live")
    bare = load.server("bench.bare:application", "/constant", DJANGO_SETTINGS_MODULE="")
    asked = [
        load.Asked(f"/node/{node}/orders", crowd.headers([node]), json.dumps(_order(found.auctions[0])))
        for node in found.nodes
    ]
    options = {"connections": CONNECTIONS, "method": "POST"}

    def place():
        return load.wrk(exchange, asked=asked, **options)

    def insert():
        return load.wrk(f"{bare}/one", body=asked[0].body, **options)

    ours, theirs = _in_turn(place, insert)
    p99 = sorted(each.p99_s for each in ours)[ROUNDS // 2]
    return Measured(
        _rates(ours),
        _rates(theirs),
        unit="1/s",
        checks={
            "p99 ≤ 100 ms at 32 connections": p99 <= 0.1,
            "no request failed": _none_failed(ours, theirs),
        },
        notes={
            "p50_s": ours[-1].p50_s,
            "p99_s": p99,
            "p99_s_of_the_bare_view": sorted(each.p99_s for each in theirs)[ROUNDS // 2],
            "orders_per_transaction": _orders_per_transaction(),
        },
    )


def _orders_per_transaction():
    from django.db import connection

    with connection.cursor() as cursor:
        # Who wrote a row, the row itself tells.
        cursor.execute("SELECT count(*)::float / count(DISTINCT xmin::text) FROM orders_order")
        return cursor.fetchone()[0]


@row("intake.bulk", n=PER_REQUEST, versus="a bare COPY of as many rows", at_least=0.25, seconds=240)
def bulk():
    """1,000 orders of 100 households per request, each with full checks, of two members in turn.

    Each member has households of its own: two requests for the same ones would wait for each other's locks.
    """
    from bench import crowd, load

    found = crowd.gather("intake_bulk", households=200)
    exchange = load.server("trading.wsgi", "/health/live")
    bare = load.server("bench.bare:application", "/constant", DJANGO_SETTINGS_MODULE="")
    members = [(crowd.headers(nodes), nodes) for nodes in (found.nodes[:100], found.nodes[100:])]
    asked = [
        load.Asked("/orders/bulk", headers, _thousand(nodes, auction))
        for auction in found.auctions
        for headers, nodes in members
    ]
    options = {"connections": 2, "method": "POST"}
    ours, theirs = _in_turn(
        lambda: load.wrk(exchange, asked=asked, **options),
        lambda: load.wrk(f"{bare}/many", body=asked[0].body, **options),
    )
    return Measured(
        [rate * PER_REQUEST for rate in _rates(ours)],
        [rate * PER_REQUEST for rate in _rates(theirs)],
        unit="1/s",
        checks={"no request failed": _none_failed(ours, theirs)},
        notes={"p50_s": ours[-1].p50_s},
    )


def _thousand(nodes, auction):
    """Ten orders of each node, each in a quarter hour of its own."""
    orders = [_order(auction, period=number) | {"nodeId": node} for node in nodes for number in range(10)]
    return json.dumps({"orders": orders})


@row("gateway.overhead", n=1, versus="trading alone", at_most=2.0, seconds=240)
def overhead():
    """The figures of one's own node through webapp's gateway, with its key, against trading itself.

    One connection at both, so that it is the time a reader waits and not how long two cores' queues are,
    which is noted for eight.
    """
    import tempfile
    from pathlib import Path

    from bench import crowd, load

    found = crowd.gather("gateway_overhead", households=1)
    bo = found.street.bo.public_id
    trading = load.server("trading.wsgi", "/health/live")
    path = f"/node/{bo}/metrics?startDate=1795305600000&endDate=1795392000000"
    with tempfile.TemporaryDirectory() as folder:
        public, key = crowd.public(trading, load, found.street.dso, Path(folder))
    by_key = {"Authorization": f"Bearer {key}"}
    signed = crowd.headers([bo])

    def through(connections=1):
        url = f"{public}/api/trading{path}"
        return load.wrk(url, connections=connections, headers=by_key, seconds=2)

    def alone(connections=1):
        return load.wrk(f"{trading}{path}", connections=connections, headers=signed, seconds=2)

    ours, theirs = _in_turn(through, alone)
    many, many_alone = through(8), alone(8)
    return Measured(
        [each.p50_s for each in ours],
        [each.p50_s for each in theirs],
        unit="s",
        checks={"no request failed": _none_failed(ours, theirs, [many, many_alone])},
        notes={
            "p99_s": ours[-1].p99_s,
            "p99_s_alone": theirs[-1].p99_s,
            "p50_s_at_8_connections": many.p50_s,
            "p50_s_alone_at_8_connections": many_alone.p50_s,
        },
    )


@row("read.prices", n=1, versus="a Django view that returns a constant", at_least=0.7, seconds=240)
def prices():
    """The public prices of a day, revalidated by their ETag."""
    import tempfile
    import urllib.request
    from pathlib import Path

    from bench import crowd, load

    found = crowd.gather("read_prices", households=1)
    from trading.operations.life import close, decide
    from trading.tests.cast import DAY, auction

    day_ahead = auction(f"dam-{DAY}")
    close(auction=day_ahead, at=day_ahead.gate_closes_at)
    decide(auction=day_ahead, at=day_ahead.gate_closes_at, told=False)
    trading = load.server("trading.wsgi", "/health/live")
    bare = load.server("bench.bare:application", "/constant", DJANGO_SETTINGS_MODULE="")
    with tempfile.TemporaryDirectory() as folder:
        public, _ = crowd.public(trading, load, found.street.dso, Path(folder))
    url = f"{public}/api/prices?market=dam&day={DAY}"
    with urllib.request.urlopen(url, timeout=30) as answer:  # nosec B310: of our own server
        seen, count = {"If-None-Match": answer.headers["ETag"]}, len(json.load(answer)["items"])
    options = {"connections": CONNECTIONS}
    ours, theirs = _in_turn(
        lambda: load.wrk(url, headers=seen, **options), lambda: load.wrk(f"{bare}/constant", **options)
    )
    return Measured(
        _rates(ours),
        _rates(theirs),
        unit="1/s",
        checks={"no request failed": _none_failed(ours, theirs), "a whole day was read": count == 96},
        notes={"p99_s": ours[-1].p99_s},
    )
