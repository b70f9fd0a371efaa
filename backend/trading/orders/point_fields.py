"""How the door reads and describes the points of an order."""

import numpy as np
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trading.orders.points import InvalidPoints, Points

COLUMNS = ("period", "priceRpPerMwh", "quantityWh")
MOST_POINTS = 20_000
SHOWN_ERRORS = 20


class PointShape(serializers.Serializer):
    """A point of a curve."""

    period = serializers.IntegerField()
    priceRpPerMwh = serializers.IntegerField()
    quantityWh = serializers.IntegerField()


@extend_schema_field(PointShape(many=True))
class PointsField(serializers.Field):
    """Points as rows of whole numbers, read in one go: an order may have thousands."""

    default_error_messages = {"invalid": "Points are a list of at most 20,000 objects."}

    def to_internal_value(self, data):
        """Read them into arrays."""
        if not isinstance(data, list) or len(data) > MOST_POINTS:
            self.fail("invalid")
        errors = [error for index, row in enumerate(data) for error in _errors(index, row)]
        if errors:
            raise InvalidPoints(errors[:SHOWN_ERRORS])
        columns = np.array([[row[name] for name in COLUMNS] for row in data], np.int64).reshape(-1, 3)
        return Points.of_one(*columns.T)


def _errors(index, row):
    if not isinstance(row, dict):
        yield _error(f"points.{index}", "invalid", "A point is an object.")
        return
    for name in row.keys() - set(COLUMNS):
        yield _error(f"points.{index}.{str(name)[:50]}", "unknown-field", "This field is not known.")
    for name in COLUMNS:
        value = row.get(name)
        if name not in row:
            yield _error(f"points.{index}.{name}", "required", "This field is required.")
        elif type(value) is not int or not -(2**31) <= value < 2**31:
            yield _error(f"points.{index}.{name}", "invalid", "A whole number is required.")


def _error(field, code, detail):
    return {"field": field, "code": code, "detail": detail}
