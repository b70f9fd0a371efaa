"""Saying what may flow, until gate closure; and keeping what an auction is cleared with."""

from django.db import connection, transaction

from shared import problems
from trading.capacities import queries, rows
from trading.capacities.models import CapacityPost, PostedCapacity
from trading.grid import queries as grid
from trading.grid.models import DistributionSystemOperator

# The auctions of some quarter hours, and whether they can still use what is posted. Gates that are open stay
# so until we are done: freezing waits for us.
GATES = """
SELECT auction.delivery_starts_at, auction.delivery_ends_at,
       auction.state IN ('scheduled', 'open') AND auction.gate_closes_at > %(at)s
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id AND market.dso_id = %(dso)s
WHERE auction.delivery_ends_at > %(starts_at)s AND auction.delivery_starts_at < %(ends_at)s
ORDER BY auction.id FOR KEY SHARE OF auction
"""


@transaction.atomic
def post(*, dso, rows_said, actor, at):
    """Say what lines may carry; all rows count, or none does. Each auction uses what was said by its gate.

    :param rows_said: `rows.Said`, in the order of the request
    :raises Problem: 400 naming each row and field that is wrong; 409 where every gate has closed
    """
    lines = {line.bus.name: line for line in grid.buses_and_lines(dso=dso)[1]}
    if errors := rows.errors(rows_said, lines):
        raise problems.invalid(errors)
    open_from = _hold_gates(dso, rows_said, at)
    if late := [each for each in rows_said if each.starts_at < open_from]:
        raise problems.Problem(
            409,
            "gate-closed",
            "Gate closed",
            "For these times every gate has closed; nothing was changed.",
            errors=[
                rows.error(each, "startsAt", "gate-closed", "The gate has closed.") for each in late[:50]
            ],
        )
    return record(dso=dso, rows_said=rows_said, lines=lines, actor=actor, at=at)


def limit_later(*, dso, rows_said, actor, at):
    """Post what a curtailment left, as far as gates are open; None where all have closed."""
    open_from = _hold_gates(dso, rows_said, at) if rows_said else None
    in_time = [each for each in rows_said if each.starts_at >= open_from]
    if not in_time:
        return None
    lines = {line.bus.name: line for line in grid.buses_and_lines(dso=dso)[1]}
    return record(dso=dso, rows_said=in_time, lines=lines, actor=actor, at=at)


def record(*, dso, rows_said, lines, actor, at):
    """Keep checked rows as the operator's next post."""
    DistributionSystemOperator.objects.select_for_update(no_key=True).get(pk=dso.pk)  # one number at a time
    last = CapacityPost.objects.filter(dso=dso).order_by("-number").first()
    made = CapacityPost.objects.create(
        dso=dso, number=(last.number if last else 0) + 1, posted_at=at, actor=actor
    )
    PostedCapacity.objects.bulk_create(
        [
            PostedCapacity(
                post=made,
                line=lines[each.line],
                direction=each.direction,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                capacity_w=each.capacity_w,
                reason=each.reason,
            )
            for each in rows_said
        ],
        batch_size=5_000,
    )
    return made


def freeze(*, auction, scheduled_wh):
    """Keep what an auction may use of each line; the caller holds its gate.

    :param scheduled_wh: what flows already, up positive, period × bus; None if nothing does
    """
    market = auction.market
    up_wh, down_wh = queries.allowed(
        tree=grid.tree(dso=market.dso_id, period_minutes=market.period_minutes),
        dso_id=market.dso_id,
        starts_at=auction.delivery_starts_at,
        periods=auction.period_count,
        period_minutes=market.period_minutes,
        before=auction.gate_closes_at,
    )
    if scheduled_wh is not None:
        up_wh, down_wh = queries.left(up_wh, down_wh, scheduled_wh)
    with connection.cursor() as cursor:
        # Repeating the step writes the same again: the gate has closed, and the schedules stand.
        cursor.execute(
            "INSERT INTO capacities_frozencapacities (auction_id, up_wh, down_wh) VALUES (%s, %s, %s)"
            " ON CONFLICT (auction_id) DO UPDATE SET up_wh = excluded.up_wh, down_wh = excluded.down_wh",
            [auction.pk, _flat(up_wh), _flat(down_wh)],
        )


def _flat(capacity_wh):
    same = (capacity_wh == capacity_wh[0]).all()
    return (capacity_wh[0] if same else capacity_wh.ravel()).tolist()


def _hold_gates(dso, rows_said, at):
    """Keep the gates of what is posted from closing; return from which delivery on they are still open."""
    values = {
        "dso": dso.pk,
        "at": at,
        "starts_at": min(each.starts_at for each in rows_said),
        "ends_at": max(each.ends_at for each in rows_said),
    }
    with connection.cursor() as cursor:
        cursor.execute(GATES, values)
        gates = cursor.fetchall()
    still_open = [starts_at for starts_at, _, is_open in gates if is_open]
    # Where nothing is scheduled yet no gate has closed, but what has begun is too late in any case.
    return min(still_open) if still_open else max([at, *(ends_at for _, ends_at, _ in gates)])
