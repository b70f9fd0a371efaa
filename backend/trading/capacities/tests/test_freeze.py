"""An auction is cleared with what was posted by its gate, less what is scheduled; and keeps it."""

from datetime import timedelta

import pytest

from trading.capacities import operations, queries
from trading.capacities.models import FrozenCapacities
from trading.capacities.tests.test_post import row
from trading.grid import queries as grid
from trading.operations.tests.conftest import books, place, worker
from trading.orders import queries as orders
from trading.results import export
from trading.results import queries as results
from trading.tests.cast import DAY, auction
from trading.tests.cast import open_auctions as open_auctions_of

N001, N002, N003 = 2, 3, 4
NOON, HOUR = 48, timedelta(hours=1)

__all__ = ["books", "worker"]


@pytest.fixture
def limited(street, dam):
    """Bo's feeder may carry 400 Wh around noon; Ada offers 1000 Wh, and Bo needs 600."""
    at = dam.gate_closes_at - HOUR
    said = row(dam, first=NOON, until=NOON + 1, watts=1_600)
    operations.post(dso=street.dso, rows_said=[said], actor="dso-user", at=at)
    place(street.ada, dam, "sell", (NOON, 8_000, 1_000), (NOON + 1, 8_000, 1_000), at=at)
    place(street.bo, dam, "buy", (NOON, 26_450, 600), (NOON + 1, 26_450, 600), at=at)
    return dam


def prices_at(bus, published):
    found = results.prices(result=results.published(auction=published), bus=bus)
    return {each.period: each.price_rp_per_mwh for each in found}


def kept(street, of):
    return queries.frozen(auction=of, tree=grid.tree(dso=street.dso))


class TestFreeze:
    def test_prices_part_where_the_line_binds(self, street, limited, worker):
        worker(at=limited.gate_closes_at)
        ada, bo = prices_at(street.ada.bus, auction()), prices_at(street.bo.bus, auction())
        assert (ada[NOON], bo[NOON]) == (8_000, 20_000)  # Bo's limit less his fee
        assert ada[NOON + 1] == bo[NOON + 1] == 8_000
        assert street.operator_account("congestion_rent").balance_urp == 400 * (20_000 - 8_000)

    def test_what_is_said_at_the_gate_comes_too_late(self, street, limited, worker):
        later = row(limited, first=NOON, until=NOON + 1, watts=0)
        operations.post(dso=street.dso, rows_said=[later], actor="dso-user", at=limited.gate_closes_at)
        worker(at=limited.gate_closes_at)
        assert kept(street, auction()).capacity_down_wh[NOON, N003] == 400
        assert prices_at(street.bo.bus, auction())[NOON] == 20_000

    def test_the_next_auction_has_what_is_left(self, street, limited, worker):
        worker(at=limited.gate_closes_at)
        open_auctions_of(street, at=limited.delivery_starts_at - 12 * HOUR)
        rtm = auction(f"rtm-{DAY}-25")
        worker(at=rtm.gate_closes_at)
        left = kept(street, auction(rtm.code))
        assert left.capacity_down_wh[:, N003].tolist() == [0, 25_000 - 600]
        assert left.capacity_up_wh[:, N003].tolist() == [25_000 + 400, 25_000 + 600]
        assert left.capacity_up_wh[:, N001].tolist() == [25_000 - 400, 25_000 - 600]

    def test_one_row_stands_for_a_day_without_posts(self, street, dam, worker):
        worker(at=dam.gate_closes_at)
        assert len(FrozenCapacities.objects.get(auction=dam).up_wh) == 5
        assert kept(street, auction()).capacity_up_wh.shape == (1, 5)

    def test_the_hash_of_the_book_covers_the_capacities(self, street, limited, worker):
        worker(at=limited.gate_closes_at)
        closed = auction()
        assert orders.book_hash(auction=closed) == closed.book_hash
        row_kept = FrozenCapacities.objects.get(auction=closed)
        row_kept.down_wh[NOON * 5 + N003] += 1
        row_kept.save()
        assert orders.book_hash(auction=closed) != closed.book_hash

    def test_the_export_has_what_the_auction_used(self, street, limited, worker, tmp_path):
        worker(at=limited.gate_closes_at)
        later = row(limited, first=NOON, until=NOON + 1, watts=40_000)
        operations.post(dso=street.dso, rows_said=[later], actor="dso-user", at=limited.gate_closes_at)
        export.write(auction=auction(), folder=tmp_path)
        assert f"N003,N000,{NOON},25000,400,,\n" in (tmp_path / "lines.csv").read_text()
