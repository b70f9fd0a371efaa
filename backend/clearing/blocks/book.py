"""Block orders as a struct of arrays: orders over several periods that stand or fall together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clearing.rules import BUY, MAX_PRICE, MAX_QUANTITY, MAX_TOTAL, SELL, Ints, InvalidBook, changes, whole

# Ratios are counted in millionths; NONE stands for no parent and no group.
WHOLE = 1_000_000
NONE = -1
OF_A_BLOCK = ("bus", "side", "price", "min_ratio", "parent", "group")


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Block orders, sorted by id; block `i` owns the rows `first[i]:first[i + 1]`, sorted by period.

    Attributes
    ----------
    block, bus, side, price : ndarray of int64, shape (n_blocks,)
        Id, where, `SELL` or `BUY`, the limit of the average price over the profile. [Rp/MWh]
    min_ratio : ndarray of int64, shape (n_blocks,)
        The least ratio but nothing; `WHOLE` is all or nothing. [millionths]
    parent : ndarray of int64, shape (n_blocks,)
        The block without which this one is not accepted, as an index; `NONE` if there is none.
    group : ndarray of int64, shape (n_blocks,)
        The exclusive group, numbered from 0; `NONE` if there is none.
    first : ndarray of int64, shape (n_blocks + 1,)
        Where the rows of each block begin.
    period, quantity : ndarray of int64, shape (n_rows,)
        The profile. [-, Wh]
    biggest, least : ndarray of int64, shape (n_blocks,)
        The quantity of each block's biggest period, in which its ratio is counted, and what it must get there
        at least, if anything. [Wh]

    Examples
    --------
    Ada sells in two periods, all or nothing; Bo buys after her, at least a half:

    >>> from clearing import BUY, SELL, Blocks
    >>> blocks = Blocks.from_rows(
    ...     block=[7, 7, 8], bus=[0, 0, 0], period=[0, 1, 1], side=[SELL, SELL, BUY], price=[40, 40, 90],
    ...     quantity=[500, 300, 400], min_ratio=[1_000_000, 1_000_000, 500_000], parent=[-1, -1, 7],
    ... )
    >>> blocks.block, blocks.first, blocks.parent, blocks.biggest
    (array([7, 8]), array([0, 2, 3]), array([-1,  0]), array([500, 400]))
    """

    block: Ints
    bus: Ints
    side: Ints
    price: Ints
    min_ratio: Ints
    parent: Ints
    group: Ints
    first: Ints
    period: Ints
    quantity: Ints
    biggest: Ints
    least: Ints

    @classmethod
    def from_rows(
        cls,
        block: ArrayLike,
        bus: ArrayLike,
        period: ArrayLike,
        side: ArrayLike,
        price: ArrayLike,
        quantity: ArrayLike,
        min_ratio: ArrayLike | None = None,
        parent: ArrayLike | None = None,
        group: ArrayLike | None = None,
    ) -> Blocks:
        """Sort rows, one per block and period, into canonical blocks: the order of the rows never matters.

        Parameters
        ----------
        block, bus, period, side, price, quantity : array_like of int, shape (n_rows,)
            One row per block and period. [-, -, -, `SELL`/`BUY`, Rp/MWh, Wh]
        min_ratio : array_like of int, shape (n_rows,), optional
            From 1 to `WHOLE`, which it is by default. [millionths]
        parent, group : array_like of int, shape (n_rows,), optional
            The id of a block, the id of a group; `NONE` (default) for none.

        Raises
        ------
        InvalidBook
            (a `ValueError`) if a column leaves its range, a block says two things of itself or has a period
            twice, a parent is unknown or its own descendant, or a group stands at two buses.
        """
        given = {"block": block, "bus": bus, "period": period, "side": side}
        given |= {"price": price, "quantity": quantity}
        rows = {name: whole(name, values) for name, values in given.items()}
        for name, values, otherwise in (
            ("min_ratio", min_ratio, WHOLE), ("parent", parent, NONE), ("group", group, NONE)
        ):  # fmt: skip
            preset = np.full(rows["block"].shape, otherwise, np.int64)
            rows[name] = preset if values is None else whole(name, values)
        _check_ranges(rows)
        sorting = np.lexsort((rows["period"], rows["block"]))
        rows = {name: values[sorting] for name, values in rows.items()}
        opens = changes(rows["block"])
        _check_sameness(rows, opens, sorting)
        starts = np.flatnonzero(opens)
        heads = {name: rows[name][starts] for name in ("block", *OF_A_BLOCK)}
        heads["parent"] = _parents(heads, starts, sorting)
        heads["group"] = _groups(heads, starts, sorting)
        first = np.append(starts, len(opens)).astype(np.int64)
        biggest = np.maximum.reduceat(rows["quantity"], starts) if len(starts) else np.zeros(0, np.int64)
        least = biggest - biggest * (WHOLE - heads["min_ratio"]) // WHOLE
        profile = {"period": rows["period"], "quantity": rows["quantity"]}
        return cls(**heads, first=first, **profile, biggest=biggest, least=least)

    def __len__(self) -> int:
        return len(self.block)

    @property
    def row_block(self) -> Ints:
        """The block that each row belongs to, shape (n_rows,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.first))

    @property
    def sign(self) -> Ints:
        """+1 for a seller, -1 for a buyer, shape (n_blocks,)."""
        return np.where(self.side == BUY, -1, 1)

    def added(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Add up a figure of all rows of each block."""
        return np.add.reduceat(rows, self.first[:-1]) if len(self) else np.zeros(0, rows.dtype)

    def accepted(self, share: Ints) -> Ints:
        """What each row gets if a block gets `share` in its biggest period: in proportion, half up. [Wh]

        Parameters
        ----------
        share : ndarray of int64, shape (n_blocks,)
            From 0 to `biggest`. [Wh]

        Examples
        --------
        >>> blocks = Blocks.from_rows([1, 1], [0, 0], [0, 1], [0, 0], [40, 40], [1000, 500], [1, 1])
        >>> blocks.accepted(np.array([333]))
        array([333, 167])
        """
        row, biggest = self.row_block, self.biggest
        got = np.where((share == biggest)[row], self.quantity, 0)
        for i in np.flatnonzero(((share > 0) & (share < biggest))[row]).tolist():
            whole_of, part = int(biggest[row[i]]), int(share[row[i]])
            got[i] = (2 * int(self.quantity[i]) * part + whole_of) // (2 * whole_of)
        return got

    def check_fit(self, n_buses: int, n_periods: int, bounds: tuple[int, int]) -> None:
        """The blocks must stand on the grid, in its periods and within the bounds."""
        row = self.row_block
        for name, values, low, high in (
            ("bus", self.bus[row], 0, n_buses - 1),
            ("period", self.period, 0, n_periods - 1),
            ("price", self.price[row], *bounds),
        ):
            for i in np.flatnonzero((values < low) | (values > high))[:1].tolist():
                text = f"block {self.block[row[i]]}: {name} {values[i]} is not between {low} and {high}"
                raise InvalidBook(text, column=name)


def _check_ranges(rows: dict[str, Ints]) -> None:
    if len({values.shape for values in rows.values()}) != 1 or rows["block"].ndim != 1:
        raise InvalidBook("all columns of the blocks must be flat and equally long")
    for name, (low, high) in {
        "block": (0, 2**62),
        "bus": (0, 2**31),
        "period": (0, 2**31),
        "side": (SELL, BUY),
        "price": (-MAX_PRICE, MAX_PRICE),
        "quantity": (1, MAX_QUANTITY),
        "min_ratio": (1, WHOLE),
        "parent": (NONE, 2**62),
        "group": (NONE, 2**62),
    }.items():
        for row in np.flatnonzero((rows[name] < low) | (rows[name] > high))[:1].tolist():
            raise InvalidBook(f"{name} {rows[name][row]} is not between {low} and {high}", row, name)
    if rows["quantity"].astype(float).sum() >= MAX_TOTAL:
        raise InvalidBook(f"the quantities of all blocks add up to more than {MAX_TOTAL}", column="quantity")


def _check_sameness(rows: dict[str, Ints], opens: NDArray[np.bool_], sorting: Ints) -> None:
    """A block says one thing of itself, and each period once."""
    for name in OF_A_BLOCK:
        differs = ~opens & (np.diff(rows[name], prepend=0) != 0)
        for i in np.flatnonzero(differs)[:1].tolist():
            raise InvalidBook(f"a block has more than one {name}", int(max(sorting[i], sorting[i - 1])), name)
    twice = ~opens & (np.diff(rows["period"], prepend=-1) == 0)
    for i in np.flatnonzero(twice)[:1].tolist():
        row = int(max(sorting[i], sorting[i - 1]))
        raise InvalidBook("a block has a period twice", row, "period")


def _parents(heads: dict[str, Ints], starts: Ints, sorting: Ints) -> Ints:
    """Parents as indices; refuses unknown ones and loops."""
    ids, parent = heads["block"], heads["parent"]
    place = np.searchsorted(ids, parent)
    inside = np.minimum(place, max(len(ids) - 1, 0))
    for i in np.flatnonzero((parent != NONE) & (ids[inside] != parent))[:1].tolist():
        raise InvalidBook(f"there is no block {parent[i]} to be a parent", int(sorting[starts[i]]), "parent")
    index = np.where(parent == NONE, NONE, inside)
    ahead = np.append(index, NONE)
    for _ in range(len(ids).bit_length() + 1):
        ahead = ahead[ahead]
    for i in np.flatnonzero(ahead >= 0)[:1].tolist():
        raise InvalidBook(f"block {ids[i]} is its own ancestor", int(sorting[starts[i]]), "parent")
    return index


def _groups(heads: dict[str, Ints], starts: Ints, sorting: Ints) -> Ints:
    """Groups numbered from 0; refuses a group at two buses."""
    names, number = np.unique(heads["group"], return_inverse=True)
    where: dict[int, int] = {}
    for i in np.flatnonzero(heads["group"] != NONE).tolist():
        if where.setdefault(int(heads["group"][i]), int(heads["bus"][i])) != heads["bus"][i]:
            text = f"group {heads['group'][i]} has blocks at more than one bus"
            raise InvalidBook(text, int(sorting[starts[i]]), "group")
    shift = 1 if len(names) and names[0] == NONE else 0
    return np.where(heads["group"] == NONE, NONE, number.astype(np.int64) - shift)
