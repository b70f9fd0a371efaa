"""How is an auction decided?"""

from clearing import certificate, partners, why
from clearing.book import Grid, Orders, Result
from clearing.hashes import book_hash, result_hash
from clearing.rules import BUY, LINEAR, PRICE_BOUNDS, SELL, STEP, UNLIMITED, InvalidBook
from clearing.tree import clear

__all__ = [
    "BUY",
    "LINEAR",
    "PRICE_BOUNDS",
    "SELL",
    "STEP",
    "UNLIMITED",
    "Grid",
    "InvalidBook",
    "Orders",
    "Result",
    "book_hash",
    "certificate",
    "clear",
    "partners",
    "result_hash",
    "why",
]
