"""Proof, by other code than the clearing's, that a result is right."""

from __future__ import annotations

from clearing.book import Grid, Orders, Result
from clearing.rules import PRICE_BOUNDS


def check(orders: Orders, grid: Grid, result: Result, *, bounds: tuple[int, int] = PRICE_BOUNDS) -> list[str]:
    """List what is wrong with a result; an empty list is the proof that it is right."""
    raise NotImplementedError
