from datetime import timedelta

import pytest

from trading.ledger.operations import LimitExceeded
from trading.markets.models import Market
from trading.orders import blocks, lists, operations, queries
from trading.orders.blocks import Block
from trading.orders.capacity import CapacityExceeded
from trading.orders.models import Order, OrderVersion
from trading.orders.points import InvalidPoints
from trading.tests.cast import NOON_BEFORE, WITHDRAWAL_FEE, auction, points

LATER = NOON_BEFORE + timedelta(minutes=5)


def block(name, *rows, side="buy", price=20_000, ratio=1000, **more):
    periods, quantities = zip(*rows, strict=True)
    return Block(name, side, price, ratio, periods, quantities, **more)


def place(where, node, *said, at=NOON_BEFORE):
    return blocks.place(auction=where, node=node, blocks=said, actor="a-user", at=at)


def replace(block_list, *said, version=1):
    return blocks.replace(block_list=block_list, version=version, blocks=said, actor="a-user", at=LATER)


def field_of(refused):
    return refused.value.errors[0]["field"]


class TestPlace:
    def test_keeps_each_block_its_version_and_the_hold_of_its_worst_case(self, street, dam):
        made = place(dam, street.bo, block("A", (40, 500), (41, 300)), block("B", (41, 100), parent="A"))
        first, second = lists.blocks(made)
        assert (first.kind, first.name, first.min_ratio_permille, first.parent) == ("block", "A", 1000, None)
        assert (first.fee_rp_per_mwh, first.held_urp, first.ordered_wh) == (WITHDRAWAL_FEE, 16_000_000, 800)
        assert first.prices_rp_per_mwh == [20_000, 20_000]
        assert second.parent == first
        assert street.account(street.bo).held_urp == 18_000_000
        said = [
            (each.order.name, each.deed, each.list_version, each.parent_name) for each in lists.versions(made)
        ]
        assert said == [("A", "placed", 1, ""), ("B", "placed", 1, "A")]

    def test_links_to_a_block_of_an_earlier_list(self, street, dam):
        place(dam, street.bo, block("A", (40, 500)))
        (child,) = lists.blocks(place(dam, street.bo, block("B", (41, 100), parent="A")))
        assert child.parent.name == "A"

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ([block("A", (40, 0))], "blocks.0.periods.0.quantityWh"),
            ([block("A", (40, 5)), block("B", (40, 5), (96, 5))], "blocks.1.periods.1.period"),
            ([block("A", (40, 5), (40, 5))], "blocks.0.priceRpPerMwh"),
            ([block("A", (40, 5), price=400_001)], "blocks.0.priceRpPerMwh"),
            ([block("A", (40, 5)), block("A", (41, 5))], "blocks.1.name"),
            ([block("A", (40, 5), parent="Z")], "blocks.0.linkedTo"),
            ([block("A", (40, 5), parent="A")], "blocks.0.linkedTo"),
            ([block("A", (40, 5), parent="B"), block("B", (40, 5), parent="A")], "blocks.0.linkedTo"),
            ([], "blocks"),
        ],
    )
    def test_refuses_what_breaks_a_rule_and_names_it(self, street, dam, said, field):
        with pytest.raises(InvalidPoints) as refused:
            place(dam, street.bo, *said)
        assert field_of(refused) == field
        assert not Order.objects.exists()

    def test_refuses_the_block_of_another_node_as_a_parent(self, street, dam):
        place(dam, street.ada, block("A", (40, 500), side="sell"))
        with pytest.raises(InvalidPoints) as refused:
            place(dam, street.bo, block("B", (40, 5), parent="A"))
        assert field_of(refused) == "blocks.0.linkedTo"

    def test_refuses_more_blocks_than_a_node_may_have(self, street, dam):
        with pytest.raises(InvalidPoints):
            place(
                dam, street.bo, *[block(f"B{number}", (40, 1)) for number in range(blocks.MOST_OF_NODE + 1)]
            )

    def test_refuses_what_could_cost_more_than_is_free(self, street, dam):
        with pytest.raises(LimitExceeded):
            place(dam, street.bo, block("A", *[(period, 2_500) for period in range(96)], price=400_000))
        assert not Order.objects.exists()

    def test_counts_curves_and_blocks_against_the_connection(self, street, dam):
        place(dam, street.bo, block("A", (40, 1_500)))
        with pytest.raises(CapacityExceeded):
            place(dam, street.bo, block("B", (40, 1_001)))
        with pytest.raises(CapacityExceeded):
            operations.place(auction=dam, node=street.bo, side="buy", curve="step",
                             points=points((40, 1_000, 1_001)), actor="x", at=NOON_BEFORE)  # fmt: skip

    def test_counts_of_an_exclusive_group_the_largest_block_alone(self, street, dam):
        group = [block(name, (40, 2_000), exclusive_group="G") for name in ("A", "B")]
        place(dam, street.bo, *group)
        operations.place(auction=dam, node=street.bo, side="buy", curve="step",
                         points=points((40, 1_000, 500)), actor="x", at=NOON_BEFORE)  # fmt: skip
        with pytest.raises(CapacityExceeded):
            operations.place(auction=dam, node=street.bo, side="buy", curve="step",
                             points=points((40, 1_000, 1)), actor="x", at=NOON_BEFORE)  # fmt: skip

    def test_is_refused_at_gate_closure(self, street, dam):
        with pytest.raises(operations.GateClosed):
            place(dam, street.bo, block("A", (40, 5)), at=dam.gate_closes_at)

    def test_is_refused_where_the_rulebook_has_no_blocks(self, street, dam):
        Market.objects.update(blocks_allowed=False)
        with pytest.raises(blocks.BlocksNotTaken):
            place(auction(), street.bo, block("A", (40, 5)))


class TestReplace:
    def test_changes_what_differs_and_takes_back_what_is_not_named(self, street, dam):
        made = place(dam, street.bo, block("A", (40, 500)), block("B", (41, 300)), block("C", (42, 200)))
        changed = replace(made, block("A", (40, 500)), block("B", (41, 400)), block("D", (43, 100)))
        assert changed.version == 2
        told = {each.name: (each.state, each.version) for each in lists.blocks(made)}
        assert told == {"A": ("open", 1), "B": ("open", 2), "C": ("cancelled", 2), "D": ("open", 1)}
        assert street.account(street.bo).held_urp == 20_000 * 1_000
        deeds = [(each.order.name, each.deed) for each in lists.versions(made) if each.list_version == 2]
        assert sorted(deeds) == [("B", "replaced"), ("C", "cancelled"), ("D", "placed")]

    def test_takes_back_what_hangs_on_a_block_that_goes(self, street, dam):
        made = place(dam, street.bo, block("A", (40, 500)), block("B", (41, 300)))
        other = place(dam, street.bo, block("C", (42, 200), parent="A"), block("D", (43, 1)))
        replace(made, block("B", (41, 300)))
        assert {each.name: each.state for each in lists.blocks(other)} == {"C": "cancelled", "D": "open"}
        assert lists.locked(other).version == 2

    def test_refuses_a_ring_through_another_list(self, street, dam):
        made = place(dam, street.bo, block("A", (40, 500)))
        place(dam, street.bo, block("B", (41, 300), parent="A"))
        with pytest.raises(InvalidPoints) as refused:
            replace(made, block("A", (40, 500), parent="B"))
        assert field_of(refused) == "blocks.0.linkedTo"

    def test_refuses_a_version_that_is_not_the_current_one(self, street, dam):
        made = place(dam, street.bo, block("A", (40, 500)))
        with pytest.raises(operations.VersionConflict):
            replace(made, block("A", (40, 501)), version=2)

    def test_a_block_is_not_changed_behind_its_list(self, street, dam):
        (order,) = lists.blocks(place(dam, street.bo, block("A", (40, 500))))
        with pytest.raises(operations.BlockOfList):
            operations.cancel(order=order, actor="x", at=LATER)
        with pytest.raises(operations.BlockOfList):
            operations.replace(
                order=order, version=1, curve="step", points=points((1, 1, 1)), actor="x", at=LATER
            )


class TestCancel:
    def test_takes_all_blocks_back_and_frees_their_hold(self, street, dam):
        made = place(dam, street.bo, block("A", (40, 500)), block("B", (41, 300)))
        blocks.cancel(block_list=made, actor="x", at=LATER)
        assert {each.state for each in lists.blocks(made)} == {"cancelled"}
        assert street.account(street.bo).held_urp == 0
        blocks.cancel(block_list=lists.locked(made), actor="x", at=LATER)
        assert OrderVersion.objects.count() == 4

    def test_frees_the_name(self, street, dam):
        blocks.cancel(block_list=place(dam, street.bo, block("A", (40, 500))), actor="x", at=LATER)
        assert place(dam, street.bo, block("A", (40, 500)))


def test_the_hash_of_the_book_changes_with_ratio_parent_and_group(street, dam):
    place(dam, street.bo, block("A", (40, 500)), block("B", (41, 300)))
    hashes = [queries.book_hash(auction=dam)]
    for change in ({"min_ratio_permille": 500}, {"exclusive_group": "G"}):
        Order.objects.filter(name="B").update(**change)
        hashes.append(queries.book_hash(auction=dam))
    Order.objects.filter(name="B").update(parent=Order.objects.get(name="A"))
    hashes.append(queries.book_hash(auction=dam))
    assert len(set(hashes)) == 4
