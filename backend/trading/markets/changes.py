"""Parameters of a market that change from a day on: decided ahead, applied when the day begins."""

from django.db import transaction

from shared import problems
from trading.markets import calendar
from trading.markets.models import Market, MarketChange

# What may change while auctions are open: none of it makes an order invalid that was taken before.
DEADLINES = ("publish_within_s", "accept_within_s", "solver_limit_s", "fallback_after_s", "cancel_after_s")
ORDERS = ("strategies_bid_s_before", "min_quantity_wh", "max_points_per_period", "blocks_allowed")
BOUNDS = ("price_floor_rp_per_mwh", "price_cap_rp_per_mwh")  # they may only become wider
CHANGEABLE = (*DEADLINES, *ORDERS, *BOUNDS)


class NotAhead(Exception):
    """A change must be decided before the day on which it begins."""


class ChangedAlready(Exception):
    """Another change begins on that day."""


class OutOfOrder(Exception):
    """The solver's limit, the fallback and the cancellation must follow each other in time."""


class Narrower(Exception):
    """Price bounds may only become wider: orders within the old ones are waiting in open books."""


problems.register(NotAhead, status=409, code="not-ahead", title="Too late")
problems.register(ChangedAlready, status=409, code="changed-already", title="Changed already")
problems.register(OutOfOrder, status=409, code="deadlines-out-of-order", title="Out of order")
problems.register(Narrower, status=409, code="bounds-narrower", title="Narrower bounds")


@transaction.atomic
def decide(*, market, valid_from, values, actor, at):
    """Let parameters of a market hold from a day on.

    :raises NotAhead, ChangedAlready, OutOfOrder, Narrower: see there
    """
    market = Market.objects.select_for_update(no_key=True).get(pk=market.pk)
    if valid_from <= calendar.day_of(at):
        raise NotAhead
    if MarketChange.objects.filter(market=market, valid_from=valid_from).exists():
        raise ChangedAlready
    change = MarketChange(
        market=market, valid_from=valid_from, values=values, decided_by=actor, decided_at=at
    )
    _check([*waiting(market=market), change])
    change.save()
    return change


@transaction.atomic
def apply_due(*, at):
    """Let the changes hold whose day has begun; returns how many that were."""
    due = MarketChange.objects.select_for_update(skip_locked=True)
    begun = list(due.filter(applied_at=None, valid_from__lte=calendar.day_of(at)).order_by("valid_from"))
    for change in begun:
        Market.objects.filter(pk=change.market_id).update(**change.values)
        change.applied_at = at
        change.save(update_fields=["applied_at"])
    return len(begun)


def waiting(*, market):
    """The changes whose day has not begun, in their order."""
    return MarketChange.objects.filter(market=market, applied_at=None).order_by("valid_from")


def _check(changes):
    """Whether each day's parameters are sound with all that was decided."""
    held = {name: getattr(changes[-1].market, name) for name in CHANGEABLE}
    for change in sorted(changes, key=lambda each: each.valid_from):
        new = held | change.values
        if not new["solver_limit_s"] <= new["fallback_after_s"] <= new["cancel_after_s"]:
            raise OutOfOrder
        if new["price_floor_rp_per_mwh"] > held["price_floor_rp_per_mwh"]:
            raise Narrower
        if new["price_cap_rp_per_mwh"] < held["price_cap_rp_per_mwh"]:
            raise Narrower
        held = new
