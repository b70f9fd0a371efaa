"""The village: a real low-voltage grid and a year of its quarter-hour energies, read strictly from its files.

Usable without the database. What is wrong is reported with file, row and column; the header is row 1.
"""

import csv
import lzma
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from shared.numbers import NotANumber, parse_decimal

FOLDER = Path(__file__).parent / "village_data"
WHOLE_NUMBERS = re.compile(r"[0-9]{1,8}(,[0-9]{1,8})*")
QUARTER_HOURS = 35_136  # of 2016, a leap year, in local standard time
BUS_KINDS = ("substation", "connection", "junction")
ASSET_KINDS = ("load", "heat_pump", "ev_charger", "pv", "battery")


class VillageFileError(ValueError):
    """A village file breaks a rule."""

    def __init__(self, file, row, column, detail):
        super().__init__(f"{file}, row {row}, column {column}: {detail}")
        self.file, self.row, self.column, self.detail = file, row, column, detail


@dataclass(frozen=True, slots=True)
class VillageBus:
    """A point of the village's grid."""

    name: str
    longitude: float
    latitude: float
    kind: str


@dataclass(frozen=True, slots=True)
class VillageLine:
    """Joins a bus to the next bus towards the substation."""

    bus: str
    towards: str
    length_m: int
    capacity_w: int


@dataclass(frozen=True, slots=True)
class VillageAsset:
    """What stands at a connection."""

    name: str
    bus: str
    kind: str
    profile: str
    rated_w: int
    capacity_wh: int | None


@dataclass(frozen=True, slots=True)
class Village:
    """Buses, lines directed towards the substation, and assets, each in the order of its file."""

    buses: tuple[VillageBus, ...]
    lines: tuple[VillageLine, ...]
    assets: tuple[VillageAsset, ...]

    @property
    def substation(self):
        """The name of the bus that ties the village to the grid beyond it."""
        return next(bus.name for bus in self.buses if bus.kind == "substation")


@dataclass(frozen=True, slots=True, eq=False)
class Energies:
    """`wh[i, q]` is the energy of `assets[i]` in quarter hour q of 2016, whichever way it flows."""

    assets: tuple[str, ...]
    wh: np.ndarray

    def of(self, asset):
        """The year of one asset."""
        return self.wh[self.assets.index(asset)]


def read(folder=FOLDER):
    """Read the grid and its assets.

    :raises VillageFileError: a value, a reference, or the shape of the grid is not as it must be
    """
    buses = _read_buses(folder)
    names = {bus.name for bus in buses}
    lines = _read_lines(folder, names, next(bus.name for bus in buses if bus.kind == "substation"))
    return Village(buses, lines, _read_assets(folder, names))


@cache
def energies(folder=FOLDER):
    """Read the year of quarter-hour energies; every asset but the batteries has one row.

    :raises VillageFileError: a row is not a known asset's name and 35,136 whole numbers
    """
    expected = {asset.name for asset in read(folder).assets if asset.kind != "battery"}
    file = "energy_wh.csv.xz"
    names, rows = [], []
    with lzma.open(folder / file, "rt", encoding="ascii", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            name, _, values = line.rstrip("\n").partition(",")
            if name not in expected or name in names:
                raise VillageFileError(file, number, "asset", f"{name[:20]!r} is unknown or repeated")
            names.append(name)
            rows.append(_whole_numbers(values, file, number))
    if missing := sorted(expected - set(names)):
        raise VillageFileError(file, len(names), "asset", f"{missing[0]} has no energies")
    wh = np.array(rows)
    wh.setflags(write=False)
    return Energies(tuple(names), wh)


def _whole_numbers(text, file, row):
    if not WHOLE_NUMBERS.fullmatch(text):
        values = text.split(",")
        column = next((i for i, value in enumerate(values) if not WHOLE_NUMBERS.fullmatch(value)), 0)
        raise VillageFileError(file, row, column + 2, f"{values[column][:20]!r} is not a whole number of Wh")
    energies_wh = np.fromstring(text, dtype=np.int32, sep=",")
    if len(energies_wh) != QUARTER_HOURS:
        column = len(energies_wh) + 1
        raise VillageFileError(file, row, column, f"{len(energies_wh)} energies, not {QUARTER_HOURS}")
    return energies_wh


def _read_buses(folder):
    buses, names = [], set()
    for row in _rows(folder, "nodes.csv", ("node", "longitude", "latitude", "kind")):
        row.once("node", names)
        kind = row.one_of("kind", BUS_KINDS)
        if kind == "substation" and any(bus.kind == kind for bus in buses):
            raise row.error("kind", "a second substation")
        longitude, latitude = row.decimal("longitude", 6, -180, 180), row.decimal("latitude", 6, -90, 90)
        buses.append(VillageBus(row["node"], longitude / 10**6, latitude / 10**6, kind))
    if not any(bus.kind == "substation" for bus in buses):
        raise VillageFileError("nodes.csv", len(buses) + 1, "kind", "no bus is the substation")
    return tuple(buses)


def _read_lines(folder, names, substation):
    rows, neighbours = [], {name: [] for name in names}
    group = {name: name for name in names}  # of buses that are joined so far
    for row in _rows(folder, "lines.csv", ("from_node", "to_node", "length_m", "capacity_kw")):
        ends = [row.known(column, names) for column in ("from_node", "to_node")]
        first, second = (_representative(group, end) for end in ends)
        if first == second:
            raise row.error("to_node", f"{ends[0]} and {ends[1]} are joined already: the lines close a loop")
        group[first] = second
        length_m = (row.decimal("length_m", 1, 0, 100_000) + 5) // 10
        line = (*ends, length_m, row.decimal("capacity_kw", 3, 0, 10**6))
        for end in ends:
            neighbours[end].append(line)
        rows.append(line)
    return _towards(substation, rows, neighbours)


def _representative(group, name):
    while group[name] != name:
        name = group[name]
    return name


def _towards(substation, rows, neighbours):
    """Direct every line towards the substation."""
    above, waiting = {substation: None}, [substation]
    while waiting:
        bus = waiting.pop()
        for line in neighbours[bus]:
            other = line[1] if line[0] == bus else line[0]
            if other not in above:
                above[other] = bus
                waiting.append(other)
    if unreached := sorted(set(neighbours) - set(above)):
        raise VillageFileError("lines.csv", len(rows) + 1, "from_node", f"no line leads to {unreached[0]}")
    return tuple(
        VillageLine(*((a, b) if above[a] == b else (b, a)), length_m, capacity_w)
        for a, b, length_m, capacity_w in rows
    )


def _read_assets(folder, names):
    assets, seen = [], set()
    for row in _rows(folder, "assets.csv", ("asset", "node", "kind", "profile", "rated_kw", "capacity_kwh")):
        row.once("asset", seen)
        kind, bus = row.one_of("kind", ASSET_KINDS), row.known("node", names)
        capacity_wh = None
        if kind == "battery":
            capacity_wh = row.decimal("capacity_kwh", 3, 0, 10**6)
        elif row["capacity_kwh"]:
            raise row.error("capacity_kwh", "only batteries have a capacity")
        rated_w = row.decimal("rated_kw", 3, 0, 10**6)
        assets.append(VillageAsset(row["asset"], bus, kind, row["profile"], rated_w, capacity_wh))
    return tuple(assets)


class _Row:
    """One row of a file, which knows where it stands."""

    def __init__(self, file, number, values):
        self.file, self.number, self.values = file, number, values

    def __getitem__(self, column):
        return self.values[column]

    def error(self, column, detail):
        return VillageFileError(self.file, self.number, column, detail)

    def once(self, column, seen):
        value = self[column]
        if not value or value in seen:
            raise self.error(column, f"{value[:20]!r} is empty or stands there twice")
        seen.add(value)

    def known(self, column, names):
        if self[column] not in names:
            raise self.error(column, f"there is no bus {self[column][:20]!r}")
        return self[column]

    def one_of(self, column, choices):
        if self[column] not in choices:
            raise self.error(column, f"{self[column][:20]!r} is none of {', '.join(choices)}")
        return self[column]

    def decimal(self, column, scale, low, high):
        try:
            return parse_decimal(self[column], scale=scale, low=low * 10**scale, high=high * 10**scale)
        except NotANumber as error:
            raise self.error(column, str(error)) from error


def _rows(folder, file, columns):
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        if next(reader, None) != list(columns):
            raise VillageFileError(file, 1, columns[0], f"the header must be {','.join(columns)}")
        for number, values in enumerate(reader, start=2):
            if len(values) != len(columns):
                column = columns[min(len(values), len(columns) - 1)]
                raise VillageFileError(file, number, column, f"{len(values)} values, not {len(columns)}")
            yield _Row(file, number, dict(zip(columns, values, strict=True)))
