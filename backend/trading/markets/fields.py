"""How a query names days and states."""

import re
from datetime import date

from drf_spectacular.utils import extend_schema_field

from shared import fields
from trading.markets import calendar

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@extend_schema_field({"type": "string"})
class DayOrInstantField(fields.InstantField):
    """An instant, or a day, which means its first instant in Zurich."""

    default_error_messages = {"out-of-range": "This century is meant."}

    def to_internal_value(self, data):
        """Read either."""
        is_day = isinstance(data, str) and DAY.fullmatch(data)
        instant = self._start_of(data) if is_day else super().to_internal_value(data)
        if not 2000 <= instant.year < 2100:
            self.fail("out-of-range")
        return instant

    def _start_of(self, day):
        try:
            return calendar.delivery_day(date.fromisoformat(day))[0]
        except (ValueError, OverflowError):
            return self.fail("invalid")


@extend_schema_field({"type": "string"})
class WordsField(fields.StrictCharField):
    """Some of a few words, separated by commas."""

    default_error_messages = {"unknown": "Choose from {words}."}

    def __init__(self, words, **options):
        super().__init__(max_length=200, **options)
        self.words = words

    def to_internal_value(self, data):
        """Read them as a list."""
        chosen = super().to_internal_value(data).split(",")
        if not set(chosen) <= set(self.words):
            self.fail("unknown", words=", ".join(self.words))
        return chosen
