"""The operator's view of the auctions, and the grid operator's curtailment, which touches every room."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, identity
from trading.grid.access import Door, OperatorDoor, read, read_query
from trading.markets import queries as markets
from trading.operations import queries
from trading.schedules.curtailing import MOST_LIMITS


class DayQuery(fields.StrictSerializer):
    """Which delivery day."""

    day = serializers.DateField()


class OperatorAuctionAnswer(serializers.Serializer):
    """One auction as the operator sees it; no word on who ordered what."""

    auctionId = serializers.CharField()
    marketId = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    gateClosesAt = serializers.DateTimeField()
    strategiesBidAt = serializers.DateTimeField(allow_null=True)
    closedAt = serializers.DateTimeField(allow_null=True)
    publishedAt = serializers.DateTimeField(allow_null=True)
    settledAt = serializers.DateTimeField(allow_null=True)
    cancelReason = serializers.CharField(allow_null=True)
    epoch = serializers.IntegerField()
    worker = serializers.CharField(allow_null=True)
    tradedWh = serializers.IntegerField(allow_null=True)
    welfareUrp = serializers.IntegerField(allow_null=True)
    gapUrp = serializers.IntegerField(allow_null=True)
    clearingMs = serializers.IntegerField(allow_null=True)
    rung = serializers.CharField(allow_null=True)
    certificate = serializers.ChoiceField(["proven"], allow_null=True)
    incidents = serializers.ListField(child=serializers.CharField())


class OperatorAuctionsAnswer(serializers.Serializer):
    """The auctions of a delivery day."""

    items = OperatorAuctionAnswer(many=True)


class OperatorAuctions(Door):
    """The auctions of a delivery day: states, times, volumes, certificate."""

    roles = frozenset({identity.OPERATOR})

    @extend_schema(parameters=[DayQuery], responses=OperatorAuctionsAnswer)
    def get(self, request):
        """Read the day."""
        found = queries.auctions_of_day(day=read_query(request, DayQuery)["day"])
        return Response({"items": [_auction(each) for each in found]})


def _auction(auction):
    return {
        "auctionId": auction.code,
        "marketId": auction.market.code,
        "number": auction.number,
        "state": auction.state,
        "gateClosesAt": _text(auction.gate_closes_at),
        "strategiesBidAt": _text(auction.strategies_bid_at),
        "closedAt": _text(auction.closed_at),
        "publishedAt": _text(auction.published_at),
        "settledAt": _text(auction.settled_at),
        "cancelReason": auction.cancel_reason or None,
        "epoch": auction.epoch,
        "worker": auction.claimed_by or None,
        "incidents": [incident.code for incident in auction.incidents.all()],
    } | _result(auction.final_results)


def _result(results):
    """The figures of the final result; a result that is stored has passed its certificate."""
    result = results[0] if results else None
    return {
        "tradedWh": result and result.traded_wh,
        "welfareUrp": result and result.welfare_urp,
        "gapUrp": result and result.gap_urp,
        "clearingMs": result and result.clearing_ms,
        "rung": result and result.rung,
        "certificate": "proven" if result else None,
    }


def _text(instant):
    return None if instant is None else fields.utc_text(instant)


class CurtailmentPage(OperatorDoor):
    """The grid operator's limits to a schedule, instead of its yes."""

    class Curtail(fields.StrictSerializer):
        """Which schedule is meant, why, and the limits."""

        class LimitShape(fields.StrictSerializer):
            """At most so much of this auction over a line or at a node, in each period of a time."""

            line = fields.StrictCharField(max_length=64, required=False)
            node = fields.StrictCharField(max_length=64, required=False)
            startsAt = fields.InstantField(required=False)
            endsAt = fields.InstantField(required=False)
            limitWh = fields.StrictIntegerField(min_value=0, max_value=10**12)

        scheduleHash = fields.StrictCharField(max_length=64)
        reason = fields.StrictCharField(min_length=3, max_length=200)
        items = serializers.ListField(child=LimitShape(), min_length=1, max_length=MOST_LIMITS)

    class Answer(serializers.Serializer):
        """What may not flow, and why; the schedule tells the rest."""

        auctionId = serializers.CharField()
        curtailedWh = serializers.IntegerField()
        reason = serializers.CharField()
        at = serializers.DateTimeField()

    @extend_schema(operation_id="curtail_schedule", request=Curtail, responses={201: Answer})
    def post(self, request, dso_id, auction_id):
        """Curtail; the same again changes nothing, something else is refused."""
        # It knows all that a worker does and loads the clearing's machine code: only when it is asked for.
        from trading.operations import operations

        said = read(request.data, self.Curtail)
        auction = markets.auction(code=auction_id, dso_id=self.dso.pk)
        made = operations.curtail(
            auction=auction,
            items=[dict(each) for each in said["items"]],
            reason=said["reason"],
            schedule_hash=said["scheduleHash"],
            actor=request.user.subject,
            at=markets.now(),
        )
        answer = {"auctionId": auction.code, "curtailedWh": made.cut_wh, "reason": made.reason}
        return Response(answer | {"at": fields.utc_text(made.at)}, status=201)
