"""What may stand in a request: serializers and fields that guess nothing."""

import re
from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class StrictSerializer(serializers.Serializer):
    """A request whose unknown fields are refused, each by its name."""

    def to_internal_value(self, data):
        """Refuse what is not asked for, then read what is."""
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields or self.fields[name].read_only]
            if unknown:
                error = serializers.ErrorDetail("This field is not known.", code="unknown-field")
                raise serializers.ValidationError({str(name)[:100]: [error] for name in unknown[:20]})
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """A JSON whole number: no boolean, no 1.0, no text; bounds are required so that it fits its column."""

    def __init__(self, *, min_value, max_value, **options):
        super().__init__(min_value=min_value, max_value=max_value, **options)

    def to_internal_value(self, data):
        """Take an integer as it is."""
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBooleanField(serializers.BooleanField):
    """JSON true or false; no 1, no "yes"."""

    def to_internal_value(self, data):
        """Take a boolean as it is."""
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class StrictCharField(serializers.CharField):
    """A JSON string; no number in its place; control characters are refused."""

    default_error_messages = {"control": "Control characters are not allowed."}

    def __init__(self, *, max_length, multiline=False, **options):
        super().__init__(max_length=max_length, **options)
        self.allowed = {"\n"} if multiline else set()

    def to_internal_value(self, data):
        """Take a string as it is."""
        if not isinstance(data, str):
            self.fail("invalid")
        control = {character for character in data if ord(character) < 32 or ord(character) == 127}
        if control - self.allowed:
            self.fail("control")
        return super().to_internal_value(data)


class StrictChoiceField(serializers.ChoiceField):
    """One of a few strings, exactly."""

    def to_internal_value(self, data):
        """Take a string that is one of the choices."""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=str(data)[:50])
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantField(serializers.Field):
    """An instant in ISO 8601 with its offset; answered in UTC with Z."""

    default_error_messages = {
        "invalid": "Write an instant such as 2026-11-22T10:00:00Z.",
        "offset-required": "Say which instant is meant: end with Z or an offset such as +01:00.",
    }

    def to_internal_value(self, data):
        """Read an instant; local times without offset are refused, because some exist twice or never."""
        if not isinstance(data, str) or not INSTANT.fullmatch(data):
            without_offset = isinstance(data, str) and INSTANT.fullmatch(data + "Z")
            self.fail("offset-required" if without_offset else "invalid")
        try:
            return datetime.fromisoformat(data).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value):
        """Write an instant in UTC."""
        return utc_text(value)


def utc_text(instant):
    """An aware instant as ISO 8601 in UTC, or None."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
