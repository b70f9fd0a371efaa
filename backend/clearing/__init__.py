"""How is an auction decided?"""

from clearing import certificate, partners, why
from clearing.blocks import NONE, REASONS, WHOLE, Blocks
from clearing.blocks.search import Effort
from clearing.book import Grid, Orders, Result
from clearing.decide import clear
from clearing.hashes import book_hash, result_hash
from clearing.highs import Unsolved
from clearing.mesh import Mesh
from clearing.rules import BUY, LINEAR, PRICE_BOUNDS, SELL, STEP, UNLIMITED, InvalidBook

__all__ = [
    "BUY",
    "LINEAR",
    "NONE",
    "PRICE_BOUNDS",
    "REASONS",
    "SELL",
    "STEP",
    "UNLIMITED",
    "WHOLE",
    "Blocks",
    "Effort",
    "Grid",
    "InvalidBook",
    "Mesh",
    "Orders",
    "Result",
    "Unsolved",
    "book_hash",
    "certificate",
    "clear",
    "partners",
    "result_hash",
    "why",
]
