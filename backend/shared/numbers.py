"""People's numbers into ours and back: plain ASCII decimals, whole multiples of the unit inside."""

import re
from functools import cache


class NotANumber(ValueError):
    """The text is not a plain decimal number within its bounds."""


@cache
def _pattern(scale):
    fraction = rf"(?:\.([0-9]{{1,{scale}}}))?" if scale else "()"
    return re.compile(rf"(-?)([0-9]{{1,15}}){fraction}", re.ASCII)


def parse_decimal(text, *, scale, low, high):
    """Read a decimal with at most `scale` places as a whole number of its smallest unit.

    :raises NotANumber: another alphabet, exponent, plus, blank, too many places, or outside low..high

    >>> parse_decimal("12.5", scale=2, low=0, high=9999)
    1250
    """
    match = _pattern(scale).fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotANumber(
            f"Write a plain number such as {format_decimal(low if low > 0 else high, scale=scale)}."
        )
    sign, whole, fraction = match.groups()
    value = int(whole + (fraction or "").ljust(scale, "0"))
    if sign and value == 0:
        raise NotANumber("Zero has no sign.")
    value = -value if sign else value
    if not low <= value <= high:
        least, most = format_decimal(low, scale=scale), format_decimal(high, scale=scale)
        raise NotANumber(f"Choose a number from {least} to {most}.")
    return value


def parse_integer(text, *, low, high):
    """Read a whole number, as from a query string."""
    return parse_decimal(text, scale=0, low=low, high=high)


def format_decimal(value, *, scale):
    """Write a whole number of the smallest unit as a decimal with `scale` places.

    >>> format_decimal(-1250, scale=3)
    '-1.250'
    """
    digits = str(abs(value)).rjust(scale + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"
