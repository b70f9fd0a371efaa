"""A span of time in a query: `from` and `to`."""

from datetime import timedelta

from shared import fields, problems


class Span(fields.StrictSerializer):
    """A span of time, at most 40 days of one node."""

    longest = timedelta(days=40)

    def to_internal_value(self, data):
        """Read the span; `from` is no name in Python."""
        asked = super().to_internal_value(data)
        if not timedelta() < asked["to"] - asked["from"] <= self.longest:
            detail = f"Choose a span of at most {self.longest.days} days that ends after it starts."
            raise problems.field_error("to", "out-of-range", detail)
        return asked

    def get_fields(self):
        """The two ends."""
        return super().get_fields() | {"from": fields.InstantField(), "to": fields.InstantField()}
