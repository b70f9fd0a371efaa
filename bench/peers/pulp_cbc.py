"""PuLP: the auction as a linear program, solved by the CBC that comes with it."""

import pulp
from clock import columns, serve

prices, quantities, sides = columns()


def program():
    problem = pulp.LpProblem("auction", pulp.LpMaximize)
    accepted = [pulp.LpVariable(f"x{i}", 0, quantity) for i, quantity in enumerate(quantities)]
    signs = [1 if buys else -1 for buys in sides]
    problem += pulp.lpSum(sign * price * x for sign, price, x in zip(signs, prices, accepted, strict=True))
    problem += pulp.lpSum(sign * x for sign, x in zip(signs, accepted, strict=True)) == 0, "balance"
    return problem, accepted


def clear(prepared):
    problem, accepted = prepared
    problem.solve(pulp.PULP_CBC_CMD(msg=False))
    volume = sum(x.value() for x, buys in zip(accepted, sides, strict=True) if buys)
    return -problem.constraints["balance"].pi, volume


serve(program, clear)
