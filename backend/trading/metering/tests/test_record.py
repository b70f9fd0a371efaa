from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from trading.metering import operations, queries
from trading.metering.models import MeterReading

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def readings(*rows, quality="final"):
    """From rows of (node, start, Wh)."""
    nodes, starts, wh = zip(*rows, strict=True)
    return operations.Readings(
        nodes=np.array([node.pk for node in nodes]),
        starts_at=np.array([start.replace(tzinfo=None) for start in starts], "datetime64[s]"),
        wh=np.array(wh),
        quality=quality,
    )


def record(*rows, at=NOON + timedelta(hours=1), **options):
    return operations.record(readings=readings(*rows, **options), at=at)


def counted(node, periods=1, **options):
    return queries.readings(nodes=[node.pk], starts_at=NOON, periods=periods, **options)[0].tolist()


class TestRecord:
    def test_takes_readings_in(self, street):
        assert (
            record((street.bo, NOON, 120), (street.bo, NOON + QUARTER, 80), (street.ada, NOON, 0)).changed
            == 3
        )
        assert counted(street.bo, 3) == [120, 80, -1]
        reading = MeterReading.objects.get(node=street.bo, starts_at=NOON)
        assert (reading.quality, reading.received_at) == ("final", NOON + timedelta(hours=1))

    def test_the_same_again_changes_nothing(self, street):
        record((street.bo, NOON, 120))
        assert record((street.bo, NOON, 120), at=NOON + timedelta(hours=2)).changed == 0
        assert MeterReading.objects.get().received_at == NOON + timedelta(hours=1)

    def test_a_later_reading_replaces(self, street):
        record((street.bo, NOON, 120))
        assert (
            record((street.bo, NOON, 130), (street.ada, NOON, 7), at=NOON + timedelta(hours=2)).changed == 2
        )
        assert counted(street.bo) == [130]

    def test_one_that_was_received_before_does_not(self, street):
        record((street.bo, NOON, 120), at=NOON + timedelta(hours=2))
        assert record((street.bo, NOON, 130), at=NOON + timedelta(hours=1)).changed == 0
        assert counted(street.bo) == [120]

    @pytest.mark.parametrize(
        ("first", "then", "kept"),
        [
            ("estimated", "provisional", 130),
            ("provisional", "final", 130),
            ("provisional", "provisional", 130),
            ("final", "provisional", 120),
            ("provisional", "estimated", 120),
        ],
    )
    def test_a_better_quality_is_never_replaced_by_a_lesser(self, street, first, then, kept):
        record((street.bo, NOON, 120), quality=first)
        record((street.bo, NOON, 130), quality=then, at=NOON + timedelta(hours=2))
        assert counted(street.bo) == [kept]

    def test_a_final_reading_settles_a_provisional_one_of_the_same_energy(self, street):
        record((street.bo, NOON, 120), quality="provisional")
        record((street.bo, NOON, 120), at=NOON + timedelta(hours=2))
        assert MeterReading.objects.get().quality == "final"

    def test_nothing_is_taken_in_when_there_is_nothing(self, street):
        empty = operations.Readings(np.zeros(0, int), np.zeros(0, "datetime64[s]"), np.zeros(0, int))
        assert operations.record(readings=empty, at=NOON).changed == 0


class TestImplausible:
    def refused(self, *rows, **options):
        with pytest.raises(operations.ImplausibleReading) as refused:
            record(*rows, **options)
        assert not MeterReading.objects.exists()
        return refused.value

    def test_far_beyond_the_connection_as_if_in_another_unit(self, street):
        most = 10_000 // 4 * 10
        error = self.refused((street.bo, NOON, 1), (street.bo, NOON + QUARTER, most + 1))
        assert error.params == {"row": 1, "column": "wh"}

    def test_negative(self, street):
        assert self.refused((street.bo, NOON, -1)).row == 0

    def test_not_on_a_quarter_hour(self, street):
        assert self.refused((street.bo, NOON, 1), (street.bo, NOON + timedelta(minutes=5), 1)).row == 1

    def test_not_over_yet(self, street):
        assert self.refused((street.bo, NOON, 1), at=NOON + QUARTER - timedelta(seconds=1)).row == 0
        assert record((street.bo, NOON, 1), at=NOON + QUARTER).changed == 1

    def test_twice_in_one_delivery(self, street):
        rows = ((street.bo, NOON, 1), (street.ada, NOON, 1), (street.bo, NOON, 2))
        assert self.refused(*rows).row == 2

    def test_of_an_unknown_node(self, street):
        street.ada.pk = 10**9
        assert self.refused((street.bo, NOON, 1), (street.ada, NOON, 1)).row == 1

    def test_the_database_refuses_an_unknown_node_as_well(self, street):
        row = MeterReading(node_id=10**9, starts_at=NOON, metered_wh=1, received_at=NOON)
        with pytest.raises(IntegrityError), transaction.atomic():
            MeterReading.objects.bulk_create([row])


class TestQueries:
    def test_know_only_what_had_been_received(self, street):
        record((street.bo, NOON, 120), at=NOON + QUARTER)
        record((street.bo, NOON + QUARTER, 80), at=NOON + timedelta(hours=3))
        assert counted(street.bo, 2, received_until=NOON + timedelta(hours=2)) == [120, -1]

    def test_answer_in_the_order_they_were_asked(self, street):
        record((street.bo, NOON, 120), (street.ada, NOON, 7))
        nodes = [street.ada.pk, street.bo.pk, street.ada.pk]
        answer = queries.readings(nodes=nodes, starts_at=NOON, periods=1)
        assert answer[:, 0].tolist() == [7, 120, 7]

    def test_history_ends_with_the_quarter_hour_that_is_over(self, street):
        record((street.bo, NOON, 120))
        known = queries.history(nodes=[street.bo.pk], until=NOON + QUARTER + timedelta(minutes=4), days=2)
        assert known.wh.shape == (1, 192)
        assert known.wh[0, -1] == 120
        assert known.starts_at == NOON + QUARTER - timedelta(days=2)

    def test_missing_until_every_node_reported_every_quarter_hour(self, street):
        asked = {"nodes": [street.bo.pk, street.ada.pk], "starts_at": NOON, "ends_at": NOON + 2 * QUARTER}
        record((street.bo, NOON, 1), (street.bo, NOON + QUARTER, 1), (street.ada, NOON, 1))
        assert queries.missing(**asked) == [street.ada.pk]
        record((street.ada, NOON + QUARTER, 0))
        assert queries.missing(**asked) == []

    def test_recorded_until_the_last_that_all_reported(self, street):
        nodes = [street.bo.pk, street.ada.pk]
        assert queries.recorded_until(nodes=nodes) is None
        record((street.bo, NOON, 1), (street.bo, NOON + QUARTER, 1))
        assert queries.recorded_until(nodes=nodes) is None
        record((street.ada, NOON, 1))
        assert queries.recorded_until(nodes=nodes) == NOON + QUARTER

    def test_the_utility_has_no_meter(self, street):
        nodes = queries.metered_nodes(dso=street.dso)
        assert nodes.tolist() == sorted([street.ada.pk, street.ada_at_home.pk, street.bo.pk])
