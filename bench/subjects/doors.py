"""Orders in and prices out, over HTTP, as in production."""

import json
import os
from datetime import timedelta

from bench.harness import Measured, row

CONNECTIONS = 32
ROUNDS = 3


def _street(name):
    """An exchange with the street, its auctions open; returns the node that trades and its headers."""
    from bench import exchange

    exchange.start(name)
    from django.db import connection

    from bench.bare import TABLES
    from shared import environment, identity
    from trading.grid.models import Node
    from trading.ledger.models import LedgerAccount
    from trading.markets import operations as markets
    from trading.tests.cast import DAY, NOON_BEFORE, build_street, open_auctions

    street = build_street()
    open_auctions(street)
    markets.set_clock(
        speed=1,
        shows_at=NOON_BEFORE - timedelta(hours=12),
        real_at=identity.real_time(),
    )
    # Room for any number of orders: the load must not run into the limits that it is to check.
    Node.objects.filter(pk=street.bo.pk).update(connection_capacity_w=2_000_000_000)
    LedgerAccount.objects.filter(customer=street.bo.customer).update(limit_urp=-(2**60))
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    token = identity.sign(
        environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE"),
        issuer="webapp",
        audience="trading",
        subject="a-user",
        role="household",
        nodes=[street.bo.public_id],
        at=identity.real_time(),
        lifetime_s=300,
    )
    os.environ["CEEX_BENCH_DATABASE_URL"] = os.environ["CEEX_TRADING_DATABASE_URL"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return street.bo.public_id, f"dam-{DAY}", headers


def _order(auction, period=48, price=20_000, quantity=1):
    points = [{"period": period, "priceRpPerMwh": price, "quantityWh": quantity}]
    return {"auctionId": auction, "side": "buy", "curve": "step", "points": points}


@row(
    "intake.single",
    n=1,
    versus="a bare Django view that inserts one row",
    at_least=0.5,
    seconds=120,
)
def single():
    """Single orders with full checks: identity, node, gate, points, connection, limit, hold, version."""
    from bench import load

    node, auction, headers = _street("intake_single")
    exchange = load.server("trading.wsgi", "/health/live")
    bare = load.server("bench.bare:application", "/constant", DJANGO_SETTINGS_MODULE="")
    body = json.dumps(_order(auction))
    asked = {
        "connections": CONNECTIONS,
        "method": "POST",
        "headers": headers,
        "body": body,
    }
    runs = [
        (
            load.wrk(f"{exchange}/node/{node}/orders", **asked),
            load.wrk(f"{bare}/one", **asked),
        )
        for _ in range(ROUNDS)
    ]
    ours, theirs = zip(*runs, strict=True)
    p99 = max(each.p99_s for each in ours)
    return Measured(
        [each.per_second for each in ours],
        [each.per_second for each in theirs],
        unit="1/s",
        checks={
            "p99 ≤ 100 ms at 32 connections": p99 <= 0.1,
            "no request failed": _none_failed(ours),
        },
        notes={"p50_s": ours[-1].p50_s, "p99_s": p99},
    )


def _none_failed(runs):
    return all(each.failed == 0 for each in runs)
