"""A book with its names: what orders.csv and lines.csv say together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from clearing.blocks.book import Blocks
from clearing.book import Grid, Orders
from clearing.files import blocks as block_files
from clearing.files import lines, names, orders
from clearing.files.tables import Say, write_table
from clearing.files.units import Units
from clearing.hashes import book_hash
from clearing.mesh import Mesh
from clearing.rules import BUY, LINEAR, UNLIMITED, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Orders and grid, and the names by which the files know them.

    Attributes
    ----------
    orders : Orders
        The book.
    grid : Grid
        Its grid; of a single nameless bus if the book has none.
    order_names : dict of int to str
        The name of each order number.
    buses, periods : tuple of str
        The name of each number; shorter names first, then bytewise.
    from_bus, to_bus : ndarray of int64, shape (n_lines,)
        The lines in the direction of the files, sorted.
    below : ndarray of int64, shape (n_lines,)
        The bus that each line joins to its parent; of a line that closes a loop `-1 - ` its place in `mesh`.
    mesh : Mesh, optional
        All lines, if some close loops; the grid is its forest then.
    blocks : Blocks, optional
        Block orders, if there are any.
    block_names : dict of int to str
        The name of each block number.
    """

    orders: Orders
    grid: Grid
    order_names: Mapping[int, str]
    buses: tuple[str, ...]
    periods: tuple[str, ...]
    from_bus: Ints
    to_bus: Ints
    below: Ints
    mesh: Mesh | None = None
    blocks: Blocks | None = None
    block_names: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        orders: Orders,
        grid: Grid,
        *,
        buses: Sequence[str],
        periods: Sequence[str],
        order_names: Mapping[int, str] | None = None,
        blocks: Blocks | None = None,
        block_names: Mapping[int, str] | None = None,
    ) -> Book:
        """Name a book that did not come from files; its lines are directed towards their roots.

        Raises
        ------
        ValueError
            If buses or periods are not in the order of their names: a reader of the files would number
            them otherwise.
        """
        for given in (tuple(buses), tuple(periods)):
            if names.in_order(given) != given:
                raise ValueError("names must ascend, shorter ones first, each given once")
        if order_names is None:
            order_names = {number: str(number) for number in np.unique(orders.order).tolist()}
        below = np.flatnonzero(grid.parent >= 0)
        ends = below, grid.parent[below]
        return cls(
            orders,
            _without_figures_at_roots(grid),
            order_names,
            tuple(buses),
            tuple(periods),
            *ends,
            below,
            blocks=blocks,
            block_names=block_names or {},
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to decide: no bus, or no period."""
        return not self.buses or not self.periods

    @property
    def hash(self) -> str:
        """The fingerprint of orders and grid."""
        return book_hash(self.orders, self.network, self.blocks)

    @property
    def network(self) -> Grid | Mesh:
        """All lines, whether or not they close loops."""
        return self.grid if self.mesh is None else self.mesh

    @property
    def upwards(self) -> Ints:
        """-1 for a line directed away from its root, +1 for any other, shape (n_lines,)."""
        return np.where((self.from_bus == self.below) | (self.below < 0), 1, -1)


def _without_figures_at_roots(grid: Grid) -> Grid:
    """The same grid; what it says of the line of a root, which has none, is not in the files."""
    root = grid.parent < 0
    return Grid.from_parents(
        grid.parent,
        capacity_up=np.where(root, UNLIMITED, grid.capacity_up),
        capacity_down=np.where(root, UNLIMITED, grid.capacity_down),
        fee_up=np.where(root, 0, grid.fee_up),
        fee_down=np.where(root, 0, grid.fee_down),
    )


def read_book(
    orders_path: Path, lines_path: Path | None, units: Units, say: Say, blocks_path: Path | None = None
) -> Book:
    """Read a book and its grid; without lines every bus stands alone.

    Raises
    ------
    BadInput
        If a file says something that it must not.
    """
    if lines_path is None:
        order_file = orders.read_orders(orders_path, units, names.READER, say)
        return _without_lines(order_file, _read_blocks(blocks_path, units, names.READER, say))
    line_file = lines.read_lines(lines_path, units, say)
    bus = lines.known_bus(line_file.buses, lines_path.name)
    order_file = orders.read_orders(orders_path, units, bus, say)
    block_file = _read_blocks(blocks_path, units, bus, say)
    block_periods = () if block_file is None else block_file.periods
    periods = names.in_order((*order_file.periods, *line_file.periods, *block_periods))
    below = np.empty(len(line_file.lines.row), np.int64)
    hanging = np.flatnonzero(line_file.line_above >= 0)
    below[line_file.line_above[hanging]] = hanging
    mesh = lines.mesh_of(line_file, periods) if len(hanging) < len(below) else None
    if mesh is not None:
        grid, below = mesh.forest, mesh.line
    else:
        # A file without a single bus still needs a grid of one to be hashed with.
        grid = lines.grid_of(line_file, periods) if line_file.buses else Grid.from_parents([-1])
    return Book(
        orders=orders.book_of(order_file, line_file.buses, periods),
        grid=grid,
        mesh=mesh,
        **_blocks(block_file, line_file.buses, periods),
        order_names=_order_names(order_file),
        buses=line_file.buses,
        periods=periods,
        from_bus=line_file.lines.from_bus,
        to_bus=line_file.lines.to_bus,
        below=below,
    )


def _read_blocks(
    path: Path | None, units: Units, bus: Callable[[str], str], say: Say
) -> block_files.BlockFile | None:
    return None if path is None else block_files.read_blocks(path, units, bus, say)


def _blocks(
    file: block_files.BlockFile | None, buses: tuple[str, ...], periods: tuple[str, ...]
) -> dict[str, Any]:
    """The fields of a book that blocks.csv fills."""
    if file is None:
        return {}
    block_names = {number: name for name, number in file.blocks.items()}
    return {"blocks": block_files.blocks_of(file, buses, periods), "block_names": block_names}


def _without_lines(file: orders.OrderFile, block_file: block_files.BlockFile | None) -> Book:
    none = np.zeros(0, np.int64)
    buses, periods = file.buses, file.periods
    if block_file is not None:
        buses, periods = (
            names.in_order((*ours, *theirs))
            for ours, theirs in ((buses, block_file.buses), (periods, block_file.periods))
        )
    return Book(
        orders=orders.book_of(file, buses, periods),
        grid=Grid.from_parents(np.full(max(1, len(buses)), -1)),
        **_blocks(block_file, buses, periods),
        order_names=_order_names(file),
        buses=buses,
        periods=periods,
        from_bus=none,
        to_bus=none,
        below=none,
    )


def _order_names(file: orders.OrderFile) -> dict[int, str]:
    return {number: name for name, number in file.orders.items()}


def write_book(folder: Path, book: Book, units: Units, blocks: str = "blocks.csv") -> None:
    """Write orders.csv and lines.csv, so that reading them gives the same book with the same hash.

    Block orders go into a file of the name `blocks`, another one where the result goes into this folder, too.

    Every root has a row of its own in lines.csv: a bus that no line reaches is known by it, and the
    root of a part need not be its first bus.
    """
    write_table(folder / "orders.csv", (*orders.COLUMNS, *orders.OPTIONAL), _order_rows(book, units))
    write_table(folder / "lines.csv", lines.COLUMNS, _line_rows(book, units))
    if book.blocks is not None:
        rows = block_files.block_rows(book.blocks, book.block_names, book.buses, book.periods, units)
        write_table(folder / blocks, block_files.COLUMNS, rows)


def _order_rows(book: Book, units: Units) -> Iterator[Sequence[str]]:
    offers = book.orders
    heads = zip(offers.order, offers.bus, offers.period, offers.side, offers.curve, strict=True)
    for offer, (order, bus, period, side, curve) in enumerate(heads):
        head = (book.order_names[int(order)], book.buses[bus], book.periods[period])
        side_name = "buy" if side == BUY else "sell"
        curve_name = "linear" if curve == LINEAR else "step"
        for point in range(offers.first[offer], offers.first[offer + 1]):
            price, quantity = int(offers.price[point]), int(offers.quantity[point])
            yield *head, side_name, units.tick.text(price), units.lot.text(quantity), curve_name


def _line_rows(book: Book, units: Units) -> Iterator[Sequence[str]]:
    for root in np.flatnonzero(book.grid.parent < 0)[: len(book.buses)].tolist():
        yield book.buses[root], "", "", "", "", "", ""
    columns = _figures(book)
    n_rows = max(len(column) for column in columns)
    for line, ends in enumerate(zip(book.from_bus.tolist(), book.to_bus.tolist(), strict=True)):
        head = tuple(book.buses[bus] for bus in ends)
        for row in range(n_rows):
            period = book.periods[row] if n_rows > 1 else lines.EVERY_PERIOD
            figures = (int(column[row if len(column) > 1 else 0, line]) for column in columns)
            yield *head, period, *_figure_texts(figures, units)


def _figures(book: Book) -> list[Ints]:
    """Capacities and fees forward and backward, by period and line."""
    forward_up = book.upwards > 0
    columns = []
    for kind in ("capacity", "fee"):
        up, down = np.broadcast_arrays(*(_by_line(book, f"{kind}_{way}") for way in ("up", "down")))
        columns += [np.where(forward_up, up, down), np.where(forward_up, down, up)]
    return columns


def _by_line(book: Book, name: str) -> Ints:
    """A figure of each line, for all periods that either part of the lines tells apart."""
    column: Ints = getattr(book.grid, name)
    if book.mesh is None:
        return column[:, book.below]
    round_loops: Ints = getattr(book.mesh, name)
    rows = max(len(column), len(round_loops))
    found = np.empty((rows, len(book.below)), np.int64)
    forest = book.below >= 0
    found[:, forest] = column[:, book.below[forest]]
    found[:, ~forest] = round_loops[:, -1 - book.below[~forest]]
    return found


def _figure_texts(figures: Iterator[int], units: Units) -> Iterator[str]:
    for column, figure in zip(lines.FIGURES, figures, strict=True):
        if column.startswith("capacity"):
            yield "" if figure >= UNLIMITED else units.lot.text(figure)
        else:
            yield units.tick.text(figure) if figure else ""
