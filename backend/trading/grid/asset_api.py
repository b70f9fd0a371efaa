"""Energy sources: what a household says stands behind its nodes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from shared import fields, problems
from trading.grid import assets
from trading.grid.access import NodeDoor, read
from trading.grid.models import Asset

MOST_W, MOST_WH, LAST_MINUTE = 1_000_000, 10_000_000, 1439
KINDS = Asset.Kind.values
BATTERY, PV, CAR, HEAT_PUMP = (
    Asset.Kind.BATTERY,
    Asset.Kind.PV,
    Asset.Kind.EV_CHARGER,
    Asset.Kind.HEAT_PUMP,
)


class AssetShape(serializers.Serializer):
    """What stands behind a node; `measured` means that a meter of its own counts it."""

    assetId = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    ratedW = serializers.IntegerField()
    capacityWh = serializers.IntegerField(allow_null=True)
    tiltDeg = serializers.IntegerField(allow_null=True)
    azimuthDeg = serializers.IntegerField(allow_null=True)
    homeFromMinute = serializers.IntegerField(allow_null=True)
    homeUntilMinute = serializers.IntegerField(allow_null=True)
    measured = serializers.BooleanField()


class Figures(fields.StrictSerializer):
    """A battery has a capacity; a roof may have a tilt (0 is flat) and an azimuth (180 is south).

    A car whose charging may wait has a capacity and the minutes of the local day from and until which it
    stands at home; a heat pump that may run ahead has the electricity with which it can do so as capacity.
    """

    name = fields.StrictCharField(max_length=60)
    ratedW = fields.StrictIntegerField(min_value=1, max_value=MOST_W)
    capacityWh = fields.StrictIntegerField(
        min_value=1, max_value=MOST_WH, allow_null=True, required=False, default=None
    )
    tiltDeg = fields.StrictIntegerField(
        min_value=0, max_value=90, allow_null=True, required=False, default=None
    )
    azimuthDeg = fields.StrictIntegerField(
        min_value=0, max_value=359, allow_null=True, required=False, default=None
    )
    homeFromMinute = fields.StrictIntegerField(
        min_value=0, max_value=LAST_MINUTE, allow_null=True, required=False, default=None
    )
    homeUntilMinute = fields.StrictIntegerField(
        min_value=0, max_value=LAST_MINUTE, allow_null=True, required=False, default=None
    )


class Assets(NodeDoor):
    """All of a node."""

    class Request(Figures):
        """A new one."""

        kind = fields.StrictChoiceField(KINDS)

    @extend_schema(operation_id="add_asset", request=Request, responses={201: AssetShape})
    def post(self, request, node_id):
        """Add one."""
        said = read(request.data, self.Request)
        kind = said.pop("kind")
        asset = assets.add(node=self.node, kind=kind, **_figures(said, kind))
        return Response(described(asset), status=status.HTTP_201_CREATED)


class AssetPage(NodeDoor):
    """One of them."""

    @extend_schema(operation_id="change_asset", request=Figures, responses={200: AssetShape})
    def put(self, request, node_id, asset_id):
        """Say its figures anew."""
        said = read(request.data, Figures)
        asset = assets.of(node=self.node, asset_id=asset_id)
        return Response(described(assets.change(asset=asset, **_figures(said, asset.kind))))

    @extend_schema(operation_id="remove_asset", responses={204: None})
    def delete(self, request, node_id, asset_id):
        """Take it away."""
        assets.remove(asset=assets.of(node=self.node, asset_id=asset_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def described(asset):
    """One as its household sees it."""
    return {
        "assetId": asset.public_id,
        "kind": asset.kind,
        "name": asset.name,
        "ratedW": asset.rated_w,
        "capacityWh": asset.capacity_wh,
        "tiltDeg": asset.tilt_deg,
        "azimuthDeg": asset.azimuth_deg,
        "homeFromMinute": asset.home_from_minute,
        "homeUntilMinute": asset.home_until_minute,
        "measured": bool(asset.profile),
    }


def _figures(said, kind):
    """The figures by their names in the table.

    :raises Problem: 400 where a figure is missing, or belongs to another kind
    """
    if kind == BATTERY and said["capacityWh"] is None:
        raise problems.field_error("capacityWh", "required", "A battery has a capacity.")
    if kind not in (BATTERY, CAR, HEAT_PUMP) and said["capacityWh"] is not None:
        raise problems.field_error("capacityWh", "not-here", "Only what stores has a capacity.")
    _check_hours(said, kind)
    for name in ("tiltDeg", "azimuthDeg"):
        if kind != PV and said[name] is not None:
            raise problems.field_error(name, "not-here", "Only a roof looks somewhere.")
    return {
        "name": said["name"],
        "rated_w": said["ratedW"],
        "capacity_wh": said["capacityWh"],
        "tilt_deg": said["tiltDeg"],
        "azimuth_deg": said["azimuthDeg"],
        "home_from_minute": said["homeFromMinute"],
        "home_until_minute": said["homeUntilMinute"],
    }


def _check_hours(said, kind):
    """A car that may wait has all three figures; nothing else comes home and leaves."""
    names = ("capacityWh", "homeFromMinute", "homeUntilMinute")
    if kind != CAR:
        for name in names[1:]:
            if said[name] is not None:
                raise problems.field_error(name, "not-here", "Only a car comes home and leaves.")
    elif any(said[name] is not None for name in names):
        for name in names:
            if said[name] is None:
                raise problems.field_error(name, "required", "What may wait has a capacity and hours.")
