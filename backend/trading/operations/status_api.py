"""The status page: how the last 48 hours of auctions ended, what is out of bounds, how fresh the data are."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared.fields import utc_text
from trading.grid.access import Door
from trading.markets import queries as markets
from trading.operations import status


class Status(Door):
    """How the exchange is doing."""

    class Answer(serializers.Serializer):
        """What everybody may know."""

        class CellShape(serializers.Serializer):
            """One auction and how it ended."""

            auctionId = serializers.CharField()
            marketId = serializers.CharField()
            gateClosesAt = serializers.DateTimeField()
            end = serializers.ChoiceField(
                [status.AS_PLANNED, status.LOWER_RUNG, status.CANCELLED, status.WAITING]
            )
            reason = serializers.CharField(allow_null=True)

        class OpenIncident(serializers.Serializer):
            """Something out of bounds."""

            code = serializers.CharField()
            auctionId = serializers.CharField(allow_null=True)
            since = serializers.DateTimeField()

        class HaltedMarket(serializers.Serializer):
            """A market that is halted, and why."""

            marketId = serializers.CharField()
            reason = serializers.CharField()
            since = serializers.DateTimeField()

        now = serializers.DateTimeField()
        auctions = CellShape(many=True)
        incidents = OpenIncident(many=True)
        halts = HaltedMarket(many=True)
        newestResultAt = serializers.DateTimeField(allow_null=True)
        newestReadingAt = serializers.DateTimeField(allow_null=True)
        auctioneers = serializers.IntegerField()

    @extend_schema(operation_id="status", responses=Answer)
    def get(self, request):
        """Tell it."""
        moment = markets.moment()
        fresh = status.freshness(at=moment.at, real_at=moment.real_at)
        return Response(
            {
                "now": utc_text(moment.at),
                "auctions": [_cell(auction, end) for auction, end in status.cells(at=moment.at)],
                "incidents": [_incident(each) for each in status.incidents_open()],
                "halts": [_halt(each) for each in status.halted()],
                "newestResultAt": utc_text(fresh["published"]),
                "newestReadingAt": utc_text(fresh["reading"]),
                "auctioneers": fresh["auctioneers"],
            }
        )


def _cell(auction, end):
    return {
        "auctionId": auction.code,
        "marketId": auction.market.code,
        "gateClosesAt": utc_text(auction.gate_closes_at),
        "end": end,
        "reason": auction.cancel_reason or None,
    }


def _incident(incident):
    return {
        "code": incident.code,
        "auctionId": incident.auction and incident.auction.code,
        "since": utc_text(incident.opened_at),
    }


def _halt(halt):
    return {"marketId": halt.market.code, "reason": halt.reason, "since": utc_text(halt.halted_at)}
