"""The whole chain of an auction in bulk, beside the plainest COPY of as many order rows in and out.

A town on the village's tree: each node places one order for every quarter hour of the day, so an order is
one row with one point in one period, 96 to a node; half of the nodes sell. The utility takes part as ever.
"""

from bench.harness import Measured, row

PERIODS = 96
LONGEST_S = 10
BARE = (
    "CREATE TABLE bare (id bigint PRIMARY KEY, node_id bigint, period smallint, is_buy boolean,"
    " price_rp_per_mwh integer, quantity_wh integer)"
)
VERSUS = "a binary COPY of as many bare order rows into a table with a primary key, and out again"


@row("auction.1e5", n=10**5, versus=VERSUS, at_most=5, seconds=90)
def hundred_thousand():
    """10⁵ orders, 96 periods: frozen book to committed result, partners, ledger, schedule, notices."""
    return _chain(10**5, runs=5)


@row("auction.1e6", n=10**6, versus=VERSUS, at_most=5, seconds=240)
def million():
    """10⁶ orders, 96 periods: frozen book to committed result, partners, ledger, schedule, notices."""
    return _chain(10**6, runs=3)


def _chain(count, *, runs):
    from statistics import median

    from bench import exchange
    from bench.harness import timed

    exchange.start(f"auction-{count}")
    from bench import town

    made = town.build(nodes=count // PERIODS)
    auction, freezing = made.freeze(made.place(count))
    ours, theirs, peaks = [], [], []
    for each in range(runs + 1):
        town.forget_peak()
        seconds = timed(lambda: made.publish(auction))
        peaks.append(town.peak_bytes())
        town.forget_peak()
        bare = timed(lambda: made.copy_bare(BARE))
        if each:  # the first compiles and warms
            ours.append(seconds)
            theirs.append(bare)
        if each < runs:
            made.undo(auction)
    broken = made.broken(auction, town.ASKED if count <= 10**5 else town.QUICK)
    peak = max(peaks)
    return Measured(
        ours=ours,
        theirs=theirs,
        unit="s",
        checks={
            f"published within {LONGEST_S} s": median(ours) <= LONGEST_S,
            "at most 2 GB of memory at the peak": peak <= 2 * 10**9,
            "the invariants of the auction hold": not broken,
        },
        notes={
            "orders": count,
            "peak_mb": peak // 10**6,
            "freezing_s": round(freezing, 2),
            "broken": broken,
            "seconds_of_steps": made.steps(),
        },
    )
