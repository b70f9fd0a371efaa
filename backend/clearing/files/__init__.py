"""How do a book and its result lie in files?"""

from clearing.files.book import Book, read_book, write_book
from clearing.files.result import Measures, WrongResult, read_result, write_result
from clearing.files.summary import Summary, read_summary
from clearing.files.tables import BadInput
from clearing.files.units import Unit, Units

__all__ = [
    "BadInput",
    "Book",
    "Measures",
    "Summary",
    "Unit",
    "Units",
    "WrongResult",
    "read_book",
    "read_result",
    "read_summary",
    "write_book",
    "write_result",
]
