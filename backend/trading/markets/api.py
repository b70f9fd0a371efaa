"""Markets, auctions and the clock. What was decided is known above and comes in through `urls.py`."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, problems
from shared.fields import utc_text
from trading.grid.access import Door, read_query
from trading.markets import halts, queries
from trading.markets.fields import DayOrInstantField, WordsField
from trading.markets.models import Auction

LONGEST = timedelta(days=32)  # of one list
STATES = Auction.State.values


class Markets(Door):
    """The rulebooks, as far as an order must know them."""

    class Answer(serializers.Serializer):
        """A list."""

        class MarketShape(serializers.Serializer):
            """One market."""

            marketId = serializers.CharField()
            name = serializers.CharField()
            periodMinutes = serializers.IntegerField()
            tickRpPerMwh = serializers.IntegerField()
            priceFloorRpPerMwh = serializers.IntegerField()
            priceCapRpPerMwh = serializers.IntegerField()
            minQuantityWh = serializers.IntegerField()
            blocksAllowed = serializers.BooleanField()

        items = MarketShape(many=True)

    @extend_schema(operation_id="markets", responses=Answer)
    def get(self, request):
        """List them."""
        return Response({"items": [_market(market) for market in queries.markets()]})


def _market(market):
    return {
        "marketId": market.code,
        "name": market.name,
        "periodMinutes": market.period_minutes,
        "tickRpPerMwh": market.tick_rp_per_mwh,
        "priceFloorRpPerMwh": market.price_floor_rp_per_mwh,
        "priceCapRpPerMwh": market.price_cap_rp_per_mwh,
        "minQuantityWh": market.min_quantity_wh,
        "blocksAllowed": market.blocks_allowed,
    }


class Clock(Door):
    """What time it is at the exchange, and which gates close next."""

    class Answer(serializers.Serializer):
        """The clock."""

        class GateShape(serializers.Serializer):
            """The next gate of one market."""

            marketId = serializers.CharField()
            auctionId = serializers.CharField()
            gateClosesAt = serializers.DateTimeField()
            deliveryStartsAt = serializers.DateTimeField()
            deliveryEndsAt = serializers.DateTimeField()
            haltedBecause = serializers.CharField(allow_null=True)

        now = serializers.DateTimeField()
        speed = serializers.IntegerField()
        nextGates = GateShape(many=True)

    @extend_schema(operation_id="clock", responses=Answer)
    def get(self, request):
        """Read it."""
        moment = queries.moment()
        reasons = {halt.market_id: halt.reason for halt in halts.open_ones()}
        gates = [_gate(auction, reasons) for auction in queries.next_gates(at=moment.at)]
        return Response({"now": utc_text(moment.at), "speed": moment.speed, "nextGates": gates})


def _gate(auction, reasons):
    return {
        "marketId": auction.market.code,
        "auctionId": auction.code,
        "gateClosesAt": utc_text(auction.gate_closes_at),
        "deliveryStartsAt": utc_text(auction.delivery_starts_at),
        "deliveryEndsAt": utc_text(auction.delivery_ends_at),
        "haltedBecause": reasons.get(auction.market_id),
    }


class AuctionShape(serializers.Serializer):
    """One dated run of a market."""

    auctionId = serializers.CharField()
    marketId = serializers.CharField()
    number = serializers.IntegerField()
    deliveryDay = serializers.DateField()
    state = serializers.ChoiceField(STATES)
    gateOpensAt = serializers.DateTimeField()
    gateClosesAt = serializers.DateTimeField()
    expectedPublicationAt = serializers.DateTimeField()
    publishedAt = serializers.DateTimeField(allow_null=True)
    deliveryStartsAt = serializers.DateTimeField()
    deliveryEndsAt = serializers.DateTimeField()
    periods = serializers.IntegerField()
    cancelReason = serializers.CharField(allow_null=True)
    bookHash = serializers.CharField(allow_null=True)
    resultHash = serializers.CharField(allow_null=True)
    gap = serializers.IntegerField(allow_null=True)


class Auctions(Door):
    """Auctions by delivery, at most 32 days of them; from now on for two days unless asked otherwise."""

    # Hashes and gaps of published results by auction key: a room above tells them.
    decided = staticmethod(lambda auction_ids: {})

    class Query(fields.StrictSerializer):
        """A market, a span of deliveries, states."""

        market = fields.StrictCharField(max_length=8, required=False)
        to = DayOrInstantField(required=False)
        state = WordsField(STATES, required=False)

        def get_fields(self):
            """Add `from`, which is no name in Python."""
            return super().get_fields() | {"from": DayOrInstantField(required=False)}

    class Answer(serializers.Serializer):
        """A list."""

        items = AuctionShape(many=True)

    @extend_schema(operation_id="auctions", parameters=[Query], responses=Answer)
    def get(self, request):
        """List them in the order of delivery."""
        asked = read_query(request, self.Query)
        starts_from = asked.get("from") or queries.now()
        starts_before = asked.get("to") or starts_from + timedelta(days=2)
        if starts_before - starts_from > LONGEST:
            raise problems.field_error("to", "out-of-range", f"At most {LONGEST.days} days are listed.")
        span = {"starts_from": starts_from, "starts_before": starts_before}
        rows = list(queries.auctions(market=asked.get("market"), states=asked.get("state"), **span))
        decided = self.decided(auction_ids=[auction.pk for auction in rows])
        return Response({"items": [_auction(auction, decided) for auction in rows]})


class AuctionPage(Door):
    """One auction with its delivery periods."""

    decided = staticmethod(lambda auction_ids: {})

    class Answer(AuctionShape):
        """An auction."""

        periodStarts = serializers.ListField(child=serializers.DateTimeField())

    @extend_schema(operation_id="auction", responses=Answer)
    def get(self, request, auction_id):
        """Show it."""
        auction = queries.auction(code=auction_id)
        starts = [utc_text(start) for start in queries.period_starts(auction)]
        decided = self.decided(auction_ids=[auction.pk])
        return Response(_auction(auction, decided) | {"periodStarts": starts})


def _auction(auction, decided):
    result_hash, gap = decided.get(auction.pk, (None, None))
    return {
        "auctionId": auction.code,
        "marketId": auction.market.code,
        "number": auction.number,
        "deliveryDay": auction.delivery_day.isoformat(),
        "state": auction.state,
        "gateOpensAt": utc_text(auction.gate_opens_at),
        "gateClosesAt": utc_text(auction.gate_closes_at),
        "expectedPublicationAt": utc_text(queries.expected_publication_at(auction)),
        "publishedAt": utc_text(auction.published_at),
        "deliveryStartsAt": utc_text(auction.delivery_starts_at),
        "deliveryEndsAt": utc_text(auction.delivery_ends_at),
        "periods": auction.period_count,
        "cancelReason": auction.cancel_reason or None,
        "bookHash": auction.book_hash or None,
        "resultHash": result_hash,
        "gap": gap,
    }
