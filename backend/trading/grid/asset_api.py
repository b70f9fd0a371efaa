"""Energy sources: what a household says stands behind its nodes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from shared import fields, problems
from trading.grid import assets
from trading.grid.access import NodeDoor, read
from trading.grid.models import Asset

MOST_W, MOST_WH = 1_000_000, 10_000_000
KINDS = Asset.Kind.values
BATTERY, PV = Asset.Kind.BATTERY, Asset.Kind.PV


class AssetShape(serializers.Serializer):
    """What stands behind a node; `measured` means that a meter of its own counts it."""

    assetId = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    ratedW = serializers.IntegerField()
    capacityWh = serializers.IntegerField(allow_null=True)
    tiltDeg = serializers.IntegerField(allow_null=True)
    azimuthDeg = serializers.IntegerField(allow_null=True)
    measured = serializers.BooleanField()


class Figures(fields.StrictSerializer):
    """A battery has a capacity; a roof may have a tilt (0 is flat) and an azimuth (180 is south)."""

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
        "measured": bool(asset.profile),
    }


def _figures(said, kind):
    """The figures by their names in the table.

    :raises Problem: 400 where a figure is missing, or belongs to another kind
    """
    if (said["capacityWh"] is None) == (kind == BATTERY):
        code = "required" if kind == BATTERY else "not-here"
        raise problems.field_error("capacityWh", code, "A battery has a capacity, and nothing else has.")
    for name in ("tiltDeg", "azimuthDeg"):
        if kind != PV and said[name] is not None:
            raise problems.field_error(name, "not-here", "Only a roof looks somewhere.")
    return {
        "name": said["name"],
        "rated_w": said["ratedW"],
        "capacity_wh": said["capacityWh"],
        "tilt_deg": said["tiltDeg"],
        "azimuth_deg": said["azimuthDeg"],
    }
