"""Prices for machines: JSON, CSV, and as an OpenADR 3 price server that a third party's client reads."""

import subprocess
from datetime import datetime, timedelta

import pytest

from tests.doors import openadr
from tests.doors.test_bidkit import run
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE

# Reads the server as a home energy manager would, and prints what it found.
CLIENT = """
import sys
from openadr3_client.oadr310._vtn.interfaces.filters import PaginationFilter
from openadr3_client.ven.http_factory import VirtualEndNodeHttpClientFactory as Factory
from openadr3_client.version import OADRVersion as Version
options = {"allow_insecure_http": True, "version": Version.OADR_310}
client = Factory.create_anonymous_http_ven_client(sys.argv[1], **options)
programs = client.programs.get_programs(target=None, pagination=None)
events = client.events.get_events(target=None, pagination=None, program_id="dam")
print(sorted(each.id for each in programs), len(events), len(events[0].intervals),
      events[0].intervals[0].payloads[0].values[0])
"""


@pytest.fixture
def published(doors, street, dam):
    """The day-ahead auction with the utility alone in it, published."""
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    run(dam.gate_closes_at - timedelta(minutes=5))
    run(dam.gate_closes_at)
    return dam


def test_a_day_is_public_and_revalidated(doors, published):
    day = {"market": "dam", "day": str(published.delivery_day)}
    session = doors.session()
    answer = session.get(doors.url + "/api/prices", params=day)
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert len(items) == 96 and all(type(each["priceRpPerMwh"]) is int for each in items)
    seen = {"If-None-Match": answer.headers["ETag"]}
    assert session.get(doors.url + "/api/prices", params=day, headers=seen).status_code == 304
    table = session.get(doors.url + "/api/prices.csv", params=day).text.splitlines()
    assert table[0] == "startsAt,priceRpPerMwh" and len(table) == 97
    assert table[1] == f"{items[0]['startsAt']},{items[0]['priceRpPerMwh']}"
    for bad in ({"day": "today"}, {"day": "2026-02-30"}, {}, day | {"market": "x"}, day | {"node": "N001"}):
        assert session.get(doors.url + "/api/prices", params=bad).status_code == 400
    check_openadr(doors, published, items)


def check_openadr(doors, published, items):
    """The same prices in OpenADR's shapes, in CHF/kWh; and read by a client of its own where there is one."""
    programs = doors.call(None, "GET", "/api/openadr3/programs")
    assert [each["id"] for each in programs] == ["dam", "rtm"]
    assert all(each["objectType"] == "PROGRAM" for each in programs)
    events = doors.call(None, "GET", "/api/openadr3/events", params={"programID": "dam"})
    [event] = [each for each in events if each["id"] == published.code]
    start = datetime.fromisoformat(event["intervalPeriod"]["start"])
    assert (start, event["intervalPeriod"]["duration"]) == (published.delivery_starts_at, "PT15M")
    values = [each["payloads"][0]["values"][0] for each in event["intervals"]]
    assert [round(value * 100_000) for value in values] == [each["priceRpPerMwh"] for each in items]
    assert doors.call(None, "GET", f"/api/openadr3/events/{published.code}") == event
    doors.call(None, "GET", "/api/openadr3/events/nothing", status=404)
    doors.call(None, "POST", "/api/openadr3/programs", status=405, json={})


def test_an_openadr_client_reads_them(doors, published):
    client = openadr.python()
    events = doors.call(None, "GET", "/api/openadr3/events", params={"programID": "dam"})
    address = doors.url + "/api/openadr3"
    done = subprocess.run([client, "-c", CLIENT, address], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == f"['dam', 'rtm'] {len(events)} 96 {price_of(events[0])}"


def price_of(event):
    return event["intervals"][0]["payloads"][0]["values"][0]
