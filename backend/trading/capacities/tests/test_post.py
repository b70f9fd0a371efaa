"""The grid operator says what lines may carry; what it said by the gate is what the auction uses."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from shared.problems import Problem
from trading.capacities import operations, queries, rows
from trading.capacities.models import CapacityPost
from trading.grid import queries as grid
from trading.tests.cast import NOON_BEFORE

N002, N003 = 3, 4
QUARTER = timedelta(minutes=15)
AT = NOON_BEFORE


def row(dam, number=1, line="N003", direction="down", first=0, until=96, watts=4_000, reason=""):
    starts = dam.delivery_starts_at
    return rows.Said(
        number, line, direction, starts + first * QUARTER, starts + until * QUARTER, watts, reason
    )


def post(street, *said, at=AT):
    return operations.post(dso=street.dso, rows_said=list(said), actor="dso-user", at=at)


def refusal(street, *said, at=AT):
    with pytest.raises(Problem) as refused:
        post(street, *said, at=at)
    assert not CapacityPost.objects.exists()
    return refused.value.status, [(each["row"], each["field"], each["code"]) for each in refused.value.errors]


def allowed(street, dam, before=None):
    return queries.allowed(
        tree=grid.tree(dso=street.dso), dso_id=street.dso.pk, starts_at=dam.delivery_starts_at, periods=96,
        period_minutes=15, before=before,
    )  # fmt: skip


class TestPost:
    def test_what_is_not_posted_is_the_rating(self, street, dam):
        up, down = allowed(street, dam)
        assert up[:, N003].tolist() == down[:, N003].tolist() == [25_000] * 96

    def test_holds_for_its_line_direction_and_time(self, street, dam):
        post(street, row(dam, first=40, until=44))
        up, down = allowed(street, dam)
        assert down[39:45, N003].tolist() == [25_000, 1_000, 1_000, 1_000, 1_000, 25_000]
        assert up[:, N003].tolist() == down[:, N002].tolist() == [25_000] * 96

    def test_the_last_word_counts_and_the_earlier_ones_are_kept(self, street, dam):
        post(street, row(dam), at=AT)
        post(street, row(dam, first=10, until=11, watts=8_000), at=AT + QUARTER)
        assert allowed(street, dam)[1][9:12, N003].tolist() == [1_000, 2_000, 1_000]
        assert allowed(street, dam, before=AT + QUARTER)[1][10, N003] == 1_000
        assert [each.number for each in queries.posts(dso=street.dso)] == [2, 1]

    def test_one_that_overlaps_the_day_is_cut_to_it(self, street, dam):
        post(street, row(dam, first=90, until=120))
        assert allowed(street, dam)[1][89:, N003].tolist() == [25_000] + [1_000] * 6

    def test_posts_are_not_changed(self, street, dam):
        post(street, row(dam))
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE capacities_postedcapacity SET capacity_w = 1")


class TestRefuses:
    def test_an_unknown_line(self, street, dam):
        assert refusal(street, row(dam), row(dam, 2, line="N999")) == (
            400,
            [(2, "rows.1.line", "unknown-line")],
        )

    def test_the_border_which_has_no_line(self, street, dam):
        assert refusal(street, row(dam, line="GRID"))[1] == [(1, "rows.0.line", "unknown-line")]

    def test_a_negative_capacity(self, street, dam):
        assert refusal(street, row(dam, watts=-1))[1] == [(1, "rows.0.capacityW", "negative")]

    def test_more_than_the_rating_unless_a_reason_is_given(self, street, dam):
        assert refusal(street, row(dam, watts=100_001))[1] == [(1, "rows.0.capacityW", "above-rating")]
        post(street, row(dam, watts=120_000, reason="cold night, cable rated for it"))
        assert allowed(street, dam)[1][0, N003] == 30_000

    def test_times_that_are_no_quarter_hours_or_out_of_order(self, street, dam):
        crooked = rows.Said(1, "N003", "up", dam.delivery_starts_at + QUARTER / 3, dam.delivery_starts_at, 1)
        assert refusal(street, crooked)[1] == [
            (1, "rows.0.startsAt", "not-a-quarter-hour"),
            (1, "rows.0.endsAt", "out-of-order"),
        ]

    def test_rows_that_speak_of_the_same_time(self, street, dam):
        said = [row(dam, 1, until=10), row(dam, 2, direction="up"), row(dam, 3, first=9, until=12)]
        assert refusal(street, *said) == (400, [(3, "rows.2.startsAt", "overlapping")])

    def test_a_time_whose_last_gate_has_closed(self, street, dam):
        # The gate of the real-time auction of 00:00 closes at 23:00, long after the day-ahead gate.
        late = dam.delivery_starts_at - timedelta(hours=1)
        status, errors = refusal(street, row(dam, until=2), row(dam, 2, first=2), at=late)
        assert (status, errors) == (409, [(1, "rows.0.startsAt", "gate-closed")])
        post(street, row(dam, first=2), at=late)

    def test_a_microsecond_before_the_last_gate_is_in_time(self, street, dam):
        post(
            street,
            row(dam),
            at=dam.delivery_starts_at - timedelta(hours=1, microseconds=-1) - timedelta(microseconds=2),
        )


class TestCSV:
    HEADER = "line,direction,starts_at,ends_at,capacity_w,reason\n"

    def test_reads_what_json_says(self, dam):
        [said] = rows.of_csv(self.HEADER + "N003,down,2026-11-22T23:00:00Z,2026-11-23T23:00:00Z,4000,\n")
        assert said == row(dam)

    @pytest.mark.parametrize(
        ("text", "field", "code"),
        [
            ("", "csv", "header"),
            ("line;direction\n", "csv", "header"),
            (HEADER, "csv", "empty"),
            (HEADER + "N003,down\n", "rows.0.line", "columns"),
            (HEADER + "N003,down,2026-11-22,2026-11-23T23:00:00Z,1,\n", "rows.0.startsAt", "invalid"),
            (
                HEADER + "N003,down,2026-11-22T23:00:00Z,2026-11-23T23:00:00Z,-1,\n",
                "rows.0.capacityW",
                "negative",
            ),
            (
                HEADER + "N003,down,2026-11-22T23:00:00Z,2026-11-23T23:00:00Z,1e3,\n",
                "rows.0.capacityW",
                "invalid",
            ),
            (HEADER + 'N003,"down\n', "csv", "malformed"),
        ],
    )
    def test_names_the_row_and_the_field(self, text, field, code):
        with pytest.raises(Problem) as refused:
            rows.of_csv(text)
        assert [(each["field"], each["code"]) for each in refused.value.errors] == [(field, code)]
