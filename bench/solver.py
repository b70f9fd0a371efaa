"""The same auction as a linear program for HiGHS at its fastest setting: interior point, presolve off."""

import highspy
import numpy as np

OPTIONS = {"output_flag": False, "solver": "ipm", "presolve": "off"}


class Program:
    """Accepted quantities and flows of greatest welfare, of step orders on a grid, in some of its periods."""

    def __init__(self, orders, grid, periods):
        offer = orders.point_offer
        points = np.flatnonzero(np.isin(orders.period[offer], periods))
        row_of = np.full(int(max(periods)) + 1, -1)
        row_of[np.asarray(periods)] = np.arange(len(periods))
        n, buys = len(grid.parent), orders.side[offer[points]] == 1
        balance = row_of[orders.period[offer[points]]] * n + orders.bus[offer[points]]
        # A column per step, then per line and period one for each direction.
        starts, rows = [np.arange(len(points))], [balance]
        values, costs = [np.where(buys, -1.0, 1.0)], [np.where(buys, -1, 1) * orders.price[points]]
        upper, place = [orders.quantity[points]], len(points)
        below = np.flatnonzero(grid.parent >= 0)
        for k, period in enumerate(periods):
            for up in (True, False):
                capacity, fee = (
                    column[min(period, len(column) - 1), below]
                    for column in (
                        (grid.capacity_up, grid.fee_up) if up else (grid.capacity_down, grid.fee_down)
                    )
                )
                ends = np.stack([k * n + below, k * n + grid.parent[below]], axis=1)
                starts.append(place + 2 * np.arange(len(below)))
                place += 2 * len(below)
                rows.append(ends.ravel())
                values.append(np.tile([-1.0, 1.0] if up else [1.0, -1.0], len(below)))
                costs.append(fee)
                upper.append(capacity)
        self.points = points
        self._pass(n * len(periods), starts, rows, values, costs, upper)

    def _pass(self, n_rows, starts, rows, values, costs, upper):
        model = highspy.HighsLp()
        rows, costs = np.concatenate(rows), np.concatenate(costs).astype(float)
        model.num_col_, model.num_row_ = len(costs), n_rows
        model.col_cost_, model.col_lower_ = costs, np.zeros(len(costs))
        limits = np.concatenate(upper).astype(float)
        model.col_upper_ = np.where(limits >= 2**60, highspy.kHighsInf, limits)
        model.row_lower_ = model.row_upper_ = np.zeros(n_rows)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.append(np.concatenate(starts), len(rows)).astype(np.int32)
        model.a_matrix_.index_ = rows.astype(np.int32)
        model.a_matrix_.value_ = np.concatenate(values)
        self.highs = highspy.Highs()
        for name, value in OPTIONS.items():
            self.highs.setOptionValue(name, value)
        self.highs.passModel(model)

    def solve(self):
        """Solve it afresh; the greatest welfare."""
        self.highs.clearSolver()
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS ends with {self.highs.getModelStatus()}")
        return -self.highs.getInfo().objective_function_value
