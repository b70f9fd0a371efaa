"""HiGHS, held so that the same program gives the same answer everywhere: one thread, one seed, no clock."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
INFINITE = math.inf


class Unsolved(Exception):
    """The solver found no answer within its bounds, or none that holds in whole numbers."""


def solver(**options: Any) -> Any:
    """A silent solver of linear programs."""
    import highspy  # only here and below: most auctions need no solver, and it takes a while to load

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    preset: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "presolve": "off",
        "parallel": "off",
    }
    for name, value in (preset | options).items():
        highs.setOptionValue(name, value)
    return highs


def program(
    cost: Floats, upper: tuple[Floats, Floats], rows: tuple[Floats, Floats], matrix: tuple[Any, Any, Any]
) -> Any:
    """A linear program to maximise; bounds come in pairs, the matrix column by column."""
    import highspy

    lp = highspy.HighsLp()
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.num_col_, lp.num_row_ = len(cost), len(rows[0])
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, *upper
    lp.row_lower_, lp.row_upper_ = rows
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix
    return lp


def solved(highs: Any) -> bool:
    """Run; whether there is an optimal answer."""
    import highspy

    highs.run()
    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def infeasible(highs: Any) -> bool:
    """Whether the last run has shown that there is no answer."""
    import highspy

    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible)


def maximise(highs: Any) -> None:
    """Look for the greatest instead of the least."""
    import highspy

    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
