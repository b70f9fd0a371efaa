"""Decimals of the files into whole numbers and back, exactly: every decimal is a multiple of a unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from clearing.rules import MAX_PRICE, MAX_QUANTITY, PRICE_BOUNDS

# Other alphabets' digits, exponents, pluses and blanks do not match; 40 digits are room for any welfare.
DECIMAL = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?", re.ASCII)
WHOLE_NUMBERS = re.compile(r"(?:[0-9]{1,18}\n)*+", re.ASCII)


class Malformed(ValueError):
    """A text says nothing that its column may hold."""


def quoted(text: str) -> str:
    """A text from a file for a message: one line, ASCII, not too long.

    Examples
    --------
    >>> quoted("1e5"), quoted("a" * 50)
    ("'1e5'", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'")
    """
    return ascii(text) if len(text) <= 40 else f"{ascii(text[:40])[:-1]}…'"


def decimal(text: str) -> tuple[int, int]:
    """Read a plain decimal as digits and decimal places.

    Examples
    --------
    >>> decimal("-12.50")
    (-1250, 2)
    """
    match = DECIMAL.fullmatch(text)
    if match is None:
        raise Malformed(f"{quoted(text)} is not a plain decimal number")
    sign, whole, fraction = match.groups("")
    digits = int(whole + fraction)
    if sign and not digits:
        raise Malformed("zero has no sign")
    return (-digits if sign else digits), len(fraction)


@dataclass(frozen=True, slots=True)
class Reader:
    """What the texts of a column mean.

    `many` reads a million of them in one go if they are of the plainest kind; where it says None, each is
    read by `one`, which says what is wrong.
    """

    one: Callable[[str], Any]
    many: Callable[[Collection[str]], Collection[Any] | None]

    def __call__(self, text: str) -> Any:
        return self.one(text)


@dataclass(frozen=True, slots=True)
class Unit:
    """The size of one whole number inside, `digits / 10**places` in the files.

    Examples
    --------
    >>> cent = Unit.of("0.01")
    >>> cent.multiple("12.5"), cent.text(1250), str(cent)
    (1250, '12.50', '0.01')
    """

    digits: int
    places: int

    @classmethod
    def of(cls, text: str) -> Unit:
        """Read a unit; it must be more than 0."""
        digits, places = decimal(text)
        if digits <= 0:
            raise Malformed(f"{text} is not more than 0")
        while places and digits % 10 == 0:
            digits, places = digits // 10, places - 1
        return cls(digits, places)

    def multiple(self, text: str) -> int:
        """How many units a decimal is; it must be a whole number of them."""
        digits, places = decimal(text)
        count: int
        count, rest = divmod(digits * 10**self.places, self.digits * 10**places)
        if rest:
            raise Malformed(f"{text} is not a multiple of {self}")
        return count

    def between(self, low: int, high: int) -> Reader:
        """A reader of multiples that refuses what is not within `low` and `high`."""

        def read(text: str) -> int:
            count = self.multiple(text)
            if not low <= count <= high:
                raise Malformed(f"{text} is not between {self.text(low)} and {self.text(high)}")
            return count

        def at_a_glance(texts: Collection[str]) -> list[int] | None:
            if self.digits != 1 or not WHOLE_NUMBERS.fullmatch("\n".join([*texts, ""])):
                return None
            counts = [int(text) * 10**self.places for text in texts]
            return counts if low <= min(counts, default=low) and max(counts, default=low) <= high else None

        return Reader(read, at_a_glance)

    def or_empty(self, low: int, high: int, empty: int) -> Callable[[str], int]:
        """Like `between`, but an empty field means `empty`."""
        read = self.between(low, high)
        return lambda text: read(text) if text else empty

    def text(self, count: int) -> str:
        """Write so many units as a decimal, always with the places of the unit."""
        digits = str(abs(count) * self.digits).rjust(self.places + 1, "0")
        sign = "-" if count < 0 else ""
        return f"{sign}{digits[: -self.places]}.{digits[-self.places :]}" if self.places else sign + digits

    def __str__(self) -> str:
        return self.text(1)


@dataclass(frozen=True, slots=True)
class Units:
    """What the numbers of a book are counted in, and the bounds of its prices in ticks."""

    tick: Unit
    lot: Unit
    bounds: tuple[int, int] = PRICE_BOUNDS

    @property
    def money(self) -> Unit:
        """One tick for one lot."""
        digits, places = self.tick.digits * self.lot.digits, self.tick.places + self.lot.places
        return Unit(digits, places)

    def price(self) -> Reader:
        """A reader of limit prices."""
        return self.tick.between(*self.bounds)

    def fee(self) -> Callable[[str], int]:
        """A reader of fees; empty is none."""
        return self.tick.or_empty(0, MAX_PRICE, 0)

    def quantity(self) -> Reader:
        """A reader of quantities."""
        return self.lot.between(0, MAX_QUANTITY)

    def within(self, bounds: Sequence[str] | None) -> Units:
        """The same units with other bounds of the prices, if any are given."""
        if bounds is None:
            return self
        low, high = (self.tick.between(-MAX_PRICE, MAX_PRICE)(text) for text in bounds)
        if low > high:
            raise Malformed(f"the lowest price {bounds[0]} is above the highest {bounds[1]}")
        return Units(self.tick, self.lot, (low, high))
