from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.orders import entry
from trading.tests.cast import NOON_BEFORE


class TestLook:
    def test_sees_node_auction_and_time(self, street, dam):
        markets.set_clock(speed=60, shows_at=NOON_BEFORE, real_at=clock.moment().real_at)
        before = clock.moment().at
        seen = entry.look(nodes=[street.bo.public_id], auction=dam.code)
        assert before <= seen.at <= clock.moment().at
        assert (seen.nodes, seen.auction, seen.auction.market) == ([street.bo], dam, dam.market)
        for name in entry.AUCTION:
            assert getattr(seen.auction, name) == getattr(dam, name)
        for name in entry.MARKET:
            assert getattr(seen.auction.market, name) == getattr(dam.market, name)

    def test_shows_the_databases_time_until_the_clock_is_set(self, street, dam):
        before = clock.moment().real_at
        at = entry.look(nodes=[street.bo.public_id], auction=dam.code).at
        assert before <= at <= clock.moment().real_at

    def test_sees_nothing_where_nothing_is(self, street, dam):
        seen = entry.look(nodes=["nowhere", street.bo.public_id], auction=dam.code)
        assert (seen.nodes, seen.auction) == ([None, street.bo], dam)
        assert entry.look(nodes=[street.bo.public_id], auction="never").auction is None
