"""What an auction decided: for everybody, for one node, and for the operator of the lines."""

from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from trading.grid.models import Bus, Node
from trading.markets.models import Auction
from trading.orders.models import Order
from trading.results.models import NodeResult, PeriodResult, Result

# Why not more of an order was accepted, as the clearing says it (`clearing.why`), …
CODES = ("accepted", "at-the-margin", "not-needed", "out-of-the-money", "line-full")
# … and of a block order (`clearing.blocks.outcome`); left out if there was no time to look for blocks.
BLOCK_CODES = (
    "accepted",
    "at-the-money",
    "limited-by-parent",
    "limited-by-group",
    "out-of-the-money",
    "parent-refused",
    "group-taken",
    "paradoxically-refused",
    "left-out",
)


# Per quarter hour the prices of the last auction, which is a real-time one where there are such.
LAST_PRICES = """
SELECT period.starts_at, period.prices_rp_per_mwh
FROM results_periodresult period
JOIN results_result result ON result.id = period.result_id AND result.final
JOIN markets_auction auction ON auction.id = result.auction_id
JOIN markets_market market ON market.id = auction.market_id
WHERE market.dso_id = %s AND period.starts_at >= %s AND period.starts_at < %s
  AND auction.state IN ('published', 'settled') AND auction.gate_closes_at < %s
  AND (market.delivery_minutes IS NOT NULL OR NOT EXISTS (
      SELECT FROM markets_market real_time
      WHERE real_time.dso_id = market.dso_id AND real_time.delivery_minutes IS NOT NULL))
ORDER BY auction.gate_closes_at, period.starts_at
"""


class NotPublished(Exception):
    """The auction has no published result yet."""


@dataclass(frozen=True, slots=True)
class PriceOfPeriod:
    """The price at one bus in one period, and the interval that cleared."""

    period: int
    starts_at: object
    price_rp_per_mwh: int
    low_rp_per_mwh: int
    high_rp_per_mwh: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order in one period, and why."""

    period: int
    starts_at: object
    ordered_wh: int
    accepted_wh: int
    price_rp_per_mwh: int
    meter_price_rp_per_mwh: int
    reason: object
    curtailed_wh: int  # of what was accepted: it did not flow, and was paid back


@dataclass(frozen=True, slots=True)
class PartnerCard:
    """What a node may know of another that it traded with: name and place only if that one shares them."""

    partner_id: str
    kind: str  # community or network
    supplies: bool  # the partner supplied the node; else the node supplied the partner
    name: str | None
    latitude: float | None
    longitude: float | None
    distance_m: int
    energy_wh: int
    price_rp_per_mwh: int


def published(*, auction):
    """The final result of an auction.

    :raises NotPublished: there is none that the public may see
    """
    if auction.state not in (auction.State.PUBLISHED, auction.State.SETTLED):
        raise NotPublished
    return Result.objects.get(auction=auction, final=True)


def decided(*, auction_ids):
    """The hash and the gap of published results, by the key of their auction."""
    seen = (Auction.State.PUBLISHED, Auction.State.SETTLED)
    rows = Result.objects.filter(final=True, auction__in=auction_ids, auction__state__in=seen)
    return {
        auction: (digest, gap)
        for auction, digest, gap in rows.values_list("auction", "result_hash", "gap_urp")
    }


def prices(*, result, bus):
    """The prices of a result at one bus, period by period."""
    place = f"[{bus.position + 1}]"  # PostgreSQL counts from 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT period, starts_at, prices_rp_per_mwh{place}, "  # nosec B608: an integer of our own
            f"prices_low_rp_per_mwh{place},"
            f" prices_high_rp_per_mwh{place} FROM results_periodresult WHERE result_id = %s ORDER BY period",
            [result.pk],
        )
        return [PriceOfPeriod(*row) for row in cursor.fetchall()]


PUBLISHED_OF_DAY = """
SELECT a.code, a.published_at, p.starts_at, p.prices_rp_per_mwh[b.position + 1]
FROM markets_auction a
JOIN markets_market m ON m.id = a.market_id AND m.code = %s
JOIN grid_bus b ON b.dso_id = m.dso_id AND b.kind = 'border'
JOIN results_result r ON r.auction_id = a.id AND r.final
JOIN results_periodresult p ON p.result_id = r.id
WHERE a.delivery_day = %s AND a.state IN ('published', 'settled')
ORDER BY a.number, a.id, p.period
"""


def prices_of_day(*, market, day):
    """Each published auction of a market and a day with its prices at the border, in the order of delivery.

    Rows are (code, published at, starts at, price).
    """
    with connection.cursor() as cursor:
        cursor.execute(PUBLISHED_OF_DAY, [market, day])
        return cursor.fetchall()


def border(*, dso):
    """The bus at which the grid meets the rest of the world."""
    return Bus.objects.get(dso=dso, kind=Bus.Kind.BORDER)


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What became of an order over all periods; the account gained (+) or lost (−) `amount_urp` by it.

    Of a block order `block` says why, and the outcomes have no reason; of a curve order each has its own.
    """

    order: Order
    amount_urp: int
    periods: tuple[Outcome, ...]
    block: object | None


def orders_of(*, nodes, result, cuts=None):
    """What became of each order of some nodes in a result, in the order of their keys.

    :param cuts: what was curtailed of it, {order key: {period: Wh}}
    """
    # The clearing loads machine code: only the process that is asked why pays for it.
    from trading.results import reasons

    lines = _lines(nodes, result)
    if not lines:
        return []
    starts = dict(PeriodResult.objects.filter(result=result).values_list("period", "starts_at"))
    accepted_wh = {(order, line[0]): line[2] for order, rows in lines.items() for line in rows}
    found = list(Order.objects.filter(pk__in=list(lines)).select_related("node__bus").order_by("pk"))
    why, blocks = reasons.reasons_of(result=result, orders=found, accepted_wh=accepted_wh)
    cuts = cuts or {}
    return [
        _order_outcome(order, lines[order.pk], starts, why, blocks.get(order.pk), cuts.get(order.pk, {}))
        for order in found
    ]


def _lines(nodes, result):
    """Of each order its rows (period, ordered, accepted, price)."""
    lines = defaultdict(list)
    for row in NodeResult.objects.filter(node__in=nodes, result=result):
        columns = (row.orders, row.periods, row.ordered_wh, row.accepted_wh, row.prices_rp_per_mwh)
        for order, *line in zip(*columns, strict=True):
            lines[order].append(line)
    return lines


def _order_outcome(order, lines, starts, why, block, cut):
    outcomes = tuple(
        Outcome(
            period=period,
            starts_at=starts[period],
            ordered_wh=ordered,
            accepted_wh=accepted,
            price_rp_per_mwh=price,
            meter_price_rp_per_mwh=price + order.fee_rp_per_mwh,
            reason=why.get((order.pk, period)),
            curtailed_wh=cut.get(period, 0),
        )
        for period, ordered, accepted, price in lines
    )
    cost_urp = sum((each.accepted_wh - each.curtailed_wh) * each.meter_price_rp_per_mwh for each in outcomes)
    return OrderOutcome(order, -cost_urp if order.side == Order.Side.BUY else cost_urp, outcomes, block)


# Energy per partner and side, and its price: the average of the periods, by energy.
PARTNERS = """
SELECT NOT part.supplies AS sold, part.other, min(part.distance_m) AS distance_m,
       sum(part.wh)::bigint AS energy_wh, sum(part.wh::numeric * part.price) AS amount_urp
FROM results_noderesult got
CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_wh,
                          got.partner_prices_rp_per_mwh, got.partner_distances_m)
    AS part (other, supplies, wh, price, distance_m)
WHERE got.result_id = ANY(%(results)s) AND got.node_id = %(node)s
GROUP BY sold, part.other
ORDER BY energy_wh DESC, part.other
"""


def partners(*, node, results):
    """Whom a node traded with in some results (their keys), the greatest energy first."""
    with connection.cursor() as cursor:
        cursor.execute(PARTNERS, {"node": node.pk, "results": list(results)})
        rows = cursor.fetchall()
    others = Node.objects.select_related("bus", "customer__dso").in_bulk([row[1] for row in rows])
    return [_card(node, others[other], not sold, *figures) for sold, other, *figures in rows]


def _card(node, other, supplies, distance_m, energy_wh, amount_urp):
    network = other.customer.is_utility or other.customer.is_flexibility
    shown = other.shared and not network
    return PartnerCard(
        partner_id=partner_id(node=node, other=other),
        kind="network" if network else "community",
        supplies=supplies,
        name=other.customer.dso.name if network else (other.display_name or None) if shown else None,
        latitude=other.bus.latitude if shown else None,
        longitude=other.bus.longitude if shown else None,
        distance_m=distance_m,
        energy_wh=energy_wh,
        price_rp_per_mwh=_rounded(amount_urp, energy_wh),
    )


def partner_id(*, node, other):
    """A partner's name for one viewer: stable, leading neither to the node nor to another viewer's."""
    return salted_hmac("partner", f"{node.pk}:{other.pk}", secret=settings.SECRET_KEY).hexdigest()[:16]


def _rounded(amount, energy):
    """Divide, halves away from zero."""
    quotient, rest = divmod(abs(int(amount)), int(energy))
    quotient += 2 * rest >= energy
    return quotient if amount >= 0 else -quotient


def last_prices(*, dso, from_, to, before):
    """(start, prices at all buses) of each quarter hour of which a gate had closed before an instant."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_PRICES, [dso.pk, from_, to, before])
        return cursor.fetchall()
