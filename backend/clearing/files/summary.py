"""summary.json: the few figures of a result, and the rules that it was made by."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from clearing.files.names import name
from clearing.files.tables import BadInput, read_text
from clearing.files.units import Malformed, Unit, Units, decimal, quoted
from clearing.rules import MAX_TOTAL

FILE = "summary.json"
RULES = ("tick", "lot", "price_bounds")
FIELDS = ("welfare", "gap", "book_hash", "result_hash", *RULES, "short", "spilled", "seconds")
Unserved = tuple[tuple[str, str, int], ...]


class _Number(str):
    """A number of the file as it is written there: exact, whatever its size."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What summary.json says; money in ticks × lots, quantities in lots.

    Attributes
    ----------
    welfare, gap : int
        The welfare, and how much more the prices would allow at most.
    book_hash, result_hash : str
        The fingerprints of book and result.
    units : Units
        The tick, the lot and the bounds of prices that the book was cleared with.
    short, spilled : tuple of (period, bus, quantity)
        Demand at the highest price that nobody could serve, supply at the lowest that nobody could take.
    seconds : float
        How long the clearing took; the only figure that differs from run to run.
    """

    welfare: int
    gap: int
    book_hash: str
    result_hash: str
    units: Units
    short: Unserved
    spilled: Unserved
    seconds: float

    def text(self) -> str:
        """The content of the file."""
        units = self.units
        low, high = (units.tick.text(bound) for bound in units.bounds)
        fields = {
            "welfare": units.money.text(self.welfare),
            "gap": units.money.text(self.gap),
            "book_hash": json.dumps(self.book_hash),
            "result_hash": json.dumps(self.result_hash),
            "tick": str(units.tick),
            "lot": str(units.lot),
            "price_bounds": f"[{low}, {high}]",
            "short": _unserved_text(self.short, units),
            "spilled": _unserved_text(self.spilled, units),
            "seconds": f"{self.seconds:.3f}",
        }
        # By hand: no number of the json module is both a decimal and exact.
        return "{\n" + ",\n".join(f'  "{key}": {value}' for key, value in fields.items()) + "\n}\n"


def _unserved_text(rows: Unserved, units: Units) -> str:
    """A list of objects, one in a line."""
    objects = []
    for period, bus, lots in rows:
        head = json.dumps({"period": period, "bus": bus})[:-1]
        objects.append(f'\n    {head}, "quantity": {units.lot.text(lots)}}}')
    return f"[{','.join(objects)}\n  ]" if objects else "[]"


def read_summary(folder: Path) -> Summary:
    """Read summary.json of a result's folder.

    Raises
    ------
    BadInput
        If it is not what `Summary.text` writes.
    """
    text = read_text(folder / FILE)
    try:
        fields = json.loads(text, parse_int=_Number, parse_float=_Number, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise BadInput(FILE, f"the text is not JSON: {error.msg}", error.lineno) from error
    except (Malformed, RecursionError) as error:
        raise BadInput(FILE, str(error), 1) from error
    if not isinstance(fields, dict):
        raise BadInput(FILE, "the text is not a JSON object", 1)
    return _Reader(text, fields).summary()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for place, (key, _) in enumerate(pairs):
        if key in (earlier for earlier, _ in pairs[:place]):
            raise Malformed(f"{quoted(key)} is given twice")
    return dict(pairs)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The fields of a file, and where they stand in its text."""

    source: str
    fields: dict[str, Any]

    def summary(self) -> Summary:
        for key in self.fields:
            if key not in FIELDS:
                self._refuse(key, "unknown field")
        units = self._units()
        any_money = units.money.multiple
        return Summary(
            welfare=self._read("welfare", any_money),
            gap=self._read("gap", any_money),
            book_hash=self._read("book_hash", _hash, str),
            result_hash=self._read("result_hash", _hash, str),
            units=units,
            short=self._unserved("short", units),
            spilled=self._unserved("spilled", units),
            seconds=self._read("seconds", _seconds),
        )

    def _refuse(self, key: str, text: str) -> NoReturn:
        place = self.source.find(json.dumps(key))
        raise BadInput(FILE, text, self.source.count("\n", 0, max(place, 0)) + 1, key)

    def _read(self, key: str, reader: Callable[[str], Any], kind: type[str] = _Number) -> Any:
        if key not in self.fields:
            self._refuse(key, "the field is missing")
        value: Any = self.fields[key]
        if type(value) is not kind:
            self._refuse(key, f"the field is not a {'number' if kind is _Number else 'text'}")
        try:
            return reader(value)
        except Malformed as error:
            self._refuse(key, str(error))

    def _units(self) -> Units:
        units = Units(self._read("tick", Unit.of), self._read("lot", Unit.of))
        bounds = self.fields.get("price_bounds")
        if not (isinstance(bounds, list) and [type(bound) for bound in bounds] == [_Number] * 2):
            self._refuse("price_bounds", "the field is not a pair of numbers")
        try:
            return units.within([str(bound) for bound in bounds])
        except Malformed as error:
            self._refuse("price_bounds", str(error))

    def _unserved(self, key: str, units: Units) -> Unserved:
        rows = self.fields.get(key)
        if not isinstance(rows, list):
            self._refuse(key, "the field is not a list")
        return tuple(self._entry(key, row, units) for row in rows)

    def _entry(self, key: str, row: Any, units: Units) -> tuple[str, str, int]:
        kinds = {"period": str, "bus": str, "quantity": _Number}
        if not isinstance(row, dict) or {name: type(value) for name, value in row.items()} != kinds:
            self._refuse(key, "an entry is not a period, a bus and a quantity")
        try:
            return name(row["period"]), name(row["bus"]), units.lot.between(0, MAX_TOTAL)(row["quantity"])
        except Malformed as error:
            self._refuse(key, str(error))


def _hash(text: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise Malformed(f"{quoted(text)} is not 64 hexadecimal digits")
    return text


def _seconds(text: str) -> float:
    digits, places = decimal(text)
    return float(digits / 10**places)


def unserved(rows: Sequence[Sequence[int]], periods: Sequence[str], buses: Sequence[str]) -> Unserved:
    """Rows of period, bus and quantity with names for numbers."""
    return tuple((periods[period], buses[bus], lots) for period, bus, lots in rows)
