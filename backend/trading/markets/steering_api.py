"""The operator's doors to the rules: halts, parameters and tariffs with a day from which they hold."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, identity, problems
from shared.fields import utc_text
from trading.grid import queries as grid
from trading.grid import tariffs
from trading.grid.access import Door, NodeNotYours, read
from trading.markets import changes, halts, queries
from trading.markets.models import Market

LONGEST_REASON = 170  # it stands behind "The market is halted: " in a cancelled auction
MOST_S, MOST_RP = 24 * 3600, 10_000_000


def camel(column):
    """The name on the wire of a column."""
    first, *rest = column.split("_")
    return first + "".join(part.capitalize() for part in rest)


class OperatorOnly(Door):
    """A view for the operator of the exchange alone."""

    roles = frozenset({identity.OPERATOR})


class MarketDoor(OperatorOnly):
    """A view of one market."""

    def initial(self, request, *args, **kwargs):
        """Find the market first."""
        super().initial(request, *args, **kwargs)
        try:
            self.market = queries.markets().get(code=kwargs["market_id"])
        except Market.DoesNotExist as error:
            raise NodeNotYours from error


class Values(fields.StrictSerializer):
    """Parameters of a market, those that change."""

    publishWithinS = fields.StrictIntegerField(min_value=1, max_value=MOST_S, required=False)
    acceptWithinS = fields.StrictIntegerField(min_value=1, max_value=MOST_S, required=False)
    solverLimitS = fields.StrictIntegerField(min_value=1, max_value=MOST_S, required=False)
    fallbackAfterS = fields.StrictIntegerField(min_value=1, max_value=MOST_S, required=False)
    cancelAfterS = fields.StrictIntegerField(min_value=1, max_value=MOST_S, required=False)
    strategiesBidSBefore = fields.StrictIntegerField(min_value=1, max_value=MOST_S, required=False)
    minQuantityWh = fields.StrictIntegerField(min_value=1, max_value=10**6, required=False)
    maxPointsPerPeriod = fields.StrictIntegerField(min_value=1, max_value=200, required=False)
    blocksAllowed = fields.StrictBooleanField(required=False)
    priceFloorRpPerMwh = fields.StrictIntegerField(min_value=-MOST_RP, max_value=MOST_RP, required=False)
    priceCapRpPerMwh = fields.StrictIntegerField(min_value=-MOST_RP, max_value=MOST_RP, required=False)


class HaltShape(serializers.Serializer):
    """A market's halt."""

    reason = serializers.CharField()
    since = serializers.DateTimeField()
    haltedBy = serializers.CharField()
    resumeAskedAt = serializers.DateTimeField(allow_null=True)
    resumeAskedBy = serializers.CharField(allow_null=True)
    resumedAt = serializers.DateTimeField(allow_null=True)


class MarketShape(serializers.Serializer):
    """A market with its parameters, those to come, and its halt."""

    class ChangeShape(serializers.Serializer):
        """What holds from a day on."""

        validFrom = serializers.DateField()
        values = serializers.DictField()
        decidedAt = serializers.DateTimeField()

    marketId = serializers.CharField()
    name = serializers.CharField()
    values = serializers.DictField()
    changes = ChangeShape(many=True)
    halt = HaltShape(allow_null=True)


class SteeredMarkets(OperatorOnly):
    """Every market."""

    class Answer(serializers.Serializer):
        """A list."""

        items = MarketShape(many=True)

    @extend_schema(operation_id="steered_markets", responses=Answer)
    def get(self, request):
        """List them."""
        return Response({"items": [_market(market) for market in queries.markets()]})


class HaltPage(MarketDoor):
    """Halting a market."""

    class Halt(fields.StrictSerializer):
        """Why; everybody reads it."""

        reason = fields.StrictCharField(min_length=3, max_length=LONGEST_REASON)

    @extend_schema(operation_id="halt_market", request=Halt, responses={201: HaltShape})
    def post(self, request, market_id):
        """Halt it."""
        reason = read(request.data, self.Halt)["reason"]
        made = halts.halt(market=self.market, reason=reason, actor=request.user.subject, at=queries.now())
        return Response(_halt(made), status=201)


class Resumption(MarketDoor):
    """Letting a market go on, by two people."""

    @extend_schema(operation_id="resume_market", request=None, responses={200: HaltShape})
    def post(self, request, market_id):
        """Ask for it, or confirm what another operator asked for."""
        found = halts.resume(market=self.market, actor=request.user.subject, at=queries.now())
        return Response(_halt(found))


class Changes(MarketDoor):
    """Parameters that hold from a day on."""

    class Decide(fields.StrictSerializer):
        """From when, and what."""

        validFrom = serializers.DateField()
        values = Values()

    @extend_schema(operation_id="change_market", request=Decide, responses={201: MarketShape})
    def post(self, request, market_id):
        """Decide them."""
        said = read(request.data, self.Decide)
        values = {
            column: said["values"][camel(column)]
            for column in changes.CHANGEABLE
            if camel(column) in said["values"]
        }
        if not values:
            raise problems.field_error("values", "required", "Say at least one parameter.")
        changes.decide(
            market=self.market,
            valid_from=said["validFrom"],
            values=values,
            actor=request.user.subject,
            at=queries.now(),
        )
        return Response(_market(self.market), status=201)


class DatedTariff(fields.StrictSerializer):
    """What a grid operator takes and gives, from a day on; what is left out stays as it is."""

    validFrom = serializers.DateField()
    retailEnergyRpPerMwh = fields.StrictIntegerField(min_value=0, max_value=MOST_RP, required=False)
    feedInRpPerMwh = fields.StrictIntegerField(min_value=0, max_value=MOST_RP, required=False)
    gridRpPerMwh = fields.StrictIntegerField(min_value=0, max_value=MOST_RP, required=False)
    leviesRpPerMwh = fields.StrictIntegerField(min_value=0, max_value=MOST_RP, required=False)
    vatPermille = fields.StrictIntegerField(min_value=0, max_value=1000, required=False)
    sameTransformerPermille = fields.StrictIntegerField(min_value=0, max_value=1000, required=False)
    acrossTransformersPermille = fields.StrictIntegerField(min_value=0, max_value=1000, required=False)


class Tariffs(OperatorOnly):
    """The tariffs of a grid operator."""

    class Answer(serializers.Serializer):
        """A list, the newest first."""

        items = DatedTariff(many=True)

    def initial(self, request, *args, **kwargs):
        """Find the grid operator first."""
        super().initial(request, *args, **kwargs)
        self.dso = grid.operators().filter(public_id=kwargs["dso_id"]).first()
        if self.dso is None:
            raise NodeNotYours

    @extend_schema(operation_id="tariffs", responses=Answer)
    def get(self, request, dso_id):
        """List them."""
        return Response({"items": [_tariff(each) for each in tariffs.of(dso=self.dso)]})

    @extend_schema(operation_id="publish_tariff", request=DatedTariff, responses={201: DatedTariff})
    def post(self, request, dso_id):
        """Publish one that holds from a day on."""
        said = read(request.data, DatedTariff)
        values = {column: said[camel(column)] for column in tariffs.NAMES if camel(column) in said}
        made = tariffs.publish(
            dso=self.dso, valid_from=said["validFrom"], values=values, today=queries.today()
        )
        return Response(_tariff(made), status=201)


def _market(market):
    halt = halts.of(market=market)
    return {
        "marketId": market.code,
        "name": market.name,
        "values": {camel(name): getattr(market, name) for name in changes.CHANGEABLE},
        "changes": [
            {
                "validFrom": change.valid_from.isoformat(),
                "values": {camel(name): value for name, value in change.values.items()},
                "decidedAt": utc_text(change.decided_at),
            }
            for change in changes.waiting(market=market)
        ],
        "halt": None if halt is None else _halt(halt),
    }


def _halt(halt):
    return {
        "reason": halt.reason,
        "since": utc_text(halt.halted_at),
        "haltedBy": halt.halted_by,
        "resumeAskedAt": utc_text(halt.resume_asked_at),
        "resumeAskedBy": halt.resume_asked_by or None,
        "resumedAt": utc_text(halt.resumed_at),
    }


def _tariff(tariff):
    return {"validFrom": tariff.valid_from.isoformat()} | {
        camel(name): getattr(tariff, name) for name in tariffs.NAMES
    }
