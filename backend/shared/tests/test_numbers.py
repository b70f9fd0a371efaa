from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import numbers


class TestParseDecimal:
    @pytest.mark.parametrize(
        ("text", "expected"), [("12.5", 1250), ("0", 0), ("-3", -300), ("0.01", 1), ("007.10", 710)]
    )
    def test_reads_plain_decimals(self, text, expected):
        assert numbers.parse_decimal(text, scale=2, low=-1000, high=9999) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " 7 ",
            "7\n",
            "+5",
            "-0",
            "-0.00",
            "1e3",
            "1_000",
            "1,5",
            "１２.５",
            "١٢",
            "٣.٥",
            "5\u00a0",
            "NaN",
        ]
        + ["Infinity", "0x1", ".5", "5.", "1.234", "--1", "9" * 400, 5, 5.0, None, True, ["5"]],
        ids=repr,
    )
    def test_refuses_everything_else(self, text):
        with pytest.raises(numbers.NotANumber):
            numbers.parse_decimal(text, scale=2, low=-(10**12), high=10**12)

    def test_refuses_what_is_out_of_bounds_and_says_the_bounds(self):
        with pytest.raises(numbers.NotANumber, match=r"0\.00 to 10\.00"):
            numbers.parse_decimal("10.01", scale=2, low=0, high=1000)

    def test_has_no_places_where_the_unit_is_whole(self):
        assert numbers.parse_integer("96", low=0, high=100) == 96
        with pytest.raises(numbers.NotANumber):
            numbers.parse_integer("96.0", low=0, high=100)

    @given(st.integers(-(10**12), 10**12), st.integers(0, 6))
    def test_reads_back_what_was_written(self, value, scale):
        text = numbers.format_decimal(value, scale=scale)
        assert numbers.parse_decimal(text, scale=scale, low=-(10**12), high=10**12) == value

    @given(st.text(alphabet="0123456789.-+eE_ ,١２\n\u00a0", max_size=12), st.integers(0, 4))
    def test_agrees_with_decimal_on_whatever_it_takes(self, text, scale):
        try:
            value = numbers.parse_decimal(text, scale=scale, low=-(10**12), high=10**12)
        except numbers.NotANumber:
            return
        assert text.isascii() and set(text) <= set("0123456789.-")
        assert value == Decimal(text).scaleb(scale)
