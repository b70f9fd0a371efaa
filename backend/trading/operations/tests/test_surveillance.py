from datetime import timedelta

import pytest
from django.core.management import call_command

from trading.metering.models import MeterReading
from trading.operations import surveillance
from trading.operations.models import Incident
from trading.operations.surveillance import Finding
from trading.operations.tests.conftest import place
from trading.orders import operations as orders
from trading.tests.cast import DAY, auction

ADA, BO = "C0018", "C0026"


def found(street):
    return surveillance.findings(dso=street.dso, day=DAY)


class TestFindings:
    def test_are_none_on_an_ordinary_day(self, street, traded, worker):
        worker(traded.gate_closes_at)
        assert auction().state == "published"
        assert found(street) == []

    def test_name_a_household_that_trades_with_itself(self, street, dam, worker):
        at = dam.gate_closes_at - timedelta(hours=1)
        place(street.ada, dam, "sell", (48, 8_000, 1_500), at=at)
        place(street.ada_at_home, dam, "buy", (48, 26_450, 1_500), at=at)
        worker(dam.gate_closes_at)
        assert found(street) == [Finding("self-trade", ADA, ADA, 1, 1_500)]

    def test_name_two_that_sell_each_other_the_same_energy(self, street, dam, worker):
        at = dam.gate_closes_at - timedelta(hours=1)
        place(street.ada, dam, "sell", (48, 8_000, 1_500), at=at)
        place(street.bo, dam, "buy", (48, 26_450, 1_500), at=at)
        worker(dam.gate_closes_at)
        noon = auction(f"rtm-{DAY}-25")
        worker(noon.gate_closes_at - timedelta(minutes=30))
        noon.refresh_from_db()
        place(street.bo, noon, "sell", (0, 8_000, 1_200), at=noon.gate_closes_at - timedelta(minutes=20))
        place(
            street.ada_at_home,
            noon,
            "buy",
            (0, 26_450, 1_200),
            at=noon.gate_closes_at - timedelta(minutes=20),
        )
        worker(noon.gate_closes_at)
        assert found(street) == [Finding("circle", ADA, BO, 1, 1_200)]

    def test_name_two_whose_orders_mirror_each_other_again_and_again(self, street, rtm, worker):
        codes = [f"rtm-{DAY}-{number}" for number in (25, 26, 27)]
        for code in codes:
            each = auction(code)
            place(street.ada, each, "sell", (0, 9_000, 777), (1, 9_000, 333), at=each.gate_opens_at)
            place(street.bo, each, "buy", (0, 15_450, 777), (1, 15_450, 333), at=each.gate_opens_at)
            worker(each.gate_closes_at)
            wanted = [Finding("mirrored-orders", ADA, BO, 3, 3_330)] if code == codes[-1] else []
            assert found(street) == wanted

    def test_name_who_takes_back_most_in_the_last_minute(self, street, dam, worker):
        gate = dam.gate_closes_at
        place(street.bo, dam, "buy", (47, 26_450, 900), at=gate - timedelta(hours=1))
        order = place(street.bo, dam, "buy", (48, 26_450, 1_100), at=gate - timedelta(hours=1))
        orders.cancel(order=order, actor="a-user", at=gate - timedelta(seconds=61))
        order = place(street.bo, dam, "buy", (48, 26_450, 2_100), at=gate - timedelta(minutes=5))
        orders.cancel(order=order, actor="a-user", at=gate - timedelta(seconds=5))
        assert found(street) == []  # nobody looks into a book before its auction has ended
        worker(gate)
        assert found(street) == [Finding("late-cancellations", BO, BO, 1, 2_100)]

    def test_do_not_name_who_takes_back_in_time(self, street, dam, worker):
        gate = dam.gate_closes_at
        order = place(street.bo, dam, "buy", (48, 26_450, 2_100), at=gate - timedelta(hours=1))
        orders.cancel(order=order, actor="a-user", at=gate - timedelta(seconds=61))
        worker(gate)
        assert found(street) == []

    @pytest.mark.parametrize(("ordered_wh", "is_named"), [(1_201, True), (1_200, False)])
    def test_name_who_orders_far_more_than_ever_before(self, street, dam, worker, ordered_wh, is_named):
        gate = dam.gate_closes_at
        past = [gate - timedelta(days=days) for days in (1, 2, 27, 35)]
        MeterReading.objects.bulk_create(
            MeterReading(node=street.bo, starts_at=at, metered_wh=wh, received_at=gate)
            for at, wh in zip(past, (100, 400, 300, 900), strict=True)
        )
        cheap, dear = (48, 20_000, ordered_wh - 700), (48, 26_450, 700)
        place(street.bo, dam, "buy", cheap, dear, at=gate - timedelta(hours=1))
        worker(gate)
        assert found(street) == ([Finding("unlike-own-past", BO, BO, 1, 1_201)] if is_named else [])


class TestWatchTrades:
    def test_tells_the_operator_once(self, street, dam, worker, capsys):
        gate = dam.gate_closes_at
        order = place(street.bo, dam, "buy", (48, 26_450, 2_100), at=gate - timedelta(minutes=5))
        orders.cancel(order=order, actor="a-user", at=gate - timedelta(seconds=5))
        worker(gate)
        for _ in range(2):
            call_command("watch_trades", str(DAY))
        assert f"late-cancellations {BO} {BO}: 1 times, 2100 Wh" in capsys.readouterr().out
        (incident,) = Incident.objects.filter(code=f"trades-to-look-at {DAY}")
        assert incident.seen["findings"][0]["one"] == BO
