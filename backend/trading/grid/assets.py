"""What a household says stands behind its nodes: roofs, batteries, heat pumps, chargers."""

from django.db import transaction

from shared import problems
from trading.grid.models import Asset, Node

MOST = 20  # behind one node
MADE = {Asset.Kind.PV, Asset.Kind.BATTERY}
USED = {Asset.Kind.LOAD, Asset.Kind.HEAT_PUMP, Asset.Kind.EV_CHARGER, Asset.Kind.BATTERY}
KINDS = {Node.Side.PRODUCER: MADE, Node.Side.CONSUMER: USED}


class AssetNotYours(Exception):
    """There is no such energy source behind this node."""


class AssetMeasured(Exception):
    """A meter of the grid operator's measures it by itself; only the grid operator can take it away."""


class TooManyAssets(Exception):
    """A node has at most 20 energy sources."""


class OtherSide(Exception):
    """What makes electricity belongs to the producer's node, what uses it to the consumer's."""


problems.register(AssetNotYours, status=404, code="not-found", title="Not found")
problems.register(AssetMeasured, status=409, code="asset-measured", title="Measured by itself")
problems.register(TooManyAssets, status=409, code="too-many-assets", title="Too many")
problems.register(OtherSide, status=422, code="other-side", title="Not at this node")


@transaction.atomic
def add(*, node, kind, **figures):
    """Add one behind a node.

    :raises OtherSide: nothing of this kind stands behind such a node
    """
    Node.objects.select_for_update(no_key=True).get(pk=node.pk)  # two at once would make one too many
    if kind not in KINDS[node.side]:
        raise OtherSide
    if node.assets.count() >= MOST:
        raise TooManyAssets
    return Asset.objects.create(node=node, kind=kind, **figures)


def of(*, node, asset_id):
    """One behind a node.

    :raises AssetNotYours: there is none
    """
    asset = node.assets.filter(public_id=asset_id).first()
    if asset is None:
        raise AssetNotYours
    return asset


@transaction.atomic
def change(*, asset, **figures):
    """Say its figures anew; what it is stays.

    :raises AssetNotYours: it is there no longer
    """
    if not Asset.objects.filter(pk=asset.pk).update(**figures):
        raise AssetNotYours
    asset.refresh_from_db()
    return asset


@transaction.atomic
def remove(*, asset):
    """Take one away.

    :raises AssetMeasured: its readings would stop
    """
    if asset.profile:
        raise AssetMeasured
    asset.delete()
