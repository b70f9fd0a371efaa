"""The slow, obvious fair share: a quadratic program over all solutions of greatest welfare and volume."""

import highspy
import numpy as np


def least_squares(program):
    """Accepted quantity of each step that makes the sum of accepted²/offered least.

    `program` is an `oracle.Period`. Welfare and volume are held together as 2·welfare + volume, by the
    reduced form of docs/clearing.md, "Volume"; that this is right is tested on its own.
    """
    n = len(program.upper)
    if not n:
        return np.zeros(0)
    objective = 2 * program.worth + program.volume
    best = program.best(objective)
    model = highspy.HighsModel()
    lp = model.lp_
    rows = np.vstack([program.injection, objective])
    lp.num_col_, lp.num_row_ = n, len(rows)
    lp.col_cost_ = np.zeros(n)
    lp.col_lower_, lp.col_upper_ = np.zeros(n), np.array(program.upper, float)
    lp.row_lower_ = lp.row_upper_ = np.append(np.zeros(program.n_buses), best)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    columns, where = np.nonzero(rows.T)
    lp.a_matrix_.start_ = np.searchsorted(columns, np.arange(n + 1))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = where, rows.T[columns, where]
    steps = np.array([2.0 / s.quantity for s in program.steps])
    model.hessian_.dim_ = n
    model.hessian_.format_ = highspy.HessianFormat.kTriangular
    diagonal = np.concatenate([steps, np.full(n - len(steps), 1e-9)])
    model.hessian_.start_ = np.arange(n + 1)
    model.hessian_.index_, model.hessian_.value_ = np.arange(n), diagonal
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(model)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return np.array(solver.getSolution().col_value)[: len(program.steps)]
