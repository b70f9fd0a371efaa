"""Many orders in one request through both doors: as JSON, line by line, as a table; all or none; twice."""

import json

import pytest

from trading.orders.models import Order

PATH = "/api/trading/orders/bulk"
TABLE = "order,nodeId,auctionId,side,curve,period,priceRpPerMwh,quantityWh"


@pytest.fixture
def orders(street, dam):
    """One order for each of three quarter hours; the second buys more than the connection carries."""
    rows = [(48, 20_000, 500), (49, 21_000, 9_000), (50, 22_000, 700)]
    return [
        {
            "nodeId": street.bo.public_id,
            "auctionId": dam.code,
            "side": "buy",
            "curve": "step",
            "points": [{"period": period, "priceRpPerMwh": price, "quantityWh": wh}],
        }
        for period, price, wh in rows
    ]


def as_lines(orders):
    return "".join(json.dumps(each) + "\n" for each in orders)


def as_table(orders):
    rows = [
        (number, *(order[name] for name in ("nodeId", "auctionId", "side", "curve")), *point.values())
        for number, order in enumerate(orders)
        for point in order["points"]
    ]
    return "\n".join([TABLE, *(",".join(map(str, row)) for row in rows)])


@pytest.mark.parametrize(
    ("media_type", "written"),
    [
        ("application/json", lambda orders: json.dumps({"orders": orders})),
        ("application/x-ndjson", as_lines),
        ("text/csv", as_table),
    ],
)
def test_each_form_is_read_the_same(doors, orders, media_type, written):
    def send(**query):
        headers = {"Content-Type": media_type, "Idempotency-Key": "three-orders"}
        return doors.call("bo", "POST", PATH, params=query, data=written(orders).encode(), headers=headers)

    answer = send(mode="each")
    assert [each["code"] for each in answer["items"]] == [None, "capacity-exceeded", None]
    assert (answer["placed"], answer["refused"], Order.objects.count()) == (2, 1, 2)
    assert send(mode="each") == answer
    assert Order.objects.count() == 2


def test_what_is_no_such_form_is_refused_whole(doors, orders):
    for media_type, body, status in (
        ("application/x-ndjson", as_lines(orders)[:-30], 400),
        ("text/csv", as_table(orders).replace("priceRpPerMwh", "price"), 400),
        ("text/csv", as_table(orders).replace("20000", "2e4"), 400),
        ("application/xml", "<orders/>", 415),
    ):
        headers = {"Content-Type": media_type}
        refused = doors.call("bo", "POST", PATH, status=status, data=body.encode(), headers=headers)
        assert refused["code"]
    all_or_none = {"mode": "all-or-nothing"}
    refused = doors.call("bo", "POST", PATH, status=422, params=all_or_none, json={"orders": orders})
    assert refused["code"] == "nothing-placed"
    assert not Order.objects.exists()
