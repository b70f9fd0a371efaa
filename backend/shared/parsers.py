"""JSON from outside: bounded in size and depth, no key twice, no number beyond the finite."""

import json
import math
import re

from rest_framework.parsers import BaseParser

from shared.problems import Problem

DEEPEST = 20
LONGEST_BYTES = 64 * 1024
LONGEST_NUMBER = 40
# An unfinished string runs to the end of the text, and nothing is given back (`++`, `*+`): no input is read
# more than once, and none is remembered.
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
SURROGATE = re.compile(r"\\u[dD]")
SQUARE = bytes.maketrans(b"{}", b"[]")
NO_BRACKET = bytes(set(range(256)) - set(b"{}[]"))
ALIKE = bytes(b"0"[0] if byte in b"0123456789" else b" "[0] for byte in range(256))
TOO_LONG = b"0" * (LONGEST_NUMBER + 1)


class StrictJSONParser(BaseParser):
    """Parse JSON that cannot exhaust the server or mean two things."""

    media_type = "application/json"
    longest_bytes = LONGEST_BYTES

    def parse(self, stream, media_type=None, parser_context=None):
        """Read the body of a request."""
        return parse(stream.read(self.longest_bytes + 1), longest_bytes=self.longest_bytes)


class LongJSONParser(StrictJSONParser):
    """The same for the few bodies that may be long, such as an order with all its points."""

    longest_bytes = 1024 * 1024


class BulkJSONParser(StrictJSONParser):
    """The same for requests with thousands of orders."""

    longest_bytes = 8 * 1024 * 1024


class LinesParser(BaseParser):
    """Newline-delimited JSON: an order per line, read as `{"orders": […]}`."""

    media_type = "application/x-ndjson"
    most_lines = 10_000

    def parse(self, stream, media_type=None, parser_context=None):
        """Read the body of a request."""
        raw = stream.read(BulkJSONParser.longest_bytes + 1)
        lines = [line for line in raw.split(b"\n") if line.strip()]
        if len(raw) > BulkJSONParser.longest_bytes or len(lines) > self.most_lines:
            raise Problem(413, "body-too-large", "Too large", f"At most {self.most_lines} lines are read.")
        return {"orders": [parse(line) for line in lines]}


class TableParser(BaseParser):
    """CSV, handed on as it is: `{"csv": "…"}`."""

    media_type = "text/csv"

    def parse(self, stream, media_type=None, parser_context=None):
        """Read the body of a request."""
        raw = stream.read(BulkJSONParser.longest_bytes + 1)
        if len(raw) > BulkJSONParser.longest_bytes:
            raise Problem(413, "body-too-large", "Too large", "This table is too long.")
        try:
            return {"csv": raw.decode("utf-8-sig")}
        except UnicodeDecodeError as error:
            raise Problem(400, "malformed", "Not a table", "The text is not UTF-8.") from error


def parse(raw, *, longest_bytes=LONGEST_BYTES):
    """Turn bytes into JSON values.

    :raises Problem: 413 when too long, 400 when not JSON, too deep, or with a key twice
    """
    if len(raw) > longest_bytes:
        raise Problem(413, "body-too-large", "Too large", f"At most {longest_bytes} bytes are read.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("The text is not UTF-8.") from error
    if not text.strip():
        raise _malformed("The body is empty.")
    _check_depth(raw)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            # Where nothing looks like a number too long, none is measured.
            parse_int=_bounded_int if TOO_LONG in raw.translate(ALIKE) else None,
        )
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} (line {error.lineno}, column {error.colno}).") from error
    if SURROGATE.search(text):
        _check_characters(value)
    return value


def _check_characters(value):
    """Half of a surrogate pair is no character; an answer that repeats it could not be written."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _malformed("A character is only half there.") from error


def _check_depth(raw):
    """Count brackets outside strings before the recursive parser sees them."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    brackets = _outside_strings(raw).translate(SQUARE, NO_BRACKET)
    # Each turn takes the innermost pairs away, one level; if so all of them go, none stood deeper.
    left, turns = brackets, 0
    while left and turns < DEEPEST:
        left, turns = left.replace(b"[]", b""), turns + 1
    depth = 0
    for bracket in brackets if left else b"":
        depth += 1 if bracket == ord("[") else -1
        if depth > DEEPEST:
            raise Problem(400, "too-deep", "Too deep", f"Values may be nested {DEEPEST} deep.")


def _outside_strings(raw):
    if b"\\" in raw:
        return STRING.sub(b"", raw)
    return b"".join(raw.split(b'"')[::2])


def _without_duplicates(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, "duplicate-key", "Key twice", f"The key {twice[:50]!r} stands there twice.")
    return found


def _refuse_constant(name):
    raise _malformed(f"{name} is not a JSON number.")


def _finite_float(text):
    value = float(text)
    if len(text) > LONGEST_NUMBER or not math.isfinite(value):
        raise _malformed("A number is too long or too large.")
    return value


def _bounded_int(text):
    if len(text) > LONGEST_NUMBER:
        raise _malformed("A number is too long or too large.")
    return int(text)


def _malformed(detail):
    return Problem(400, "malformed-json", "Not JSON", detail)
