import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import parsers
from shared.problems import Problem


def refusal(raw, **options):
    with pytest.raises(Problem) as caught:
        parsers.parse(raw, **options)
    return caught.value.status, caught.value.code


class TestParse:
    def test_reads_json(self):
        assert parsers.parse(b'{"a": [1, -2.5, "x[{\\"", null, true]}') == {
            "a": [1, -2.5, 'x[{"', None, True]
        }

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b" ",
            b"{",
            b"{'a':1}",
            b"[1,]",
            b"nul",
            b"\xff",
            b"[NaN]",
            b"[Infinity]",
            b"[-Infinity]",
            b"[1e400]",
        ]
        + [
            b"[" + b"9" * 5000 + b"]",
            b"[0." + b"1" * 5000 + b"]",
            b"[01]",
            b'"\n"',
            b"1 2",
            b'["\\ud800"]',
            b'{"\\uD800x": 1}',
            b'"\\udc00\\ud800"',
            b'"abc\\',
        ],
        ids=lambda raw: repr(raw[:12]),
    )
    def test_refuses_what_is_not_json(self, raw):
        assert refusal(raw) == (400, "malformed-json")

    @pytest.mark.parametrize("raw", [b"[" * 200_000, b'{"a":' * 50_000, b"[" * 21 + b"]" * 21])
    def test_refuses_deep_nesting(self, raw):
        assert refusal(raw, longest_bytes=10**6) == (400, "too-deep")

    @pytest.mark.parametrize("around", [b"%s", b'["{[", %s, {"[": "\\"["}]', b"[%s, [], {}]"])
    def test_nests_as_deep_as_it_says(self, around):
        own = 0 if around == b"%s" else 1
        for levels in (parsers.DEEPEST - own, parsers.DEEPEST - own + 1):
            pairs = levels // 2
            inner = b'{"a": [' * pairs + (b"[]" if levels % 2 else b"1") + b"]}" * pairs
            if levels + own > parsers.DEEPEST:
                assert refusal(around % inner) == (400, "too-deep")
            else:
                parsers.parse(around % inner)

    def test_reads_a_pair_of_surrogates_as_the_character_it_is(self):
        assert parsers.parse(b'"\\ud83c\\udf1e"') == "🌞"

    def test_counts_no_brackets_inside_strings(self):
        assert parsers.parse(b'["' + b"[" * 100 + b'"]') == ["[" * 100]

    def test_refuses_a_key_that_stands_there_twice(self):
        assert refusal(b'{"url": 1, "url": 2}') == (400, "duplicate-key")
        assert refusal(b'[{"a": {"b": 1, "b": 1}}]') == (400, "duplicate-key")

    def test_refuses_what_is_too_long(self):
        assert refusal(b'"' + b"a" * parsers.LONGEST_BYTES + b'"') == (413, "body-too-large")

    def test_reads_a_long_unfinished_string_quickly(self):
        assert refusal(b'"' + b'\\"' * 400_000, longest_bytes=10**6) == (400, "malformed-json")

    @given(st.binary(max_size=60))
    def test_answers_any_bytes_with_a_value_or_a_problem(self, raw):
        try:
            parsers.parse(raw)
        except Problem as problem:
            assert problem.status == 400
