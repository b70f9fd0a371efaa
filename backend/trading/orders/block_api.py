"""Lists of block orders of one's own nodes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from shared.fields import utc_text
from shared.parsers import LongJSONParser
from trading.grid.access import PEOPLE, Door, NodeDoor, own_nodes, read, read_query
from trading.markets import queries as markets
from trading.orders import asking, blocks, lists, queries
from trading.orders.models import Order
from trading.orders.points import LARGEST_WH

MOST_BLOCKS, MOST_PERIODS = blocks.MOST_OF_NODE, 100
INT4 = 2**31


class BlockPeriod(fields.StrictSerializer):
    """What a block offers or asks for in one period, in full."""

    period = fields.StrictIntegerField(min_value=0, max_value=MOST_PERIODS)
    quantityWh = fields.StrictIntegerField(min_value=1, max_value=LARGEST_WH)


class NewBlock(fields.StrictSerializer):
    """A block: all its quantities in one ratio, from the least one on, at the limit of the average or better.

    It is accepted only with the block that it is linked to, at most in that one's ratio; the ratios of an
    exclusive group sum to at most 1.
    """

    name = fields.StrictCharField(max_length=64)
    side = fields.StrictChoiceField(Order.Side.values)
    priceRpPerMwh = fields.StrictIntegerField(min_value=-INT4, max_value=INT4 - 1)
    minRatioPermille = fields.StrictIntegerField(min_value=0, max_value=1000)
    periods = BlockPeriod(many=True, max_length=MOST_PERIODS, allow_empty=False)
    linkedTo = fields.StrictCharField(max_length=64, required=False, allow_null=True)
    exclusiveGroup = fields.StrictCharField(max_length=64, required=False, allow_null=True)


class BlockTermsShape(serializers.Serializer):
    """What is said of one block."""

    class BlockPeriodShape(serializers.Serializer):
        """What is said of one period."""

        period = serializers.IntegerField()
        quantityWh = serializers.IntegerField()

    name = serializers.CharField()
    side = serializers.ChoiceField(Order.Side.values)
    priceRpPerMwh = serializers.IntegerField()
    minRatioPermille = serializers.IntegerField()
    periods = BlockPeriodShape(many=True)
    linkedTo = serializers.CharField(allow_null=True)
    exclusiveGroup = serializers.CharField(allow_null=True)


class BlockOrderShape(BlockTermsShape):
    """A block of a list, and what became of it so far."""

    orderId = serializers.CharField()
    state = serializers.ChoiceField(queries.OUTCOME_NAMES)
    heldUrp = serializers.IntegerField()
    acceptedWh = serializers.IntegerField(allow_null=True)
    receivedAt = serializers.DateTimeField()
    cancelledAt = serializers.DateTimeField(allow_null=True)


class BlockListShape(serializers.Serializer):
    """Blocks that are entered and changed together; those that were taken back stay on record."""

    listId = serializers.CharField()
    nodeId = serializers.CharField()
    auctionId = serializers.CharField()
    version = serializers.IntegerField()
    blocks = BlockOrderShape(many=True)


class BlockLists(NodeDoor):
    """The lists of a node."""

    parser_classes = (LongJSONParser,)

    class Query(fields.StrictSerializer):
        """Of which auction."""

        auction = fields.StrictCharField(max_length=32)

    class Place(fields.StrictSerializer):
        """A new list."""

        auctionId = fields.StrictCharField(max_length=32)
        blocks = NewBlock(many=True, max_length=MOST_BLOCKS, allow_empty=False)

    class Answer(serializers.Serializer):
        """A list of lists, the newest first."""

        items = BlockListShape(many=True)

    @extend_schema(operation_id="block_lists", parameters=[Query], responses=Answer)
    def get(self, request, node_id):
        """List them."""
        return _all(request, [self.node])

    @extend_schema(
        operation_id="place_blocks",
        parameters=[asking.KEY_HEADER],
        request=Place,
        responses={201: BlockListShape},
    )
    def post(self, request, node_id):
        """Place one: all its blocks or none."""
        return asking.once(request, lambda: (201, self._placed(request)))

    def _placed(self, request):
        said = read(request.data, self.Place)
        made = blocks.place(
            auction=asking.auction(said["auctionId"]),
            node=self.node,
            blocks=_blocks(said["blocks"]),
            actor=request.user.subject,
            source=asking.source_of(request.user),
            at=markets.now(),
        )
        return _list(made)


class BlockListPage(NodeDoor):
    """One list of a node."""

    parser_classes = (LongJSONParser,)

    class Replace(fields.StrictSerializer):
        """What it says from now on; `version` is the one that was read, unless If-Match tells its ETag."""

        version = fields.StrictIntegerField(min_value=1, max_value=INT4 - 1, required=False)
        blocks = NewBlock(many=True, max_length=MOST_BLOCKS)

    @extend_schema(operation_id="block_list", responses=BlockListShape)
    def get(self, request, node_id, list_id):
        """Show it."""
        return asking.tagged(200, _list(self._found(list_id)))

    @extend_schema(
        operation_id="replace_blocks",
        parameters=[asking.KEY_HEADER, asking.IF_MATCH],
        request=Replace,
        responses=BlockListShape,
    )
    def put(self, request, node_id, list_id):
        """Replace it in one step; blocks that are not named any more are taken back."""
        return asking.once(request, lambda: (200, self._replaced(request, list_id)))

    def _replaced(self, request, list_id):
        said, found = read(request.data, self.Replace), self._found(list_id)
        changed = blocks.replace(
            block_list=found,
            version=asking.read_version(request, said, found),
            blocks=_blocks(said["blocks"]),
            actor=request.user.subject,
            source=asking.source_of(request.user),
            at=markets.now(),
        )
        return _list(changed)

    @extend_schema(
        operation_id="cancel_blocks",
        parameters=[asking.KEY_HEADER, asking.IF_MATCH],
        responses={200: BlockListShape},
    )
    def delete(self, request, node_id, list_id):
        """Take all its blocks back; they stay on record."""
        return asking.once(request, lambda: (200, self._cancelled(request, list_id)))

    def _cancelled(self, request, list_id):
        found = self._found(list_id)
        asking.check_tag(request, found)
        return _list(blocks.cancel(block_list=found, actor=request.user.subject, at=markets.now()))

    def _found(self, list_id):
        return lists.one(nodes=[self.node.public_id], public_id=list_id)


class OwnBlockLists(Door):
    """The lists of all of the caller's nodes."""

    roles = PEOPLE

    @extend_schema(operation_id="own_blocks", parameters=[BlockLists.Query], responses=BlockLists.Answer)
    def get(self, request):
        """List them."""
        return _all(request, own_nodes(request.user))


class OwnBlockList(Door):
    """A list of any node of the caller's, for whoever knows its name alone."""

    roles = PEOPLE

    @extend_schema(operation_id="own_block_list", responses=BlockListShape)
    def get(self, request, list_id):
        """Show it."""
        return Response(_list(lists.one(nodes=request.user.nodes, public_id=list_id)))


class BlockListVersions(NodeDoor):
    """What a list said, and when."""

    class Answer(serializers.Serializer):
        """All changes, the first one first; a change names the blocks that it was about."""

        class BlockVersionShape(BlockTermsShape):
            """What was said of one block."""

            version = serializers.IntegerField()
            at = serializers.DateTimeField()
            deed = serializers.ChoiceField(["placed", "replaced", "cancelled"])

        items = BlockVersionShape(many=True)

    @extend_schema(operation_id="block_list_versions", responses=Answer)
    def get(self, request, node_id, list_id):
        """List them."""
        found = lists.one(nodes=[self.node.public_id], public_id=list_id)
        return Response({"items": [_version(each) for each in lists.versions(found)]})


def _blocks(said):
    """The blocks of a request, the periods of each in their order."""
    return [_block(each) for each in said]


def _block(said):
    rows = sorted((each["period"], each["quantityWh"]) for each in said["periods"])
    periods, quantities = zip(*rows, strict=True)
    return blocks.Block(
        name=said["name"],
        side=said["side"],
        price_rp_per_mwh=said["priceRpPerMwh"],
        min_ratio_permille=said["minRatioPermille"],
        periods=periods,
        quantities_wh=quantities,
        parent=said.get("linkedTo") or "",
        exclusive_group=said.get("exclusiveGroup") or "",
    )


def _all(request, nodes):
    found = lists.of_nodes(nodes=nodes, **read_query(request, BlockLists.Query))
    return Response({"items": [_list(*each) for each in found]})


def _list(found, orders=None):
    return {
        "listId": found.public_id,
        "nodeId": found.node.public_id,
        "auctionId": found.auction.code,
        "version": found.version,
        "blocks": [_told(each) for each in orders or lists.blocks(found)],
    }


def _told(order):
    return {
        "orderId": order.public_id,
        "name": order.name,
        "side": order.side,
        **_terms(order),
        "linkedTo": order.parent.name if order.parent else None,
        "state": queries.outcome(order),
        "heldUrp": queries.held_urp(order),
        "acceptedWh": queries.accepted(order),
        "receivedAt": utc_text(order.received_at),
        "cancelledAt": utc_text(order.cancelled_at),
    }


def _version(said):
    return {
        "version": said.list_version,
        "at": utc_text(said.at),
        "deed": said.deed,
        "name": said.order.name,
        "side": said.order.side,
        **_terms(said),
        "linkedTo": said.parent_name or None,
    }


def _terms(said):
    rows = zip(said.periods, said.quantities_wh, strict=True)
    return {
        "priceRpPerMwh": said.prices_rp_per_mwh[0],
        "minRatioPermille": said.min_ratio_permille,
        "periods": [{"period": period, "quantityWh": wh} for period, wh in rows],
        "exclusiveGroup": said.exclusive_group or None,
    }
