from datetime import UTC, datetime

import pytest
from rest_framework import serializers

from shared import fields


class Inner(fields.StrictSerializer):
    period = fields.StrictIntegerField(min_value=0, max_value=99)


class Example(fields.StrictSerializer):
    name = fields.StrictCharField(max_length=10, required=False)
    side = fields.StrictChoiceField(["buy", "sell"], required=False)
    active = fields.StrictBooleanField(required=False)
    at = fields.InstantField(required=False)
    points = Inner(many=True, required=False)
    state = serializers.CharField(read_only=True)


def errors(data):
    serializer = Example(data=data)
    assert not serializer.is_valid()
    return serializer.errors


class TestStrictSerializer:
    def test_refuses_unknown_and_read_only_fields_by_name(self):
        found = errors({"nmae": "x", "state": "open"})
        assert {name: error[0].code for name, error in found.items()} == {
            "nmae": "unknown-field",
            "state": "unknown-field",
        }

    def test_refuses_unknown_fields_inside(self):
        assert (
            errors({"points": [{"period": 1, "prize": 2}]})["points"][0]["prize"][0].code == "unknown-field"
        )

    @pytest.mark.parametrize("data", [[], "x", 5, None, True])
    def test_refuses_what_is_no_object(self, data):
        assert errors(data)


class TestFields:
    @pytest.mark.parametrize("value", [True, 1.0, "1", None, -1, 100, 10**30, [], {}], ids=repr)
    def test_an_integer_is_an_integer_within_its_bounds(self, value):
        assert errors({"points": [{"period": value}]})

    @pytest.mark.parametrize("value", [1, "true", "yes", None, []], ids=repr)
    def test_a_boolean_is_true_or_false(self, value):
        assert errors({"active": value})

    @pytest.mark.parametrize(
        "value", [5, 5.0, True, None, [], "x" * 11, "a\nb", "a\x00", "\ud800", ""], ids=repr
    )
    def test_a_text_is_a_short_line(self, value):
        assert errors({"name": value})

    @pytest.mark.parametrize("value", [1, True, [], {}, "BUY", "buy ", None], ids=repr)
    def test_a_choice_is_exact(self, value):
        assert errors({"side": value})

    @pytest.mark.parametrize(
        "value",
        [
            "2027-13-01T00:00Z",
            "2027-02-29T00:00Z",
            "2027-01-01T23:59:60Z",
            "0001-01-01T00:00+14:00",
            "tomorrow",
            5,
        ]
        + ["２０２７-01-01T00:00Z", "2027-01-01 00:00Z", "2027-W01-1T00:00Z", None],
        ids=repr,
    )
    def test_an_instant_exists(self, value):
        assert errors({"at": value})

    def test_an_instant_has_its_offset(self):
        assert errors({"at": "2027-03-28T02:30:00"})["at"][0].code == "offset-required"
        serializer = Example(data={"at": "2027-03-28T02:30:00+01:00"})
        assert serializer.is_valid()
        assert serializer.validated_data["at"] == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)

    def test_an_instant_is_written_in_utc(self):
        assert fields.utc_text(datetime(2027, 3, 28, 1, 30, tzinfo=UTC)) == "2027-03-28T01:30:00Z"
        assert fields.utc_text(None) is None
