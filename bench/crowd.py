"""Many households on the street, for the benchmarks of the doors: each with a node and an account."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent / "backend"
ROOM_URP = -(2**60)
CAPACITY_W = 2_000_000_000  # the load must not run into the limits that it is to check
PASSWORD = "correct horse battery"  # noqa: S105 – of a database that lives for one row
PEOPLE = """
import django; django.setup()
import json, sys
from datetime import timedelta
from django.core.management import call_command
from shared import identity
from webapp.keys import operations as keys
from webapp.keys.models import ApiKey
from webapp.users.models import User
call_command("load_demo", sys.argv[1], stdout=sys.stderr)
user = User.objects.get()
key = keys.create(user=user, name="bench", scopes=["read"], nodes=[], valid_for=timedelta(days=1),
                  at=identity.real_time())[1]
ApiKey.objects.update(requests_per_minute=100_000_000)
print(json.dumps(key))
"""


@dataclass(frozen=True)
class Crowd:
    """The street with its households: names of nodes, the open auctions, the street itself."""

    street: object
    nodes: list
    auctions: list


def gather(name, *, households):
    """Start an exchange of the row's own with so many households that buy, its auctions open."""
    from bench import exchange

    exchange.start(name)
    from django.db import connection

    from bench.bare import TABLES
    from shared import identity
    from trading.grid import operations as grid
    from trading.grid.models import Node
    from trading.ledger import operations as ledger
    from trading.markets import operations as markets
    from trading.markets.models import Auction
    from trading.tests.cast import DAY, NOON_BEFORE, WITHDRAWAL_FEE, build_street, open_auctions

    street = build_street()
    load = (grid.NewAsset("load", "Home", 3_000),)
    fee = {"withdrawal_fee_rp_per_mwh": WITHDRAWAL_FEE}
    homes = [
        grid.NewCustomer(
            f"H{number:04d}", "Home", (grid.NewNode("consumer", "N002", CAPACITY_W, **fee, assets=load),)
        )
        for number in range(households)
    ]
    customers = grid.add_customers(dso=street.dso, customers=homes)
    ledger.open_accounts(dso=street.dso, kind="trading", limits_urp=dict.fromkeys(customers, ROOM_URP))
    ledger.open_accounts(dso=street.dso, kind="supply", limits_urp=dict.fromkeys(customers))
    open_auctions(street, day=DAY + timedelta(days=6))
    markets.set_clock(speed=1, shows_at=NOON_BEFORE - timedelta(hours=12), real_at=identity.real_time())
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    os.environ["CEEX_BENCH_DATABASE_URL"] = os.environ["CEEX_TRADING_DATABASE_URL"]
    nodes = Node.objects.filter(customer__in=customers).order_by("pk").values_list("public_id", flat=True)
    days = Auction.objects.filter(market__code="dam", state="open").order_by("delivery_day")
    return Crowd(street, list(nodes), list(days.values_list("code", flat=True)))


def headers(nodes, *, subject="a-user"):
    """What webapp would send for somebody with these nodes."""
    from shared import environment, identity

    token = identity.sign(
        environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE"),
        issuer="webapp",
        audience="trading",
        subject=subject,
        role="household",
        nodes=list(nodes),
        at=identity.real_time(),
        lifetime_s=300,
    )
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def public(trading_url, load, dso, folder, *, email="bo@example.ch", number="C0026"):
    """The public service in front of it; returns its address and a key of a household's, or else of Bo's."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        "CEEX_TRADING_URL": trading_url,
        "CEEX_ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    _run(environment, "-m", "webapp", "migrate", "--verbosity", "0")
    person = {"email": email, "password": PASSWORD, "role": "household", "language": "en"}
    people = folder / "people.json"
    people.write_text(json.dumps([person | {"dso": dso.public_id, "dsoClientId": number}]))
    key = json.loads(_run(environment, "-c", PEOPLE, str(people)))
    return load.server("webapp.wsgi", "/api/health/live", **environment), key


def _run(environment, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        cwd=BACKEND,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
