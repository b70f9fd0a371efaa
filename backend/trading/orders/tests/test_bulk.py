import json
from datetime import timedelta

import pytest

from shared import identity
from trading.ledger.models import LedgerAccount
from trading.markets import operations as markets
from trading.orders.models import Order, OrderVersion
from trading.tests.caller import Caller
from trading.tests.cast import CHF, DAY, NOON_BEFORE, open_auctions

DAM = f"dam-{DAY}"


@pytest.fixture
def bo(client, street, dam):
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=identity.real_time())
    return Caller(client, street.bo)


def order(street, *rows, side="buy", curve="step", auction=DAM, node=None):
    points = [{"period": p, "priceRpPerMwh": price, "quantityWh": wh} for p, price, wh in rows]
    node_id = (node or street.bo).public_id
    return {"nodeId": node_id, "auctionId": auction, "side": side, "curve": curve, "points": points}


class TestBulk:
    def test_enters_each_with_its_version_and_its_hold(self, bo, street):
        orders = [
            order(street, (40, 20_000, 100), (41, 20_000, 50)),
            order(street, (40, 10_000, 100), (40, 30_000, 0), curve="linear"),
        ]
        answer = bo.post("/orders/bulk", {"orders": orders})
        assert answer.status_code == 200, answer.content
        assert (answer.json()["placed"], answer.json()["refused"]) == (2, 0)
        step, linear = Order.objects.order_by("pk")
        assert [each["orderId"] for each in answer.json()["items"]] == [step.public_id, linear.public_id]
        assert (step.held_urp, linear.curve, step.source) == (3_000_000, "linear", "household")
        assert street.account(street.bo).held_urp == step.held_urp + linear.held_urp
        assert OrderVersion.objects.filter(deed="placed", actor="a-user").count() == 2
        single = bo.post(f"/node/{street.bo.public_id}/orders", {
            key: value for key, value in orders[1].items() if key != "nodeId"})  # fmt: skip
        assert single.json()["heldUrp"] == linear.held_urp

    def test_refuses_row_by_row_or_all_together(self, bo, street):
        orders = [
            order(street, (40, 20_000, 2_000)),
            order(street, (40, 20_000, 600)),  # the connection carries 2,500 Wh
            order(street, (96, 20_000, 1)),
            order(street, (41, 20_000, 1), auction="rtm-2026-11-23-48"),
            order(street, (41, 20_000, 10)),
        ]
        refused = bo.post("/orders/bulk?mode=all-or-nothing", {"orders": orders})
        assert (refused.status_code, refused.json()["code"]) == (422, "nothing-placed")
        assert [each["row"] for each in refused.json()["items"]] == [1, 2, 3]
        assert not Order.objects.exists() and street.account(street.bo).held_urp == 0
        items = bo.post("/orders/bulk", {"orders": orders}).json()["items"]
        assert [each["code"] for each in items] == [None, "capacity-exceeded", "invalid", "invalid", None]
        assert items[2]["errors"][0]["field"] == "points.0.period"
        assert Order.objects.count() == 2

    def test_counts_what_stands_already_and_what_is_free(self, bo, street):
        assert bo.post("/orders/bulk", {"orders": [order(street, (40, 1, 2_400))]}).json()["placed"] == 1
        again = bo.post("/orders/bulk", {"orders": [order(street, (40, 1, 200))]})
        assert again.json()["items"][0]["code"] == "capacity-exceeded"
        LedgerAccount.objects.filter(customer=street.bo.customer, kind="trading").update(limit_urp=-CHF)
        dear = [order(street, (period, 100_000, 600)) for period in (50, 51)]
        items = bo.post("/orders/bulk", {"orders": dear}).json()["items"]
        assert [each["code"] for each in items] == [None, "limit-exceeded"]

    def test_a_dry_run_prices_and_enters_nothing(self, bo, street):
        orders = [order(street, (40, 20_000, 100)), order(street, (40, 20_000, 2_500))]
        answer = bo.post("/orders/bulk?dryRun=true", {"orders": orders}).json()
        assert [(each["heldUrp"], each["code"]) for each in answer["items"]] == [
            (2_000_000, None),
            (50_000_000, "capacity-exceeded"),
        ]
        assert answer["dryRun"] and not Order.objects.exists()
        assert street.account(street.bo).held_urp == 0

    def test_reads_a_table(self, bo, street):
        head = "order,nodeId,auctionId,side,curve,period,priceRpPerMwh,quantityWh"
        lines = [f"{name},{street.bo.public_id},{DAM},buy,step,{p},1000,10" for name, p in
                 (("a", 1), ("a", 2), ("b", 3))]  # fmt: skip
        assert bo.post("/orders/bulk", {"csv": "\n".join([head, *lines])}).json()["placed"] == 2
        assert list(Order.objects.order_by("pk").values_list("periods", flat=True)) == [[1, 2], [3]]
        for bad in ("1e3", "１", " 7", "+5", "1.0", ""):
            line = lines[0].replace(",1000,", f",{bad},")
            refused = bo.post("/orders/bulk", {"csv": f"{head}\n{line}"})
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "csv.2")

    def test_refuses_names_and_tables_that_nothing_can_read(self, bo, street):
        for name in ("\0", "", "a b", "x" * 65):
            refused = bo.post("/orders/bulk", {"orders": [order(street, (1, 1, 1), auction=name)]})
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "orders.0.auctionId")
        head = "order,nodeId,auctionId,side,curve,period,priceRpPerMwh,quantityWh"
        for table in (f"{head}\n{'x' * 140_000}", f"{head}\na\rb"):
            refused = bo.post("/orders/bulk", {"csv": table})
            assert (refused.status_code, refused.json()["errors"][0]["field"][:3]) == (400, "csv")

    def test_a_dry_run_uses_up_what_is_free_over_all_auctions(self, bo, street):
        open_auctions(street, day=DAY + timedelta(days=1))
        LedgerAccount.objects.filter(customer=street.bo.customer, kind="trading").update(limit_urp=-CHF)
        dear = [
            order(street, (0, 100_000, 600), auction=each) for each in (DAM, f"dam-{DAY + timedelta(days=1)}")
        ]
        for dry in ("true", "false"):
            items = bo.post(f"/orders/bulk?dryRun={dry}", {"orders": dear}).json()["items"]
            assert sorted(each["code"] or "" for each in items) == ["", "limit-exceeded"]

    def test_knows_one_s_own_nodes_alone(self, bo, street):
        stolen = [order(street, (40, 1, 1), side="sell", node=street.ada)]
        refused = bo.post("/orders/bulk", {"orders": stolen})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "orders.0.nodeId")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            {"orders": []},
            {"orders": {}},
            {"orders": [1]},
            {"orders": [{}]},
            {"orders": [], "csv": ""},
            {"csv": 5},
            {"csv": ""},
        ],
    )
    def test_refuses_what_is_no_list_of_orders(self, bo, body):
        assert bo.post("/orders/bulk", json.dumps(body)).status_code == 400

    @pytest.mark.parametrize(
        "change", [{"side": "gift"}, {"points": []}, {"points": [{}]}, {"more": 1}, {"nodeId": None}]
    )
    def test_refuses_what_is_no_order(self, bo, street, change):
        one = order(street, (1, 1, 1)) | change
        assert bo.post("/orders/bulk", {"orders": [one]}).status_code == 400
        point = order(street, (1, 1, 1))["points"][0]
        for wrong in (point | {"more": 1}, {"period": 1, "quantityWh": 1}):
            answer = bo.post("/orders/bulk", {"orders": [order(street, (1, 1, 1)) | {"points": [wrong]}]})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "orders.0.points.0")
        for bad in (True, 1.0, "1", None, 2**31):
            wrong = order(street, (1, 1, 1)) | {"points": [point | {"quantityWh": bad}]}
            assert bo.post("/orders/bulk", {"orders": [wrong]}).status_code == 400
        assert not Order.objects.exists()

    def test_acts_once_under_a_key(self, bo, street):
        body = {"orders": [order(street, (40, 1_000, 10))]}
        first, again = (bo.post("/orders/bulk", body, Idempotency_Key="bulk-once") for _ in range(2))
        assert first.json() == again.json() and Order.objects.count() == 1

    def test_takes_no_query_per_order(self, bo, street, django_assert_max_num_queries):
        body = {"orders": [order(street, (k % 96, 1_000, 1)) for k in range(300)]}
        with django_assert_max_num_queries(20):
            assert bo.post("/orders/bulk", body).json()["placed"] == 300
