import pytest
from django.core.management import call_command

from trading.grid import queries as grid
from trading.grid.models import Asset, DistributionSystemOperator, Node
from trading.ledger.models import LedgerAccount
from trading.markets.models import Market
from trading.strategies.models import StrategyChoice
from trading.tests.cast import CHF


@pytest.fixture
def dso(db):
    call_command("load_village", verbosity=0)
    return DistributionSystemOperator.objects.get()


class TestLoadVillage:
    def test_builds_the_grid_up_to_the_border(self, dso):
        tree = grid.tree(dso=dso)
        assert len(tree.names) == 129
        assert tree.names[tree.root] == "GRID"
        substation = tree.names.index("N016")
        assert tree.parent[substation] == tree.root
        assert tree.capacity_down_wh[substation] == 100_000
        assert set(tree.border_fees_down().tolist()) == {0, 4_300}

    def test_gives_every_connection_its_nodes(self, dso):
        assert Node.objects.filter(side="consumer").count() == 119  # and the utility's
        assert Node.objects.filter(side="producer").count() == 26
        assert Asset.objects.count() == 184 + 1
        homes = Node.objects.filter(side="consumer", customer__is_utility=False)
        assert set(homes.values_list("withdrawal_fee_rp_per_mwh", flat=True)) == {6_450}

    def test_the_demos_prosumer_has_a_roof_and_a_battery(self, dso):
        ada = grid.customer(dso_id=dso.public_id, number="C0703")
        _, producer = grid.nodes_of(ada)
        assets = producer.assets.order_by("pk")
        assert [(asset.kind, asset.name) for asset in assets] == [("pv", "Roof"), ("battery", "Battery")]

    def test_the_utility_has_room_for_twice_the_transformer(self, dso):
        for node in Node.objects.filter(customer__is_utility=True):
            assert (node.bus.name, node.connection_capacity_w) == ("GRID", 800_000)

    def test_opens_accounts_with_limits_by_connection(self, dso):
        trading = LedgerAccount.objects.filter(kind="trading")
        assert trading.count() == 119
        assert trading.get(customer__is_utility=True).limit_urp is None
        assert trading.get(customer__number="C0018").limit_urp == -500 * CHF
        big = trading.get(customer__nodes__bus__name="N100", customer__nodes__side="consumer")
        assert big.limit_urp < -500 * CHF
        assert LedgerAccount.objects.filter(customer=None).count() == 7

    def test_lets_everyone_trade(self, dso):
        assert set(Market.objects.values_list("code", flat=True)) == {"dam", "rtm"}
        assert StrategyChoice.objects.filter(active=True).count() == Node.objects.count()

    def test_again_changes_nothing(self, dso):
        before = list(Node.objects.values_list("pk", "public_id").order_by("pk"))
        call_command("load_village", verbosity=0)
        assert list(Node.objects.values_list("pk", "public_id").order_by("pk")) == before
